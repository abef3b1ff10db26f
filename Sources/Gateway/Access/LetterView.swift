import DeviceCatalog
import Storage
import Telemetry

/// Which dead letters a caller sees. What a letter holds is of nobody's devices until it is decoded, so one with a scope
/// sees only letters whose topic alone names their device, and only where that device is in the scope.
struct LetterView: Sendable {
  private let scope: TagScope
  private let catalogue: Catalogue?
  /// The tags of known devices that are in force, by their ids.
  private let tags: [String: [String: String]]

  /// All letters are seen.
  static let whole = LetterView(scope: .whole, catalogue: nil, tags: [:])

  private init(scope: TagScope, catalogue: Catalogue?, tags: [String: [String: String]]) {
    self.scope = scope
    self.catalogue = catalogue
    self.tags = tags
  }

  /// - Parameter catalogue: says what topics mean; without one nothing is seen in a scope.
  init(_ scope: TagScope, _ catalogue: Catalogue?, _ snapshot: StoreSnapshot) throws {
    guard !scope.isWhole else {
      self = .whole
      return
    }
    let history = TagHistory(try snapshot.tags())
    let tags = try snapshot.devices().reduce(into: [:]) { $0[$1.name] = history.current(of: $1.id) }
    self.init(scope: scope, catalogue: catalogue, tags: tags)
  }

  var showsAll: Bool { scope.isWhole }

  func shows(_ letter: DeadLetter) -> Bool {
    if showsAll { return true }
    guard let catalogue, let match = letter.topic.withUnsafeBytes({ catalogue.matches($0).first }) else { return false }
    let profile = catalogue.profiles[match.profile]
    guard let device = profile.device.text(from: match.captures) else { return false }
    let topicTags = profile.tags.reduce(into: [String: String]()) { $0[$1.name] = $1.source.text(from: match.captures) }
    return scope.includes(topicTags.merging(tags[device] ?? [:]) { $1 })
  }
}

extension FieldSource {
  /// What a topic alone says; nil where the payload has a say.
  fileprivate func text(from captures: [String: String]) -> String? {
    var whole = ""
    for part in parts {
      switch part {
      case .literal(let text): whole += text
      case .topic(let name): whole += captures[name] ?? ""
      case .key, .payload: return nil
      }
    }
    return whole
  }
}

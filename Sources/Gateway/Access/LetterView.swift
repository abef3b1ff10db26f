import DeviceCatalog
import Storage
import Telemetry

/// Which dead letters a caller sees. What a letter holds is of nobody's devices until it is decoded, so one with a scope
/// sees only letters whose topic alone names their device, and only where that device was in the scope when they came.
struct LetterView: Sendable {
  private let scope: TagScope
  private let catalogue: Catalogue?
  private let history: TagHistory
  /// Numbers of known devices, by their ids.
  private let numbers: [String: Int64]

  /// All letters are seen.
  static let whole = LetterView(.whole, nil, TagHistory([]), numbers: [:])

  private init(_ scope: TagScope, _ catalogue: Catalogue?, _ history: TagHistory, numbers: [String: Int64]) {
    self.scope = scope
    self.catalogue = catalogue
    self.history = history
    self.numbers = numbers
  }

  /// - Parameter catalogue: says what topics mean; without one nothing is seen in a scope.
  init(_ scope: TagScope, _ catalogue: Catalogue?, _ snapshot: StoreSnapshot) throws {
    guard !scope.isWhole else {
      self = .whole
      return
    }
    let directory = try snapshot.directory()
    self.init(
      scope, catalogue, directory.history,
      numbers: directory.devices.reduce(into: [:]) { $0[$1.name] = $1.id })
  }

  var showsAll: Bool { scope.isWhole }

  func shows(_ letter: DeadLetter) -> Bool {
    if showsAll { return true }
    guard let catalogue else { return false }
    // Which of the profiles that claim the topic it was meant for, only its payload says.
    let matches = letter.topic.withUnsafeBytes { catalogue.matches($0) }
    return !matches.isEmpty
      && matches.allSatisfy { shows(catalogue.profiles[$0.profile], $0.captures, receivedAt: letter.receivedAt) }
  }

  private func shows(_ profile: Profile, _ captures: [String: String], receivedAt: Timestamp) -> Bool {
    guard let device = profile.device.text(from: captures) else { return false }
    let topicTags = profile.tags.reduce(into: [String: String]()) { $0[$1.name] = $1.source.text(from: captures) }
    let known = numbers[device].map { history.values(of: $0, at: receivedAt) } ?? [:]
    return scope.includes(topicTags.merging(known) { $1 })
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

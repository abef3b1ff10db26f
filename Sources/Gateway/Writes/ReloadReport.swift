import DeviceCatalog

/// What has become of a reload: `POST /api/v1/reload`.
public struct ReloadReport: Codable, Equatable, Sendable {
  /// False where the files say what they said before.
  public var isChanged: Bool
  public var profiles: Int
  /// Names of profiles.
  public var added: [String] = []
  public var changed: [String] = []
  public var removed: [String] = []
  /// Topic filters.
  public var subscribed: [String] = []
  public var unsubscribed: [String] = []
  /// The first message that the new set decodes.
  public var firstSequence: UInt64?

  private enum CodingKeys: String, CodingKey {
    case isChanged = "is_changed"
    case profiles, added, changed, removed, subscribed, unsubscribed
    case firstSequence = "first_sequence"
  }

  init(isChanged: Bool, profiles: Int) {
    self.isChanged = isChanged
    self.profiles = profiles
  }

  /// Takes down which profiles a new set adds, changes and removes.
  mutating func compare(_ former: Catalogue, _ new: Catalogue) {
    let (known, wanted) = (former.textHashes, new.textHashes)
    added = wanted.keys.filter { known[$0] == nil }.sorted()
    removed = known.keys.filter { wanted[$0] == nil }.sorted()
    changed = wanted.keys.filter { known[$0] != nil && known[$0] != wanted[$0] }.sorted()
  }

  /// The same in words.
  public var lines: [String] {
    guard isChanged else { return ["reloaded: nothing has changed"] }
    let lists = [
      ("added", added), ("changed", changed), ("removed", removed), ("subscribed to", subscribed),
      ("no longer subscribed to", unsubscribed),
    ]
    return ["reloaded: \(profiles) profiles decode from message \(firstSequence ?? 0) on"]
      + lists.filter { !$0.1.isEmpty }.map { "\($0.0): \($0.1.joined(separator: ", "))" }
  }
}

extension Catalogue {
  /// By the names of the profiles.
  fileprivate var textHashes: [String: UInt64] {
    profiles.reduce(into: [:]) { $0[$1.name] = $1.textHash }
  }
}

import Telemetry

/// Which alerts; each list that is empty lets all through.
public struct AlertMatcher: Hashable, Sendable {
  /// Ids of rules.
  public var rules: Set<String>
  /// Any of them.
  public var severities: Set<Severity>
  /// Ids of devices; an alert about several devices has none of them.
  public var devices: Set<String>
  /// All of them.
  public var tags: [String: String]

  public init(
    rules: Set<String> = [], severities: Set<Severity> = [], devices: Set<String> = [], tags: [String: String] = [:]
  ) {
    self.rules = rules
    self.severities = severities
    self.devices = devices
    self.tags = tags
  }

  /// Whether it lets an alert through.
  public func matches(_ key: AlertKey, tags alertTags: [String: String]) -> Bool {
    (rules.isEmpty || rules.contains(key.rule))
      && (severities.isEmpty || severities.contains(key.severity))
      && (devices.isEmpty || key.target.device.map(devices.contains) ?? false)
      && tags.allSatisfy { alertTags[$0.key] == $0.value }
  }
}

/// Somebody has asked that nobody be called.
public struct Silence: Equatable, Sendable {
  /// From 1, in the order in which they were asked for.
  public var id: Int64
  /// Which alerts it is for.
  public var matcher: AlertMatcher
  /// The first moment of it.
  public var from: Timestamp
  /// The first moment after it.
  public var until: Timestamp
  /// The name of their token; empty where none is asked for.
  public var author: String
  /// Why; empty for no reason.
  public var note: String

  public init(
    id: Int64, matcher: AlertMatcher, from: Timestamp, until: Timestamp, author: String, note: String = ""
  ) {
    self.id = id
    self.matcher = matcher
    self.from = from
    self.until = until
    self.author = author
    self.note = note
  }

  /// Whether it is in force.
  public func isActive(at moment: Timestamp) -> Bool { from <= moment && moment < until }
}

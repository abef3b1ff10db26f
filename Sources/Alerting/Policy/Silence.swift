import Telemetry

/// Which alerts; each list that is empty lets all through.
public struct AlertMatcher: Hashable, Sendable {
  public var rules: Set<String>
  public var severities: Set<Severity>
  public var devices: Set<String>
  public var tags: [String: String]

  public init(
    rules: Set<String> = [], severities: Set<Severity> = [], devices: Set<String> = [], tags: [String: String] = [:]
  ) {
    self.rules = rules
    self.severities = severities
    self.devices = devices
    self.tags = tags
  }

  public func matches(_ key: AlertKey, tags alertTags: [String: String]) -> Bool {
    (rules.isEmpty || rules.contains(key.rule))
      && (severities.isEmpty || severities.contains(key.severity))
      && (devices.isEmpty || key.target.device.map(devices.contains) ?? false)
      && tags.allSatisfy { alertTags[$0.key] == $0.value }
  }
}

/// Somebody has asked that nobody be called.
public struct Silence: Equatable, Sendable {
  public var id: Int64
  public var matcher: AlertMatcher
  public var from: Timestamp
  /// The first moment after it.
  public var until: Timestamp
  public var author: String
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

  public func isActive(at moment: Timestamp) -> Bool { from <= moment && moment < until }
}

import Telemetry

/// What an alert is about.
public enum AlertTarget: Hashable, Sendable {
  case series(device: String, metric: String)
  /// Of a rule with several conditions.
  case device(String)
  /// Of a rule with several conditions on all that has one value of a tag.
  case tag(name: String, value: String)

  func add(to hash: inout StableHash) {
    switch self {
    case .series(let device, let metric):
      hash.add("series")
      hash.add(device)
      hash.add(metric)
    case .device(let device):
      hash.add("device")
      hash.add(device)
    case .tag(let name, let value):
      hash.add("tag")
      hash.add(name)
      hash.add(value)
    }
  }

  /// `device/metric`, `device`, or `tag=value`.
  public var text: String {
    switch self {
    case .series(let device, let metric): "\(device)/\(metric)"
    case .device(let device): device
    case .tag(let name, let value): "\(name)=\(value)"
    }
  }

  /// Nil for a tag's.
  public var device: String? {
    switch self {
    case .series(let device, _), .device(let device): device
    case .tag: nil
    }
  }

  /// Nil for those of several conditions.
  public var metric: String? {
    if case .series(_, let metric) = self { metric } else { nil }
  }
}

/// Which machine: there is one for each rule, severity and target.
public struct AlertKey: Hashable, Sendable {
  /// The rule's id.
  public var rule: String
  /// One rule has an alert for each of its severities.
  public var severity: Severity
  /// What it is about.
  public var target: AlertTarget

  public init(rule: String, severity: Severity, target: AlertTarget) {
    self.rule = rule
    self.severity = severity
    self.target = target
  }

  private func hash(_ word: String, _ cause: Cause) -> StableHash {
    var hash = StableHash(word, rule, severity.word)
    target.add(to: &hash)
    cause.add(to: &hash)
    return hash
  }

  /// The alert that a cause made fire.
  public func alertID(firedBy cause: Cause) -> AlertID { AlertID(rawValue: hash("alert", cause).value) }

  /// A transition of that alert. Of one alert and cause there is at most one of each kind.
  func transitionID(_ kind: AlertTransition.Kind, _ cause: Cause, alert: AlertID) -> AlertID {
    var hash = hash(kind.rawValue, cause)
    // A withdrawal's cause is the same for all alerts of a rule.
    hash.add(alert.rawValue)
    return AlertID(rawValue: hash.value)
  }
}

/// A change of an alert, to be recorded and called.
public struct AlertTransition: Equatable, Sendable {
  /// What has become of an alert; stored by its word.
  public enum Kind: String, CaseIterable, Sendable {
    case firing
    /// Its sensor is silent or bad; the alert stays open.
    case unknown
    /// Its sensor speaks again; the alert was open all the time.
    case known
    case resolved
    /// Its rule, or what it looked at, is no more.
    case withdrawn

    /// The alert is over.
    public var isEnd: Bool { self == .resolved || self == .withdrawn }
  }

  /// The same each time that it is found.
  public var id: AlertID
  /// The alert's id, the same from its start to its end.
  public var alert: AlertID
  /// What the alert is of, and about.
  public var key: AlertKey
  /// What has become of it.
  public var kind: Kind
  /// What made it so.
  public var cause: Cause
  /// What made the alert fire.
  public var firedBy: Cause
  /// By the times of readings.
  public var at: Timestamp
  /// When the reading was received, or the deadline was due.
  public var receivedAt: Timestamp
  /// Since when it had held as the alert fired, by the times of readings.
  public var since: Timestamp
  /// Of the last reading, or of the window's figure.
  public var value: Double
  /// Of the value, in the canonical unit; nil where it has none, and for targets of several series.
  public var unit: String?
  /// The value is the number of a state's name.
  public var isState: Bool
  /// Of the device, or of the target, as they were then.
  public var tags: [String: String]

  public init(
    _ step: AlertMachine.Step, of key: AlertKey, unit: String?, isState: Bool = false, tags: [String: String]
  ) {
    alert = key.alertID(firedBy: step.firedBy)
    id = key.transitionID(step.kind, step.cause, alert: alert)
    self.key = key
    kind = step.kind
    cause = step.cause
    firedBy = step.firedBy
    at = step.at
    receivedAt = step.receivedAt
    since = step.since
    value = step.value
    self.unit = unit
    self.isState = isState
    self.tags = tags
  }
}

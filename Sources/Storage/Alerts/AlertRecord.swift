import Alerting
import Telemetry

/// An alert as the store keeps it, from its start on.
public struct AlertRecord: Equatable, Sendable {
  public enum State: String, CaseIterable, Sendable {
    case firing
    /// Open; its sensor is silent or bad.
    case unknown
    case resolved, withdrawn

    public var isOpen: Bool { self == .firing || self == .unknown }
  }

  public var id: AlertID
  public var key: AlertKey
  public var state: State
  /// Since when it had held as it fired, by the times of readings.
  public var since: Timestamp
  /// When it fired, by the times of readings.
  public var firedAt: Timestamp
  /// When the reading that made it fire was received, or its deadline was due.
  public var receivedAt: Timestamp
  /// Of its last transition, as `firedAt`.
  public var changedAt: Timestamp
  /// Nil while it is open.
  public var endedAt: Timestamp?
  /// At its last transition; its unit is nil where it has none.
  public var value: Double
  public var unit: String?
  /// Of the device, or of the target, as it fired.
  public var tags: [String: String]
  public var acknowledgement: Acknowledgement?
  public var calls = Calls()

  /// Who was called because of it.
  public struct Calls: Equatable, Sendable {
    /// When its start was; nil where it was not.
    public var startedAt: Timestamp?
    /// Those that are to be told its end.
    public var hooks: [String]
    /// Steps of its rule's escalation that were taken.
    public var escalations: Int

    public init(startedAt: Timestamp? = nil, hooks: [String] = [], escalations: Int = 0) {
      (self.startedAt, self.hooks, self.escalations) = (startedAt, hooks, escalations)
    }
  }

  /// Somebody knows.
  public struct Acknowledgement: Equatable, Sendable {
    public var at: Timestamp
    public var author: String
    public var note: String

    public init(at: Timestamp, author: String, note: String = "") {
      (self.at, self.author, self.note) = (at, author, note)
    }
  }

  /// For the store, which sets the rest.
  init(id: AlertID, key: AlertKey) {
    let never = Timestamp(microseconds: 0)
    (self.id, self.key, state, tags, value) = (id, key, .firing, [:], 0)
    (since, firedAt, receivedAt, changedAt) = (never, never, never, never)
  }

  /// - Parameter start: the transition with which it begins.
  public init(_ start: AlertTransition) {
    id = start.alert
    key = start.key
    state = .firing
    since = start.since
    firedAt = start.at
    receivedAt = start.receivedAt
    changedAt = start.at
    value = start.value
    unit = start.unit
    tags = start.tags
  }

  /// Takes in what has become of it.
  public mutating func take(_ transition: AlertTransition) {
    changedAt = transition.at
    value = transition.value
    switch transition.kind {
    case .firing, .known: state = .firing
    case .unknown: state = .unknown
    case .resolved: (state, endedAt) = (.resolved, transition.at)
    case .withdrawn: (state, endedAt) = (.withdrawn, transition.at)
    }
  }
}

import Alerting
import Telemetry

/// An alert as the store keeps it, from its start on.
public struct AlertRecord: Equatable, Sendable {
  /// What it is, and who knows of it.
  public var alert: CalledAlert
  /// Since when it had held as it fired, by the times of readings.
  public var since: Timestamp
  /// When it fired, by the times of readings.
  public var firedAt: Timestamp
  /// Of its last transition, by the times of readings.
  public var changedAt: Timestamp
  /// At its last transition.
  public var value: Double
  /// In which the value is; nil where it has none.
  public var unit: String?
  /// The value is the number of a state's name.
  public var isState: Bool
  /// It is over, and everybody who was to be told has been.
  public var isSettled = false

  public init(
    _ alert: CalledAlert, since: Timestamp, firedAt: Timestamp, changedAt: Timestamp, value: Double, unit: String?,
    isState: Bool = false
  ) {
    self.alert = alert
    self.since = since
    self.firedAt = firedAt
    self.changedAt = changedAt
    self.value = value
    self.unit = unit
    self.isState = isState
  }

  /// Takes in what has become of it.
  public mutating func take(_ transition: AlertTransition) {
    changedAt = transition.at
    value = transition.value
  }

  /// As it was behind a transition; who knows of it, and who has taken it on, as it is now.
  public func behind(_ transition: TransitionRecord) -> AlertRecord {
    var record = self
    record.changedAt = transition.at
    record.value = transition.value
    record.alert.phase = transition.kind.phase ?? alert.phase
    return record
  }
}

import Alerting
import Telemetry

/// What became of an alert, as the store keeps it and it is told: a transition of its machine, or that somebody took it
/// on.
public struct TransitionRecord: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case firing, unknown, known, resolved, withdrawn
    /// Somebody has taken it on; it goes on as it was.
    case acknowledged
  }

  public var id: AlertID
  public var alert: AlertID
  public var kind: Kind
  /// By the times of readings; of what people do by the gateway's clock.
  public var at: Timestamp
  public var receivedAt: Timestamp
  public var value: Double

  init(id: AlertID, alert: AlertID, kind: Kind, at: Timestamp, receivedAt: Timestamp, value: Double) {
    self.id = id
    self.alert = alert
    self.kind = kind
    self.at = at
    self.receivedAt = receivedAt
    self.value = value
  }

  public init(_ transition: AlertTransition) {
    self.init(
      id: transition.id, alert: transition.alert, kind: Kind(transition.kind), at: transition.at,
      receivedAt: transition.receivedAt, value: transition.value)
  }

  /// Somebody takes an alert on.
  public init(_ acknowledgement: CalledAlert.Acknowledgement, of record: AlertRecord) {
    let id = record.alert.id
    self.init(
      id: id.acknowledged(at: acknowledgement.at), alert: id, kind: .acknowledged, at: acknowledgement.at,
      receivedAt: acknowledgement.at, value: record.value)
  }
}

extension TransitionRecord.Kind {
  public init(_ kind: AlertTransition.Kind) {
    self =
      switch kind {
      case .firing: .firing
      case .unknown: .unknown
      case .known: .known
      case .resolved: .resolved
      case .withdrawn: .withdrawn
      }
  }

  /// What an alert is behind it; nil where it goes on as it was.
  public var phase: CalledAlert.Phase? {
    switch self {
    case .firing, .known: .firing
    case .unknown: .unknown
    case .resolved: .resolved
    case .withdrawn: .withdrawn
    case .acknowledged: nil
    }
  }
}

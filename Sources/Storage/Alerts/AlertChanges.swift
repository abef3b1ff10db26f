import Alerting
import Telemetry

/// What has changed about alerts, written in one transaction: with a checkpoint, or before one where somebody is to be
/// called.
public struct AlertChanges: Sendable {
  /// The last message whose readings the machines have taken in.
  public var sequence: UInt64 = 0
  /// Up to when deadlines have been reached; nil before any.
  public var time: Timestamp?
  /// Since when the gateway has listened; nil while it does not.
  public var listensSince: Timestamp?
  /// New ones, in their order. One that is stored already changes nothing.
  public var transitions: [TransitionRecord] = []
  /// New alerts, and those that have changed, whole.
  public var alerts: [AlertRecord] = []
  /// Of machines that have changed; those that are `ok` go.
  public var states: [AlertState] = []
  /// What rates remember, where that has changed.
  public var rates: [RateState] = []
  /// New ones, and those that have changed, whole.
  public var silences: [SilenceRecord] = []
  /// New ones. One that is stored already changes nothing.
  public var calls: [HookCallRecord] = []
  /// What has become of those that are stored.
  public var callChanges: [HookCallChange] = []

  public init() {}

  /// There is something that somebody is to be told of.
  public var isUrgent: Bool {
    !transitions.isEmpty || !calls.isEmpty || !callChanges.isEmpty || !silences.isEmpty
  }
}

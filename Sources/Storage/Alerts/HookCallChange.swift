import Alerting
import Telemetry

/// What has become of a call that is in the store. What is nil stays as it is.
public struct HookCallChange: Equatable, Sendable {
  /// Whose it is. Where no such call waits, nothing changes.
  public var id: AlertID
  /// What it is now.
  public var state = HookCallRecord.State.waiting
  /// Not to be tried before.
  public var notBefore: Timestamp?
  /// Tries that have ended, done or not.
  public var triesMade: Int?
  /// Those of them that used a retry up.
  public var triesFailed: Int?
  /// Why the last try has failed; nil where it has not.
  public var failure: HookCallRecord.Failure?
  /// What a program wrote last, or a receiver answered.
  public var output: [UInt8]?
  /// When it was done or given up.
  public var endedAt: Timestamp?

  public init(_ id: AlertID) { self.id = id }
}

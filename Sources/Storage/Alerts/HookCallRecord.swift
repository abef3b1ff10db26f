import Alerting
import Telemetry

/// A call of a hook as the store keeps it: written with the transition that it tells, before it is made.
public struct HookCallRecord: Equatable, Sendable {
  /// What has become of a call; stored by its word.
  public enum State: String, CaseIterable, Sendable {
    /// To be made, or made again.
    case waiting
    case done
    /// Given up.
    case failed
  }

  /// Which hook is told what.
  public var call: AlertCall
  /// When it was written, by the gateway's clock.
  public var createdAt: Timestamp
  /// Not to be tried before.
  public var notBefore: Timestamp
  /// What has become of it.
  public var state = State.waiting
  /// Tries that have ended, done or not.
  public var triesMade = 0
  /// Those of them that used a retry up.
  public var triesFailed = 0
  /// Of the last try; nil where it did not fail, or before any.
  public var failure: Failure?
  /// The last 4 KiB that a program wrote, or the first of a receiver's answer.
  public var output: [UInt8] = []
  /// When it was done or given up; nil while it waits.
  public var endedAt: Timestamp?

  /// Why a try has failed.
  public struct Failure: Equatable, Sendable {
    /// One word, for counters.
    public var reason: String
    /// For people.
    public var sentence: String

    public init(reason: String, sentence: String) {
      (self.reason, self.sentence) = (reason, sentence)
    }
  }

  public init(_ call: AlertCall, createdAt: Timestamp) {
    self.call = call
    self.createdAt = createdAt
    notBefore = call.due
  }
}

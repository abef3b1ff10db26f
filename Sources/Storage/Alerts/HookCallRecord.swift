import Alerting
import Telemetry

/// A call of a hook as the store keeps it: written with the transition that it tells, before it is made.
public struct HookCallRecord: Equatable, Sendable {
  public enum State: String, CaseIterable, Sendable {
    /// To be made, or made again.
    case waiting
    case done
    /// Given up.
    case failed
  }

  public var call: AlertCall
  public var createdAt: Timestamp
  /// Not to be tried before.
  public var notBefore: Timestamp
  public var state = State.waiting
  public var triesMade = 0
  public var triesFailed = 0
  /// Of the last try; nil where it did not fail, or before any.
  public var failure: Failure?
  /// The last 4 KiB that a program wrote, or the first of a receiver's answer.
  public var output: [UInt8] = []
  public var endedAt: Timestamp?

  public struct Failure: Equatable, Sendable {
    /// One word, for counters.
    public var reason: String
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

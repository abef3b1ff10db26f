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
  public var transitions: [AlertTransition] = []
  /// New alerts, and those that have changed, whole.
  public var alerts: [AlertRecord] = []
  /// Of machines that have changed; those that are `ok` go.
  public var states: [AlertState] = []
  public var rates: [RateState] = []
  /// New ones, and those that have changed, whole.
  public var silences: [SilenceRecord] = []
  public var calls: [HookCallRecord] = []

  public init() {}

  /// There is something that somebody is to be told of.
  public var isUrgent: Bool { !transitions.isEmpty || !calls.isEmpty || !silences.isEmpty }
}

/// A silence as the store keeps it.
public struct SilenceRecord: Equatable, Sendable {
  public var silence: Silence
  public var createdAt: Timestamp
  /// When somebody ended it before its time; nil where nobody did.
  public var endedAt: Timestamp?

  public init(_ silence: Silence, createdAt: Timestamp, endedAt: Timestamp? = nil) {
    self.silence = silence
    self.createdAt = createdAt
    self.endedAt = endedAt
  }
}

/// A call of a hook as the store keeps it: written with the transition that it tells, before it is made.
public struct HookCallRecord: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case start, end, escalation
    /// Of what was due too long ago to be called one by one.
    case summary
  }

  public enum State: String, CaseIterable, Sendable {
    /// To be made, or made again.
    case waiting
    case done
    /// Given up.
    case failed
  }

  /// The same for each try, and where it is found again after a crash.
  public var id: AlertID
  public var hook: String
  public var kind: Kind
  public var alerts: [AlertID]
  /// What the alerts of one call have in common, as `name=value`, parted by commas; empty without grouping.
  public var group: String
  public var createdAt: Timestamp
  /// Not to be made before.
  public var dueAt: Timestamp
  public var state = State.waiting
  public var triesMade = 0
  public var triesFailed = 0
  /// Of the last try: why it failed, as a word and a sentence; nil where it did not, or before any.
  public var failure: Failure?
  /// The last 4 KiB that a program wrote, or the first of a receiver's answer.
  public var output: [UInt8] = []
  public var endedAt: Timestamp?

  public struct Failure: Equatable, Sendable {
    public var reason: String
    public var sentence: String

    public init(reason: String, sentence: String) {
      (self.reason, self.sentence) = (reason, sentence)
    }
  }

  public init(
    id: AlertID, hook: String, kind: Kind, alerts: [AlertID], group: String = "", createdAt: Timestamp,
    dueAt: Timestamp
  ) {
    self.id = id
    self.hook = hook
    self.kind = kind
    self.alerts = alerts
    self.group = group
    self.createdAt = createdAt
    self.dueAt = dueAt
  }
}

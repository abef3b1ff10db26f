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
  /// It is over, and everybody who was to be told has been.
  public var isSettled = false

  public init(
    _ alert: CalledAlert, since: Timestamp, firedAt: Timestamp, changedAt: Timestamp, value: Double, unit: String?
  ) {
    self.alert = alert
    self.since = since
    self.firedAt = firedAt
    self.changedAt = changedAt
    self.value = value
    self.unit = unit
  }

  /// Takes in what has become of it.
  public mutating func take(_ transition: AlertTransition) {
    changedAt = transition.at
    value = transition.value
  }
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

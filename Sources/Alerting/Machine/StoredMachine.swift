import Telemetry

/// A machine that is not `ok`, as the store keeps it: a column for each.
public struct StoredMachine: Equatable, Sendable {
  /// `AlertMachine.Phase.rawValue`.
  public var phase: Int64
  /// Microseconds since 1970, as all times here.
  public var since: Int64
  /// Since when it waits, by the readings' times; of windows the start of the last one judged.
  public var turnedAt: Int64
  /// Since when it waits, by receipts.
  public var turnReceivedAt: Int64
  /// Of the last input.
  public var value: Double
  /// Of the firing: 0 none yet, 1 a reading, 2 a deadline, 3 a window.
  public var causeKind: Int64
  /// A reading's sequence, by its bits.
  public var causeSequence: Int64
  /// A reading's or deadline's time, or a window's start in seconds.
  public var causeTime: Int64

  public init(
    phase: Int64, since: Int64, turnedAt: Int64, turnReceivedAt: Int64, value: Double, causeKind: Int64,
    causeSequence: Int64, causeTime: Int64
  ) {
    self.phase = phase
    self.since = since
    self.turnedAt = turnedAt
    self.turnReceivedAt = turnReceivedAt
    self.value = value
    self.causeKind = causeKind
    self.causeSequence = causeSequence
    self.causeTime = causeTime
  }
}

extension AlertMachine {
  /// - Parameter shift: what lies between the axis of deadlines and the clock; microseconds.
  func stored(shift: Int64) -> StoredMachine {
    StoredMachine(
      phase: Int64(phase.rawValue), since: since.microseconds, turnedAt: turnedAt.microseconds,
      turnReceivedAt: turnReceivedAt.microseconds &- shift, value: value, causeKind: Int64(firedBy.kind),
      causeSequence: Int64(bitPattern: firedBy.sequence), causeTime: firedBy.time)
  }

  /// Nil for columns that no machine has written.
  public init?(_ stored: StoredMachine) {
    guard let raw = UInt8(exactly: stored.phase), let phase = Phase(rawValue: raw),
      let kind = UInt8(exactly: stored.causeKind), kind <= 3
    else { return nil }
    self.init()
    self.phase = phase
    guard !isOpen || kind > 0 else { return nil }
    since = Timestamp(microseconds: stored.since)
    turnedAt = Timestamp(microseconds: stored.turnedAt)
    turnReceivedAt = Timestamp(microseconds: stored.turnReceivedAt)
    value = stored.value
    firedBy.kind = kind
    firedBy.sequence = UInt64(bitPattern: stored.causeSequence)
    firedBy.time = stored.causeTime
  }
}

import Telemetry

/// The state of one rule, in one severity, for one series, device or site.
///
/// Inputs are values, and each gives at most one transition. Two clocks are kept apart: spans between readings are of
/// event time, deadlines are of the time of receipt, so that a device's clock that is wrong moves no deadline.
///
/// Invariants
/// - An alert is open while `firing`, `clearing` or `lost`; its cause and `since` stay those of its start.
/// - Only a good reading, or a closed window that has one, ends an open alert as `resolved`.
/// - A deadline and the reading that would have made the same transition give it the same cause.
/// - `ok` and `unknown` hold nothing else that matters.
public struct AlertMachine: Equatable, Sendable {
  /// Where it stands; stored by its number.
  public enum Phase: UInt8, Sendable, CaseIterable {
    case ok
    /// It holds, not yet for long enough.
    case pending
    case firing
    /// Firing; it has ceased to hold, not yet for long enough.
    case clearing
    /// Nobody can say; no alert is open.
    case unknown
    /// Nobody can say; the alert is open.
    case lost
  }

  /// How long it must hold, and must be over. Microseconds.
  public struct Spans: Equatable, Sendable {
    /// How long it must hold before it fires. Microseconds.
    public var `for`: Int64
    /// How long it must be over before it ends. Microseconds.
    public var keep: Int64

    public init(for hold: Int64 = 0, keep: Int64 = 0) {
      (self.for, self.keep) = (hold, keep)
    }

    public init(for hold: Duration, keep: Duration) {
      self.init(for: hold.microseconds, keep: keep.microseconds)
    }
  }

  /// A live reading, as far as a machine needs to know it.
  public struct Input: Equatable, Sendable {
    /// Its own time.
    public var time: Timestamp
    /// On the axis of deadlines.
    public var receivedAt: Timestamp
    /// The place of its message in the journal.
    public var sequence: UInt64
    /// In the canonical unit; a state's number.
    public var value: Double

    public init(time: Timestamp, receivedAt: Timestamp, sequence: UInt64, value: Double) {
      self.time = time
      self.receivedAt = receivedAt
      self.sequence = sequence
      self.value = value
    }

    var cause: Cause { .reading(sequence: sequence, time: time) }
  }

  /// What an input changed.
  public struct Step: Equatable, Sendable {
    /// What has become of the alert.
    public var kind: AlertTransition.Kind
    /// What made it so.
    public var cause: Cause
    /// By the times of readings.
    public var at: Timestamp
    /// When it became known, or due.
    public var receivedAt: Timestamp
    /// Of the last reading.
    public var value: Double
    /// What made the alert fire.
    public var firedBy: Cause
    /// Since when it had held as the alert fired, by the times of readings.
    public var since: Timestamp
  }

  /// Where it stands.
  public internal(set) var phase = Phase.ok
  var firedBy = PackedCause()
  /// Since when it has held; of an open alert since when it held as it fired.
  public internal(set) var since = Timestamp(microseconds: 0)
  /// Since when `pending` or `clearing`, by the readings' times; of windows the start of the last one judged, in seconds.
  var turnedAt = Timestamp(microseconds: 0)
  /// The same on the axis of deadlines.
  var turnReceivedAt = Timestamp(microseconds: 0)
  /// Of the last input.
  public internal(set) var value = 0.0

  public init() {}

  /// An alert has fired and has not ended.
  public var isOpen: Bool { phase == .firing || phase == .clearing || phase == .lost }

  /// What the last input said.
  public var said: Truth {
    switch phase {
    case .ok, .clearing: .no
    case .pending, .firing: .yes
    case .unknown, .lost: .unknown
    }
  }

  /// The cause of the open alert's firing.
  public var cause: Cause { firedBy.cause }

  // MARK: Readings

  /// Takes in what a live reading says.
  public mutating func take(_ truth: Truth, _ input: Input, _ spans: Spans) -> Step? {
    value = input.value
    return switch truth {
    case .yes: hold(input, spans)
    case .no: cease(input, spans)
    case .unknown: lose(input.cause, at: input.time, receivedAt: input.receivedAt)
    }
  }

  private mutating func hold(_ input: Input, _ spans: Spans) -> Step? {
    switch phase {
    case .ok, .unknown:
      if spans.for == 0 { return fire(input.cause, since: input.time, at: input.time, receivedAt: input.receivedAt) }
      turn(to: .pending, input)
      since = input.time
      firedBy = PackedCause(.deadline(Timestamp(microseconds: since.microseconds + spans.for), of: input.sequence))
      return nil
    case .pending:
      guard input.time.microseconds - since.microseconds >= spans.for else { return nil }
      return fireWhenDue(receivedAt: input.receivedAt, spans)
    case .firing: return nil
    case .clearing:
      phase = .firing
      return nil
    case .lost:
      phase = .firing
      return step(.known, input.cause, at: input.time, receivedAt: input.receivedAt)
    }
  }

  private mutating func cease(_ input: Input, _ spans: Spans) -> Step? {
    switch phase {
    case .ok: return nil
    case .pending, .unknown:
      phase = .ok
      return nil
    case .firing, .lost:
      if spans.keep == 0 { return end(.resolved, input.cause, at: input.time, receivedAt: input.receivedAt) }
      let wasLost = phase == .lost
      turn(to: .clearing, input)
      return wasLost ? step(.known, input.cause, at: input.time, receivedAt: input.receivedAt) : nil
    case .clearing:
      guard input.time.microseconds - turnedAt.microseconds >= spans.keep else { return nil }
      return endWhenDue(receivedAt: input.receivedAt, spans)
    }
  }

  private mutating func turn(to phase: Phase, _ input: Input) {
    self.phase = phase
    turnedAt = input.time
    turnReceivedAt = input.receivedAt
  }

  // MARK: Deadlines

  /// When `deadlineReached` is to be called, on the axis of deadlines; nil while nothing is waited for.
  ///
  /// - Parameter listeningSince: before it nobody could have said otherwise.
  public func deadline(_ spans: Spans, listeningSince: Timestamp) -> Timestamp? {
    let begin = Swift.max(turnReceivedAt, listeningSince).microseconds
    return switch phase {
    case .pending: Timestamp(microseconds: begin + spans.for)
    case .clearing: Timestamp(microseconds: begin + spans.keep)
    default: nil
    }
  }

  /// It has held, or been over, for long enough, and no reading said otherwise.
  ///
  /// - Parameter due: when that was so.
  public mutating func deadlineReached(due: Timestamp, _ spans: Spans) -> Step? {
    switch phase {
    case .pending: fireWhenDue(receivedAt: due, spans)
    case .clearing: endWhenDue(receivedAt: due, spans)
    default: nil
    }
  }

  /// A time in which something should have come, and nothing did.
  public struct Deadline: Equatable, Sendable {
    /// By the times of readings: the last one's plus that time.
    public var time: Timestamp
    /// The same on the axis of deadlines.
    public var due: Timestamp
    /// When the last one was received; microseconds.
    public var heardAt: Int64

    public init(time: Timestamp, due: Timestamp, heardAt: Int64) {
      (self.time, self.due, self.heardAt) = (time, due, heardAt)
    }

    var cause: Cause { .deadline(time, of: UInt64(bitPattern: heardAt)) }
  }

  /// Nothing came.
  public mutating func silent(_ deadline: Deadline) -> Step? {
    lose(deadline.cause, at: deadline.time, receivedAt: deadline.due)
  }

  /// Of a rule about silence: it is there.
  public mutating func absent(_ deadline: Deadline, lastValue: Double) -> Step? {
    value = lastValue
    switch phase {
    case .ok, .unknown, .pending:
      return fire(deadline.cause, since: deadline.time, at: deadline.time, receivedAt: deadline.due)
    case .firing: return nil
    case .clearing:
      phase = .firing
      return nil
    case .lost:
      phase = .firing
      return step(.known, deadline.cause, at: deadline.time, receivedAt: deadline.due)
    }
  }

  private mutating func fireWhenDue(receivedAt: Timestamp, _ spans: Spans) -> Step? {
    let due = Timestamp(microseconds: since.microseconds + spans.for)
    return fire(.deadline(due, of: firedBy.sequence), since: since, at: due, receivedAt: receivedAt)
  }

  private mutating func endWhenDue(receivedAt: Timestamp, _ spans: Spans) -> Step? {
    let due = Timestamp(microseconds: turnedAt.microseconds + spans.keep)
    return end(.resolved, .deadline(due, of: 0), at: due, receivedAt: receivedAt)
  }

  // MARK: Other ends

  /// The rule, or what it looked at, is no more.
  public mutating func withdraw(at: Timestamp, receivedAt: Timestamp) -> Step? {
    guard isOpen else {
      phase = .ok
      return nil
    }
    return end(.withdrawn, .withdrawal, at: at, receivedAt: receivedAt)
  }

  mutating func lose(_ cause: Cause, at: Timestamp, receivedAt: Timestamp) -> Step? {
    let wasKnownToFire = phase == .firing || phase == .clearing
    phase = isOpen ? .lost : .unknown
    return wasKnownToFire ? step(.unknown, cause, at: at, receivedAt: receivedAt) : nil
  }

  mutating func fire(_ cause: Cause, since: Timestamp, at: Timestamp, receivedAt: Timestamp) -> Step {
    phase = .firing
    firedBy = PackedCause(cause)
    self.since = since
    return step(.firing, cause, at: at, receivedAt: receivedAt)
  }

  mutating func end(
    _ kind: AlertTransition.Kind, _ cause: Cause, at: Timestamp, receivedAt: Timestamp
  ) -> Step {
    phase = .ok
    return step(kind, cause, at: at, receivedAt: receivedAt)
  }

  func step(_ kind: AlertTransition.Kind, _ cause: Cause, at: Timestamp, receivedAt: Timestamp) -> Step {
    Step(
      kind: kind, cause: cause, at: at, receivedAt: receivedAt, value: value, firedBy: firedBy.cause, since: since)
  }
}

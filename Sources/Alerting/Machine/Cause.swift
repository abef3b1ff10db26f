import Telemetry

/// What made a transition: never the moment at which it was noticed, so that it is the same when it is found again.
public enum Cause: Hashable, Sendable {
  /// A reading: its message's sequence in the journal, and its own time, since a message may hold several.
  case reading(sequence: UInt64, time: Timestamp)
  /// A span that was over, by the times of readings: since it held plus `for` or `keep`, or the last reading plus the
  /// time in which another was to come.
  ///
  /// - of: tells it from others of one time, which a device has whose clock stands still: the sequence of the reading
  ///   since which it held, or the receipt of the last one in microseconds; 0 for `keep`, of which an alert has one.
  case deadline(Timestamp, of: UInt64)
  /// A window, by its start in seconds since 1970.
  case window(start: Int64)
  /// Its rule was changed or removed, or its series.
  case withdrawal

  func add(to hash: inout StableHash) {
    switch self {
    case .reading(let sequence, let time):
      hash.add(byte: 1)
      hash.add(sequence)
      hash.add(time.microseconds)
    case .deadline(let time, let mark):
      hash.add(byte: 2)
      hash.add(mark)
      hash.add(time.microseconds)
    case .window(let start):
      hash.add(byte: 3)
      hash.add(start)
    case .withdrawal: hash.add(byte: 4)
    }
  }
}

/// The cause of an alert's firing in two numbers and a kind, as a machine holds it and the store keeps it.
struct PackedCause: Equatable, Sendable {
  var kind: UInt8 = 0
  /// Or what tells a deadline from others.
  var sequence: UInt64 = 0
  /// Microseconds, or the window's start in seconds.
  var time: Int64 = 0

  init() {}

  init(_ cause: Cause) {
    switch cause {
    case .reading(let sequence, let time): (kind, self.sequence, self.time) = (1, sequence, time.microseconds)
    case .deadline(let time, let mark): (kind, sequence, self.time) = (2, mark, time.microseconds)
    case .window(let start): (kind, time) = (3, start)
    case .withdrawal: kind = 4
    }
  }

  var cause: Cause {
    switch kind {
    case 1: .reading(sequence: sequence, time: Timestamp(microseconds: time))
    case 2: .deadline(Timestamp(microseconds: time), of: sequence)
    case 3: .window(start: time)
    default: .withdrawal
    }
  }
}

/// How a try of a call ended.
public struct HookOutcome: Equatable, Sendable {
  /// How a try ended.
  public enum Result: Equatable, Sendable {
    case done
    case failed(HookFailure)
    /// The gateway stopped; it does not count as a try.
    case interrupted
  }

  /// How it ended.
  public var result: Result
  /// From its start to its end.
  public var duration: Duration
  /// At most `mostOutputBytes` of what a program wrote, or of a receiver's answer: of a program the last, since the
  /// reason why one fails stands at its end; of an answer the first, since no more of it is read.
  public var output: [UInt8]

  /// The most that is kept of what was written or answered.
  public static let mostOutputBytes = 4096

  public init(_ result: Result, duration: Duration, output: [UInt8] = []) {
    self.result = result
    self.duration = duration
    self.output = output
  }
}

/// Why a try failed.
public struct HookFailure: Error, Equatable, Sendable {
  /// One word, for counters.
  public enum Reason: String, CaseIterable, Sendable {
    // Of a declaration.
    case declaration
    // Of a program.
    case missing, interpreter, directory, permission, format, busy, arguments, resources, start
    case exit, signal, changed, removed
    // Of a receiver.
    case headers, authorities, lookup, address, connect, tls, closed, redirect, status, message
    // Of a publication.
    case topic, publisher
    // Of any.
    case timeout
    /// Too many calls waited: it was never made.
    case crowded
  }

  /// What follows from it for further tries.
  public enum Weight: Equatable, Sendable {
    /// Trying again is of no use.
    case final
    /// Tried again, as often as the declaration's retries.
    case failed
    /// The receiver is not there, or asks for time. Tried again for as long as the declaration's patience, and
    /// the hook's other calls wait meanwhile.
    case away
  }

  /// One word, for counters.
  public var reason: Reason
  /// For people; without secrets.
  public var sentence: String
  /// Whether the call is made again.
  public var weight: Weight
  /// How long the receiver asked not to be called; at most `RetryAfter.longest`.
  public var retryAfter: Duration?

  public init(_ reason: Reason, _ sentence: String, _ weight: Weight, retryAfter: Duration? = nil) {
    self.reason = reason
    self.sentence = sentence
    self.weight = weight
    self.retryAfter = retryAfter
  }
}

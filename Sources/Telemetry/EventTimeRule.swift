/// Which event times are accepted, judged by the time of receipt and never by the clock, so that a replay judges the same.
public struct EventTimeRule: Sendable {
  private let futureMicroseconds: Int64
  private let pastMicroseconds: Int64

  /// - Parameters:
  ///   - futureLimit: how far a reading may lie in the future of its receipt.
  ///   - pastLimit: how far a reading may lie in the past of its receipt.
  public init(futureLimit: Duration, pastLimit: Duration) {
    futureMicroseconds = futureLimit.microseconds
    pastMicroseconds = pastLimit.microseconds
  }

  public var futureLimit: Duration { .microseconds(futureMicroseconds) }
  public var pastLimit: Duration { .microseconds(pastMicroseconds) }

  /// Nil where the time is accepted.
  ///
  /// - Parameter receivedAt: when it may have been received.
  public func refusal(of time: Timestamp, receivedAt: ClosedRange<Timestamp>) -> DeadLetterReason? {
    if time.microseconds > receivedAt.upperBound.microseconds + futureMicroseconds { return .future }
    if time.microseconds < receivedAt.lowerBound.microseconds - pastMicroseconds { return .past }
    return nil
  }
}

/// Which event times are accepted, judged by the time of receipt and never by the clock, so that a replay judges the same.
public struct EventTimeRule: Sendable {
  /// How far a reading may lie in the future of its receipt.
  public var futureLimit: Duration
  /// How far a reading may lie in the past of its receipt.
  public var pastLimit: Duration

  public init(futureLimit: Duration, pastLimit: Duration) {
    self.futureLimit = futureLimit
    self.pastLimit = pastLimit
  }

  /// Nil where the time is accepted.
  public func refusal(of time: Timestamp, receivedAt: Timestamp) -> DeadLetterReason? {
    if time > receivedAt + futureLimit { return .future }
    if time < receivedAt - pastLimit { return .past }
    return nil
  }
}

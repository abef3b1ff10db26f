/// A message that goes out.
public struct OutgoingMessage: Sendable {
  public let topic: String
  public let payload: [UInt8]
  public let qos: Int32
  public let isRetained: Bool
  /// Not sent any more after this; nil for never.
  public let expiresAt: ContinuousClock.Instant?
  /// Told once what became of it; nil where nobody asks.
  public let ended: (@Sendable (End) -> Void)?

  public enum End: Equatable, Sendable {
    /// The broker has it; at QoS 0 it is written.
    case acknowledged
    /// It was not sent, or nobody knows whether the broker has it: why.
    case failed(String)
  }

  public init(
    topic: String, payload: [UInt8], qos: Int32 = 0, isRetained: Bool = false,
    expiresAt: ContinuousClock.Instant? = nil, ended: (@Sendable (End) -> Void)? = nil
  ) {
    self.topic = topic
    self.payload = payload
    self.qos = qos
    self.isRetained = isRetained
    self.expiresAt = expiresAt
    self.ended = ended
  }
}

extension OutgoingMessage {
  var hasExpired: Bool { expiresAt.map { $0 <= .now } ?? false }
}

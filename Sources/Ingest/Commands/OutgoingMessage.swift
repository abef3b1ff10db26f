/// A message that goes out.
public struct OutgoingMessage: Sendable {
  public let topic: String
  public let payload: [UInt8]
  public let qos: Int32
  public let isRetained: Bool
  /// Not sent any more after this; nil for never.
  public let expiresAt: ContinuousClock.Instant?

  public init(
    topic: String, payload: [UInt8], qos: Int32 = 0, isRetained: Bool = false,
    expiresAt: ContinuousClock.Instant? = nil
  ) {
    self.topic = topic
    self.payload = payload
    self.qos = qos
    self.isRetained = isRetained
    self.expiresAt = expiresAt
  }
}

extension OutgoingMessage {
  var hasExpired: Bool { expiresAt.map { $0 <= .now } ?? false }
}

import Telemetry

/// How a client says on a topic of its own whether it is there: retained, and by its will where it dies.
public struct PresenceWords: Sendable {
  let topic: String
  let payload: @Sendable (_ isOnline: Bool, _ at: Timestamp) -> [UInt8]
  let saysOffline: @Sendable ([UInt8]) -> Bool

  public init(
    topic: String, payload: @escaping @Sendable (_ isOnline: Bool, _ at: Timestamp) -> [UInt8],
    saysOffline: @escaping @Sendable ([UInt8]) -> Bool
  ) {
    self.topic = topic
    self.payload = payload
    self.saysOffline = saysOffline
  }

  func message(isOnline: Bool, at moment: Timestamp) -> OutgoingMessage {
    OutgoingMessage(topic: topic, payload: payload(isOnline, moment), qos: 1, isRetained: true)
  }
}

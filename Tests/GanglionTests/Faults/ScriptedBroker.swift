import LoopbackBroker
import Testing

/// The words of a scripted broker to a gateway that takes in bins.
extension LoopbackBroker {
  /// Takes the gateway in and grants its subscription.
  func welcome(sessionPresent: Bool) throws -> BrokerConnection {
    let client = try accept(within: .seconds(20))
    #expect(try client.receive()?.kind == .connect)
    try client.send(MQTTPacket.connack(sessionPresent: sessionPresent, .v5))
    let subscribe = try #require(try client.receive())
    #expect(subscribe.kind == .subscribe)
    try client.send(MQTTPacket.suback(packetID: subscribe.packetID, codes: [1], .v5))
    return client
  }
}

extension BrokerConnection {
  /// Sends the message of a number.
  func publish(_ number: Int, packetID: UInt16, isDuplicate: Bool = false) throws {
    let message = Bins().message(number)
    try send(
      MQTTPacket.publish(
        topic: message.topic, payload: message.payload, packetID: packetID, isDuplicate: isDuplicate, .v5))
  }
}

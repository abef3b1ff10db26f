import Glibc

/// A broker that does nothing but push: takes one subscriber and sends it messages as fast as it takes them.
public struct Pusher: Sendable {
  /// Messages sent and not acknowledged at QoS 1.
  static let mostInFlight = 16_384
  /// A subscriber that takes nothing and acknowledges nothing for so long is given up.
  private static let patienceMilliseconds: Int32 = 30_000

  public let messages: Int
  public let qos: Int
  /// The packets of all messages, one behind the other, and where each ends.
  private let packets: [UInt8]
  private let ends: [Int]

  /// - Parameter message: topic and payload of the message with a number.
  public init(messages: Int, qos: Int, message: (Int) -> (topic: String, payload: [UInt8])) {
    self.messages = messages
    self.qos = qos
    var packets: [UInt8] = []
    var ends: [Int] = []
    for index in 0..<messages {
      let (topic, payload) = message(index)
      packets += MQTTPacket.publish(
        topic: topic, payload: payload, packetID: qos > 0 ? UInt16(index % 65535) + 1 : nil, .v311)
      ends.append(packets.count)
    }
    self.packets = packets
    self.ends = ends
  }

  /// Takes a client in, answers its CONNECT and SUBSCRIBE, sends everything, and returns when the client is gone.
  public func serve(_ broker: LoopbackBroker) throws(LoopbackBroker.Failure) {
    if let client = try broker.acceptSubscriber(qos: qos) { try push(to: client) }
  }

  private func push(to client: BrokerConnection) throws(LoopbackBroker.Failure) {
    var sentBytes = 0
    var sentMessages = 0
    var acknowledged = 0
    var isOpen = true
    while isOpen {
      let mayEnd = qos == 0 ? messages : min(messages, acknowledged + Self.mostInFlight)
      let limit = mayEnd == 0 ? 0 : ends[mayEnd - 1]
      let wantsToSend = sentBytes < limit
      var poll = pollfd(
        fd: client.socket, events: Int16(POLLIN) | (wantsToSend ? Int16(POLLOUT) : 0), revents: 0)
      guard Glibc.poll(&poll, 1, Self.patienceMilliseconds) != 0 else {
        throw LoopbackBroker.Failure(message: "the subscriber stands still after \(sentMessages) messages")
      }
      if poll.revents & Int16(POLLOUT) != 0 {
        let end = min(limit, sentBytes + (256 << 10))
        let count = packets.withUnsafeBytes {
          Glibc.send(
            client.socket, $0.baseAddress! + sentBytes, end - sentBytes, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
        if count > 0 { sentBytes += count }
        while sentMessages < messages, ends[sentMessages] <= sentBytes { sentMessages += 1 }
      }
      if poll.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
        let (pubacks, open) = try client.countPubacks()
        acknowledged += pubacks
        isOpen = open
      }
    }
  }
}

extension LoopbackBroker {
  /// Takes a client in and answers its CONNECT and SUBSCRIBE; nil where it leaves before.
  func acceptSubscriber(qos: Int) throws(Failure) -> BrokerConnection? {
    let client = try accept(within: .seconds(60))
    while let packet = try client.receive(within: .seconds(60)) {
      if packet.kind == .connect { try client.send(MQTTPacket.connack(sessionPresent: false, .v311)) }
      if packet.kind == .subscribe {
        try client.send(MQTTPacket.suback(packetID: packet.packetID, codes: [UInt8(qos)], .v311))
        return client
      }
    }
    return nil
  }
}

extension BrokerConnection {
  /// Takes in what the client has sent and counts the PUBACKs of MQTT 3.1.1 in it, answering pings.
  func countPubacks() throws(Failure) -> (count: Int, isOpen: Bool) {
    let isOpen = try fill()
    var count = 0
    while let packet = try takePacket() {
      switch packet.kind {
      case .puback: count += 1
      case .pingreq: try send(MQTTPacket.pingresp)
      default: break
      }
    }
    return (count, isOpen)
  }
}

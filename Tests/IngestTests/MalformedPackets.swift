import LoopbackBroker

/// Packets that no broker may send, each with what is wrong with it.
struct MalformedPackets {
  let version: MQTTPacket.Version
  private var isNew: Bool { version == .v5 }
  /// The length of no properties.
  private var noProperties: [UInt8] { isNew ? [0] : [] }

  /// One wrong thing.
  typealias Named = (name: String, bytes: [UInt8])

  /// The flags that a type has; PUBLISH is the one with a choice.
  private static func flags(of type: UInt8) -> UInt8 { [6, 8, 10].contains(type) ? 2 : type == 3 ? 2 : 0 }

  /// What can be wrong with any packet, for all sixteen types.
  var ofEveryType: [Named] {
    (UInt8(0)...15).flatMap { type -> [Named] in
      let first = type << 4 | Self.flags(of: type)
      let body: [UInt8] = [0, 1, 0, 1]
      return [
        ("type \(type), flags that are reserved", MQTTPacket.packet(type << 4 | (type == 3 ? 6 : 13), body)),
        ("type \(type), a length of five bytes", [first, 0xFF, 0xFF, 0xFF, 0xFF, 1] + body),
        ("type \(type), a length with a byte too many", [first, 0x84, 0] + body),
        ("type \(type), nothing in it", [first, 0]),
        ("type \(type), too short for what is in it", [first, 1, 0]),
        ("type \(type), longer than what comes", [first, 200] + body),
        ("type \(type), something in it", MQTTPacket.packet(first, body)),
      ]
    }
  }

  /// PUBLISH at QoS 1 from its parts.
  private func publish(
    _ topic: [UInt8], length: UInt16? = nil, flags: UInt8 = 2, id: [UInt8] = [0, 9],
    properties: [UInt8]? = nil
  ) -> [UInt8] {
    let length = length ?? UInt16(topic.count)
    return MQTTPacket.packet(
      0x30 | flags,
      [UInt8(length >> 8), UInt8(length & 0xFF)] + topic + id + (properties ?? noProperties) + Array("payload".utf8))
  }

  var ofPublish: [Named] {
    let topic = Array("t/x".utf8)
    let both: [Named] = [
      ("an empty topic", publish([])),
      ("a wildcard in the topic", publish(Array("t/#".utf8))),
      ("a topic that was not subscribed", publish(Array("elsewhere".utf8))),
      ("a topic longer than the packet", publish(topic, length: 60_000)),
      ("a topic that is no UTF-8", publish([0x74, 0x2F, 0xC3, 0x28])),
      ("a surrogate in the topic", publish([0x74, 0x2F, 0xED, 0xA0, 0x80])),
      ("U+0000 in the topic", publish([0x74, 0x2F, 0])),
      ("a control character in the topic", publish([0x74, 0x2F, 7])),
      ("a topic of 65,535 bytes", publish([0x74, 0x2F] + [UInt8](repeating: 0x78, count: 65_533))),
      ("QoS 3", publish(topic, flags: 6)),
      ("QoS 2, never released", publish(topic, flags: 4)),
      ("QoS 2, released", publish(topic, flags: 4) + [0x62, 2, 0, 9]),
      ("DUP at QoS 0", publish(topic, flags: 8, id: [])),
      ("the packet id 0", publish(topic, id: [0, 0])),
      ("no packet id", MQTTPacket.packet(0x32, [0, 3] + topic)),
      ("one packet id at once for two messages", publish(topic) + publish(Array("t/y".utf8))),
      ("256 MiB announced", [0x32, 0xFF, 0xFF, 0xFF, 0x7F, 0, 3] + topic),
    ]
    guard isNew else { return both }
    let properties: [(String, [UInt8])] = [
      ("properties longer than the packet", [0x7F, 1, 0]),
      ("a length of properties of five bytes", [0xFF, 0xFF, 0xFF, 0xFF, 1]),
      ("an unknown property", [2, 0x7E, 0]), ("a property that stands elsewhere", [5, 0x11, 0, 0, 0, 1]),
      ("a property twice", [4, 1, 0, 1, 0]), ("a property longer than the properties", [2, 0x23, 0, 1]),
      ("a topic alias, which was not offered", [3, 0x23, 0, 1]), ("the topic alias 0", [3, 0x23, 0, 0]),
      ("a subscription's number 0", [2, 0x0B, 0]), ("a user property without a value", [4, 0x26, 0, 1, 0x61]),
      ("a response topic with a wildcard", [4, 0x08, 0, 1, 0x23]),
    ]
    return both + properties.map { ($0.0, publish(topic, properties: $0.1)) }
      + [("a topic alias in place of a topic", publish([], properties: [3, 0x23, 0, 1]))]
  }

  /// Answers to what was not asked.
  var ofAnswers: [Named] {
    let refusal: UInt8 = isNew ? 0x87 : 5
    var all: [Named] = [
      ("a second CONNACK", MQTTPacket.connack(sessionPresent: false, version)),
      ("a second CONNACK, of a session that is there", MQTTPacket.connack(sessionPresent: true, version)),
      ("a second CONNACK that refuses", MQTTPacket.connack(sessionPresent: false, reasonCode: refusal, version)),
      ("a CONNACK with reserved flags", MQTTPacket.packet(0x20, [0xFE, 0] + noProperties)),
      ("a CONNACK with a reason that is none", MQTTPacket.packet(0x20, [0, 0x7F] + noProperties)),
      ("PINGRESP with a body", [0xD0, 3, 1, 2, 3]),
      ("a DISCONNECT with a reason that is none", [0xE0, 1, 0x7F]),
      ("a DISCONNECT with properties of a CONNACK", [0xE0, 5, 0x8B, 3, 0x21, 0, 1]),
      ("an AUTH", [0xF0, 2, 0x18, 0]),
      ("a SUBACK without codes", MQTTPacket.suback(packetID: 1, codes: [], version)),
      ("a SUBACK with more codes than filters", MQTTPacket.suback(packetID: 1, codes: [1, 1, 1, 0x80], version)),
      ("a SUBACK with a code that is none", MQTTPacket.suback(packetID: 1, codes: [0x7F], version)),
      ("a SUBACK to nothing", MQTTPacket.suback(packetID: 0x1234, codes: [0x80], version)),
      ("a SUBACK to packet 0", MQTTPacket.suback(packetID: 0, codes: [1], version)),
      ("an UNSUBACK to nothing", MQTTPacket.packet(0xB0, [0x12, 0x34] + noProperties)),
    ]
    for (name, first) in [("PUBACK", 0x40), ("PUBREC", 0x50), ("PUBREL", 0x62), ("PUBCOMP", 0x70)] as [(String, UInt8)]
    {
      all.append(("\(name) for nothing", [first, 2, 0x12, 0x34]))
      all.append(("\(name) for packet 0", [first, 2, 0, 0]))
      all.append(("\(name) with half an id", [first, 1, 0]))
      all.append(("\(name) with a reason and properties", [first, 6, 0x12, 0x34, 0x92, 2, 0x26, 0]))
    }
    return all
  }

  var all: [Named] { ofEveryType + ofPublish + ofAnswers }
}

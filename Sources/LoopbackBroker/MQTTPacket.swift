/// MQTT control packets as bytes, for a broker that does just what it is told.
///
/// Source: MQTT 3.1.1 and 5.0, section 3. What a broker sends to a subscriber, and any other packet by its bytes.
public enum MQTTPacket {
  public enum Version: Sendable {
    case v311
    case v5
  }

  /// The answer to a CONNECT.
  public static func connack(sessionPresent: Bool, reasonCode: UInt8 = 0, _ version: Version) -> [UInt8] {
    packet(0x20, [sessionPresent ? 1 : 0, reasonCode] + noProperties(version))
  }

  /// The answer to a SUBSCRIBE, with a reason code for each filter.
  public static func suback(packetID: UInt16, codes: [UInt8], _ version: Version) -> [UInt8] {
    packet(0x90, bytes(packetID) + noProperties(version) + codes)
  }

  /// The broker's goodbye, in MQTT 5.
  public static func disconnect(reasonCode: UInt8) -> [UInt8] { packet(0xE0, [reasonCode, 0]) }

  /// The answer to a PINGREQ.
  public static let pingresp: [UInt8] = [0xD0, 0]

  /// A message to the subscriber.
  ///
  /// - Parameter packetID: nil at QoS 0.
  public static func publish(
    topic: String, payload: [UInt8], packetID: UInt16?, isDuplicate: Bool = false, isRetained: Bool = false,
    _ version: Version
  ) -> [UInt8] {
    var flags: UInt8 = 0x30
    if packetID != nil { flags |= 0x02 }
    if isDuplicate { flags |= 0x08 }
    if isRetained { flags |= 0x01 }
    let name = Array(topic.utf8)
    let id = packetID.map(bytes) ?? []
    return packet(flags, bytes(UInt16(name.count)) + name + id + noProperties(version) + payload)
  }

  /// A packet of any kind.
  ///
  /// - Parameter first: its type and flags.
  public static func packet(_ first: UInt8, _ body: [UInt8]) -> [UInt8] {
    var length: [UInt8] = []
    var rest = body.count
    repeat {
      length.append(UInt8(rest % 128) | (rest >= 128 ? 0x80 : 0))
      rest /= 128
    } while rest > 0
    return [first] + length + body
  }

  private static func bytes(_ value: UInt16) -> [UInt8] {
    [UInt8(value >> 8), UInt8(value & 0xFF)]
  }

  private static func noProperties(_ version: Version) -> [UInt8] {
    version == .v5 ? [0] : []
  }
}

/// A packet that came from the client.
public struct ReceivedPacket: Equatable, Sendable {
  public enum Kind: UInt8, Sendable {
    case connect = 1
    case puback = 4
    case pubrec = 5
    case pubrel = 6
    case pubcomp = 7
    case subscribe = 8
    case unsubscribe = 10
    case pingreq = 12
    case pingresp = 13
    case disconnect = 14
    case auth = 15
  }

  public let kind: Kind
  /// What stands behind the fixed header.
  public let body: [UInt8]

  /// Of a PUBACK, SUBSCRIBE or UNSUBSCRIBE.
  public var packetID: UInt16 { UInt16(body[0]) << 8 | UInt16(body[1]) }
}

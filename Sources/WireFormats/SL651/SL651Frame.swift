/// A frame of SL 651-2014: what stands around the body, checked.
///
/// 7E 7E, addresses, password, function, direction and length, 02 or 16, body, an end mark, CRC. Upward the centre's
/// address (1 byte) stands before the station's (5 bytes), downward behind it. The length counts what stands between the
/// byte 02 or 16 and the end mark. After 16 come the number of packets and this packet's number, 12 bits each.
///
/// The password (2 bytes) is never read.
///
/// Source: SL 651-2014, tables 10 to 12.
struct SL651Frame {
  /// Up to and with the byte 02 or 16.
  private static let headerBytes = 14
  /// The end mark and the CRC.
  private static let trailerBytes = 3
  private static let startOfText: UInt8 = 0x02
  private static let startOfPacket: UInt8 = 0x16
  private static let packetBytes = 3
  /// Both the first two bytes of a frame.
  static let mark: UInt8 = 0x7E

  /// Sent by the centre.
  let isDownward: Bool
  let centre: UnsafeRawBufferPointer
  let station: UnsafeRawBufferPointer
  let function: UInt8
  /// How many packets the body is cut into; 1 where it is whole.
  let packets: Int
  /// From 1.
  let packet: Int
  let body: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    guard bytes.count >= SL651Frame.headerBytes + SL651Frame.trailerBytes else {
      let least = SL651Frame.headerBytes + SL651Frame.trailerBytes
      throw Refusal(.malformed, "a frame has at least \(least) bytes, this has \(bytes.count)")
    }
    guard bytes[0] == SL651Frame.mark, bytes[1] == SL651Frame.mark else {
      throw Refusal(.malformed, "a frame begins with 7E 7E, this with \(hexText(bytes[0])) \(hexText(bytes[1]))")
    }
    let end = try SL651Frame.checkedEnd(bytes)
    isDownward = bytes[11] & 0x80 != 0
    centre = slice(bytes, isDownward ? 7 : 2, 1)
    station = slice(bytes, isDownward ? 2 : 3, 5)
    function = bytes[10]
    let text = UnsafeRawBufferPointer(rebasing: bytes[SL651Frame.headerBytes..<end])
    switch bytes[13] {
    case SL651Frame.startOfText: (packets, packet, body) = (1, 1, text)
    case SL651Frame.startOfPacket: (packets, packet, body) = try SL651Frame.cut(text)
    default: throw Refusal(.malformed, "byte 13 is 02 or 16, here it is \(hexText(bytes[13]))")
    }
  }

  /// The offset of the end mark, after length, CRC and mark were found to be right.
  private static func checkedEnd(_ bytes: UnsafeRawBufferPointer) throws(Refusal) -> Int {
    let end = headerBytes + (Int(bytes[11] & 0x0F) << 8 | Int(bytes[12]))
    let count = end + trailerBytes
    // Some stations send one byte 7E behind the frame.
    guard bytes.count == count || (bytes.count == count + 1 && bytes[count] == mark) else {
      throw Refusal(.checksum, "the length says that the frame has \(count) bytes, the payload has \(bytes.count)")
    }
    let expected = crc(bytes[..<(count - 2)])
    let found = UInt16(bytes[count - 2]) << 8 | UInt16(bytes[count - 1])
    guard expected == found else {
      throw Refusal(.checksum, "the CRC should be \(hexText(expected)), the frame ends with \(hexText(found))")
    }
    guard isEndMark(bytes[end]) else {
      throw Refusal(.malformed, "byte \(end) ends the body, \(hexText(bytes[end])) is no end mark")
    }
    return end
  }

  /// End of text, end of block, enquiry, end of transmission, acknowledged, refused, stay connected.
  private static func isEndMark(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x03, 0x17, 0x05, 0x04, 0x06, 0x15, 0x1B: true
    default: false
    }
  }

  private static func cut(
    _ text: UnsafeRawBufferPointer
  ) throws(Refusal) -> (packets: Int, packet: Int, body: UnsafeRawBufferPointer) {
    guard text.count >= packetBytes else {
      throw Refusal(.malformed, "the number of packets takes \(packetBytes) bytes, the text has \(text.count)")
    }
    let packets = Int(text[0]) << 4 | Int(text[1] >> 4)
    let packet = Int(text[1] & 0x0F) << 8 | Int(text[2])
    guard packet >= 1, packet <= packets else {
      throw Refusal(.malformed, "there is no packet \(packet) of \(packets)")
    }
    return (packets, packet, UnsafeRawBufferPointer(rebasing: text[packetBytes...]))
  }

  /// CRC-16/MODBUS: polynomial A001 reflected, from FFFF. Source: SL 651-2014.
  private static func crc(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt16 {
    var crc: UInt16 = 0xFFFF
    for byte in bytes {
      crc ^= UInt16(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xA001 : crc >> 1 }
    }
    return crc
  }
}

private func slice(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> UnsafeRawBufferPointer {
  UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
}

private func hexText(_ word: UInt16) -> String {
  hexText(UInt8(truncatingIfNeeded: word >> 8)) + hexText(UInt8(truncatingIfNeeded: word))
}

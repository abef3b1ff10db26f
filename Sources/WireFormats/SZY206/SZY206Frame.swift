/// A frame of SZY206-2016 or SL 427: what stands around the user's data, checked.
///
/// 68, length, 68, control, address (5 bytes), function (AFN), data, CRC, 16. The length counts from the control byte to
/// the last byte of data. Control: bit 7 is set upward, bit 6 where the message is cut into frames; the lower four bits
/// are the kind of data.
///
/// Source: SZY206-2016; SL/T 427-2021, section 6.3.
struct SZY206Frame {
  static let mark: UInt8 = 0x68
  private static let endMark: UInt8 = 0x16
  /// The two marks and the length before the user's data.
  private static let headerBytes = 3
  /// CRC and end mark.
  private static let trailerBytes = 2
  /// Control, address, function.
  private static let leastLength = 7

  let isUpward: Bool
  let isCut: Bool
  /// What the data is of.
  let kind: UInt8
  let address: UnsafeRawBufferPointer
  let function: UInt8
  let data: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    guard bytes.count >= SZY206Frame.headerBytes else {
      throw Refusal(.malformed, "a frame begins with 3 bytes of marks and length, this has \(bytes.count)")
    }
    guard bytes[0] == SZY206Frame.mark, bytes[2] == SZY206Frame.mark else {
      throw Refusal(.malformed, "bytes 0 and 2 are 68, here they are \(hexText(bytes[0])) and \(hexText(bytes[2]))")
    }
    let user = try SZY206Frame.checkedUser(bytes)
    isUpward = user[0] & 0x80 != 0
    isCut = user[0] & 0x40 != 0
    kind = user[0] & 0x0F
    address = UnsafeRawBufferPointer(rebasing: user[1..<6])
    function = user[6]
    data = UnsafeRawBufferPointer(rebasing: user[7...])
  }

  /// From the control byte to the last byte of data, after length, CRC and end mark were found to be right.
  private static func checkedUser(_ bytes: UnsafeRawBufferPointer) throws(Refusal) -> UnsafeRawBufferPointer {
    let length = Int(bytes[1])
    let end = headerBytes + length
    guard bytes.count == end + trailerBytes else {
      throw Refusal(
        .checksum, "the length says that the frame has \(end + trailerBytes) bytes, the payload has \(bytes.count)")
    }
    guard length >= leastLength else {
      throw Refusal(.malformed, "control, address and function take \(leastLength) bytes, the length is \(length)")
    }
    let user = UnsafeRawBufferPointer(rebasing: bytes[headerBytes..<end])
    let expected = crc(user)
    guard expected == bytes[end] else {
      throw Refusal(.checksum, "the CRC should be \(hexText(expected)), byte \(end) is \(hexText(bytes[end]))")
    }
    guard bytes[end + 1] == endMark else {
      throw Refusal(.malformed, "a frame ends with 16, this with \(hexText(bytes[end + 1]))")
    }
    return user
  }

  /// CRC-8: polynomial E5, most significant bit first, from 0. Source: SL/T 427-2021.
  private static func crc(_ bytes: UnsafeRawBufferPointer) -> UInt8 {
    var crc: UInt8 = 0
    for byte in bytes {
      crc ^= byte
      for _ in 0..<8 { crc = crc & 0x80 != 0 ? crc << 1 ^ 0xE5 : crc << 1 }
    }
    return crc
  }
}

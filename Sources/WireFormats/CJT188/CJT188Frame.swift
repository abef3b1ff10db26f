/// A frame of CJ/T 188: what stands around the data, checked.
///
/// Any number of FE, 68, meter type, address (7 bytes, low first), control, length, data, sum, 16. The sum is that of all
/// bytes from 68 to the last of the data, modulo 256. Control: bit 7 is set in a meter's reply, bit 6 where it reports
/// an error.
///
/// Source: CJ/T 188-2004.
struct CJT188Frame {
  static let preamble: UInt8 = 0xFE
  static let mark: UInt8 = 0x68
  private static let endMark: UInt8 = 0x16
  private static let headerBytes = 11
  /// Sum and end mark.
  private static let trailerBytes = 2

  let meterType: UInt8
  /// Low byte first: five of the meter's number, two of its maker.
  let address: UnsafeRawBufferPointer
  let control: UInt8
  let data: UnsafeRawBufferPointer

  var isReply: Bool { control & 0x80 != 0 }
  var isError: Bool { control & 0x40 != 0 }

  init(_ payload: UnsafeRawBufferPointer) throws(Refusal) {
    let start = payload.firstIndex { $0 != CJT188Frame.preamble } ?? payload.count
    let bytes = UnsafeRawBufferPointer(rebasing: payload[start...])
    guard bytes.count >= CJT188Frame.headerBytes else {
      throw Refusal(
        .malformed,
        "a frame begins with \(CJT188Frame.headerBytes) bytes behind the preamble, here are \(bytes.count)")
    }
    guard bytes[0] == CJT188Frame.mark else {
      throw Refusal(.malformed, "68 begins a frame, \(hexText(bytes[0])) stands at offset \(start)")
    }
    let end = CJT188Frame.headerBytes + Int(bytes[10])
    try CJT188Frame.check(bytes, end: end)
    meterType = bytes[1]
    address = UnsafeRawBufferPointer(rebasing: bytes[2..<9])
    control = bytes[9]
    data = UnsafeRawBufferPointer(rebasing: bytes[CJT188Frame.headerBytes..<end])
  }

  private static func check(_ bytes: UnsafeRawBufferPointer, end: Int) throws(Refusal) {
    guard bytes.count == end + trailerBytes else {
      throw Refusal(
        .checksum,
        "the length says that the frame has \(end + trailerBytes) bytes, behind the preamble are \(bytes.count)")
    }
    let sum = bytes[..<end].reduce(0) { $0 &+ $1 }
    guard sum == bytes[end] else {
      throw Refusal(.checksum, "the sum should be \(hexText(sum)), the frame has \(hexText(bytes[end]))")
    }
    guard bytes[end + 1] == endMark else {
      throw Refusal(.malformed, "a frame ends with 16, this with \(hexText(bytes[end + 1]))")
    }
  }
}

import Telemetry

/// Cuts a payload into the segments of its packets, and checks each one's length and sum.
///
/// Source: HJ 212-2017 §6, the structure of a packet.
struct HJ212Frames {
  private static let lengthDigits = 4
  private static let sumDigits = 4

  private let payload: UnsafeRawBufferPointer
  private var position = 0

  init(_ payload: UnsafeRawBufferPointer) {
    self.payload = payload
    skipLineEnds()
  }

  var isAtEnd: Bool { position == payload.count }

  /// The segment of the packet that begins here; afterwards the position is behind the packet.
  mutating func next() throws(Refusal) -> Range<Int> {
    guard payload.count - position >= 2, payload[position] == UInt8(ascii: "#"),
      payload[position + 1] == UInt8(ascii: "#")
    else { throw Refusal(.malformed, "a packet begins with ##, which does not stand at offset \(position)") }
    let count = try length(at: position + 2)
    let start = position + 2 + Self.lengthDigits
    let end = start + count
    guard end <= payload.count - Self.sumDigits else {
      throw Refusal(
        .checksum,
        "the packet at offset \(position) is to have \(count) bytes and a sum, and the payload ends at \(payload.count)"
      )
    }
    try checkSum(of: start..<end)
    position = end + Self.sumDigits
    skipLineEnds()
    return start..<end
  }

  private func length(at start: Int) throws(Refusal) -> Int {
    var count = 0
    for offset in start..<start + Self.lengthDigits {
      guard offset < payload.count, case let digit = payload[offset] &- 0x30, digit <= 9 else {
        throw Refusal(.malformed, "a digit of the packet's length is expected at offset \(offset)")
      }
      count = count * 10 + Int(digit)
    }
    return count
  }

  private func checkSum(of segment: Range<Int>) throws(Refusal) {
    var written: UInt16 = 0
    for offset in segment.upperBound..<segment.upperBound + Self.sumDigits {
      guard let digit = Self.hexDigit(payload[offset]) else {
        throw Refusal(
          .checksum, "a hex digit of the packet's sum is expected at offset \(offset), where its length puts it")
      }
      written = written << 4 | UInt16(digit)
    }
    let sum = HJ212Checksum.of(UnsafeRawBufferPointer(rebasing: payload[segment]))
    guard sum == written else { throw otherSum(than: sum, of: segment, written: written) }
  }

  /// Where the length is wrong, the digits may be some of the password's: they are quoted only behind the closing `&&`.
  private func otherSum(than sum: UInt16, of segment: Range<Int>, written: UInt16) -> Refusal {
    let isClosed = payload[segment].suffix(2).elementsEqual("&&".utf8)
    let found = isClosed ? "\(hex(written)) stands" : "another stands"
    return Refusal(
      .checksum, "\(hex(sum)) is the sum of the packet, and \(found) at offset \(segment.upperBound)")
  }

  private func hex(_ sum: UInt16) -> String {
    let digits = String(sum, radix: 16, uppercase: true)
    return String(repeating: "0", count: Self.sumDigits - digits.utf8.count) + digits
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 0x30
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - 0x37
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - 0x57
    default: nil
    }
  }

  private mutating func skipLineEnds() {
    while position < payload.count, payload[position] == 0x0D || payload[position] == 0x0A { position += 1 }
  }
}

/// The bytes of a frame that a gateway publishes as they are, or as hexadecimal text.
///
/// How they are told apart: a format's frames begin with a byte that is no hexadecimal digit and no blank, so a payload
/// that begins with it is raw; any other is text or nothing. Text is pairs of digits in either case, with blanks or line
/// ends before, between and behind the pairs, and nothing else.
enum FrameText {
  /// - Parameters:
  ///   - starts: the bytes that a raw payload of the format may begin with.
  ///   - records: keeps the bytes of a text.
  /// - Returns: the frame's bytes, in the payload or in `records`.
  static func bytes(
    of payload: UnsafeRawBufferPointer, starts: ClosedRange<UInt8>..., in records: FieldRecords
  ) throws(Refusal) -> UnsafeRawBufferPointer {
    guard let first = payload.first else { throw Refusal(.empty, "the payload is empty") }
    for range in starts where range.contains(first) { return payload }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(payload.count / 2)
    var high: UInt8?
    for (offset, character) in payload.enumerated() {
      if high == nil, isBlank(character) { continue }
      guard let digit = digit(character) else { throw unreadable(character, at: offset) }
      if let upper = high { bytes.append(upper << 4 | digit) }
      high = high == nil ? digit : nil
    }
    if high != nil { throw Refusal(.malformed, "the hexadecimal text ends in the middle of a byte") }
    if bytes.isEmpty { throw Refusal(.empty, "the payload holds nothing but blanks") }
    return records.keep(bytes)
  }

  private static func unreadable(_ character: UInt8, at offset: Int) -> Refusal {
    Refusal(
      .malformed, "neither a frame nor its hexadecimal text: byte \(hexText(character)) stands at offset \(offset)")
  }

  private static func isBlank(_ character: UInt8) -> Bool {
    character == 0x20 || (0x09...0x0D).contains(character)
  }

  private static func digit(_ character: UInt8) -> UInt8? {
    switch character {
    case 0x30...0x39: character - 0x30
    case 0x41...0x46: character - 0x37
    case 0x61...0x66: character - 0x57
    default: nil
    }
  }
}

/// Two hexadecimal digits, for sentences.
func hexText(_ byte: UInt8) -> String { String(decoding: HexDigits([byte]), as: UTF8.self) }

/// The hexadecimal digits of some bytes, upper digit first, as ASCII characters.
struct HexDigits<Base: RandomAccessCollection<UInt8>>: RandomAccessCollection {
  private let base: Base
  private let firstLetter: UInt8

  /// - Parameter isLower: letters are `a` to `f` instead of `A` to `F`.
  init(_ base: Base, isLower: Bool = false) {
    self.base = base
    firstLetter = isLower ? UInt8(ascii: "a") : UInt8(ascii: "A")
  }

  var startIndex: Int { 0 }
  var endIndex: Int { base.count * 2 }

  subscript(position: Int) -> UInt8 {
    let byte = base[base.index(base.startIndex, offsetBy: position / 2)]
    let digit = position % 2 == 0 ? byte >> 4 : byte & 0x0F
    return digit < 10 ? UInt8(ascii: "0") + digit : firstLetter + digit - 10
  }
}

extension FieldRecords {
  /// Adds a text of the hexadecimal digits of some bytes.
  func addHex(_ name: StaticString, _ bytes: some RandomAccessCollection<UInt8>) {
    add(name, .text(keep(HexDigits(bytes))))
  }
}

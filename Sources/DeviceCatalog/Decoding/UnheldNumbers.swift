/// Numbers that JSON allows and no 64-bit integer or double holds, such as 1e999: the parser refuses a whole document
/// for one of them. They are overwritten with a string that means "a number was here", and the document is parsed again,
/// so that only their own readings are bad.
///
/// Source: RFC 8259, section 6, for what a number is.
enum UnheldNumbers {
  /// Three DEL bytes. A payload's own string of just these, beside such a number, is taken for one too: it is no value
  /// that any metric has.
  private static let marker: [UInt8] = [0x7F, 0x7F, 0x7F]

  static func isMarker(_ text: UnsafeRawBufferPointer) -> Bool { text.elementsEqual(marker) }

  /// Overwrites each such number, in place: the shortest, 9e308, has the marker's five bytes with its quotes.
  ///
  /// - Returns: false where there is none.
  static func mark(in text: UnsafeMutableRawBufferPointer) -> Bool {
    var found = false
    var index = 0
    while index < text.count {
      switch text[index] {
      case UInt8(ascii: "\""): index = endOfString(in: text, from: index)
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        let end = text[index...].firstIndex { !isNumberByte($0) } ?? text.count
        if isUnheld(text[index..<end]) {
          overwrite(text, index..<end)
          found = true
        }
        index = end
      default: index += 1
      }
    }
    return found
  }

  /// The index behind the closing quote, or the end of a text that lacks it.
  private static func endOfString(in text: UnsafeMutableRawBufferPointer, from open: Int) -> Int {
    var index = open + 1
    while index < text.count, text[index] != UInt8(ascii: "\"") {
      index += text[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(index + 1, text.count)
  }

  private static func isNumberByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }

  private static func isUnheld(_ token: Slice<UnsafeMutableRawBufferPointer>) -> Bool {
    let text = String(decoding: token, as: UTF8.self)
    guard token.count >= 5, let number = text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) else {
      return false
    }
    let isInteger = number.output.2 == nil && number.output.3 == nil
    if isInteger { return Int64(text) == nil && UInt64(text) == nil }
    return Double(text).map { !$0.isFinite } ?? true
  }

  private static func overwrite(_ text: UnsafeMutableRawBufferPointer, _ range: Range<Int>) {
    let quoted = [UInt8(ascii: "\"")] + marker + [UInt8(ascii: "\"")]
    for (offset, index) in range.enumerated() {
      text[index] = offset < quoted.count ? quoted[offset] : UInt8(ascii: " ")
    }
  }
}

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
        if isUnheld(UnsafeRawBufferPointer(rebasing: text[index..<end])), !isKey(text, end) {
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

  /// True where a colon follows: a number is no key, and must not become one.
  private static func isKey(_ text: UnsafeMutableRawBufferPointer, _ end: Int) -> Bool {
    text[end...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: ":")
  }

  /// The shortest numbers that may be held by nothing: whole ones of 19 digits, those with an exponent of 5 bytes.
  private static func isUnheld(_ token: UnsafeRawBufferPointer) -> Bool {
    let hasExponent = token.contains { $0 | 0x20 == UInt8(ascii: "e") }
    guard token.count >= (hasExponent ? 5 : 19), let isInteger = JSONNumber.isInteger(token) else { return false }
    let text = String(decoding: token, as: UTF8.self)
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

/// The grammar of a number: `-? int frac? exp?`.
private enum JSONNumber {
  /// True for a whole number without fraction and exponent, false for another number, nil for what is none.
  static func isInteger(_ token: UnsafeRawBufferPointer) -> Bool? {
    var rest = token[...]
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    let startsWithZero = rest.first == UInt8(ascii: "0")
    let digits = takeDigits(&rest)
    guard digits == 1 || digits > 1 && !startsWithZero else { return nil }
    var isInteger = true
    if rest.first == UInt8(ascii: ".") {
      isInteger = false
      rest.removeFirst()
      guard takeDigits(&rest) > 0 else { return nil }
    }
    if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      rest.removeFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
      guard takeDigits(&rest) > 0 else { return nil }
    }
    return rest.isEmpty ? isInteger : nil
  }

  private static func takeDigits(_ rest: inout Slice<UnsafeRawBufferPointer>) -> Int {
    let end = rest.firstIndex { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? rest.endIndex
    let count = rest.distance(from: rest.startIndex, to: end)
    rest = rest[end...]
    return count
  }
}

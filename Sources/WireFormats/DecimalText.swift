/// Numbers as texts write them.
enum DecimalText {
  /// A number by the grammar of JSON, with a plus sign allowed before it; nil for anything else. Whole numbers of 64 bits
  /// are exact.
  static func number(_ text: UnsafeRawBufferPointer) -> RawValue? {
    guard let isInteger = isInteger(text) else { return nil }
    let digits = String(decoding: text.first == UInt8(ascii: "+") ? text.dropFirst() : text[...], as: UTF8.self)
    if isInteger {
      if let integer = Int64(digits) { return .integer(integer) }
      if let integer = UInt64(digits) { return .unsigned(integer) }
      return .unheld
    }
    return Double(digits).map { $0.isFinite ? .double($0) : .unheld }
  }

  /// True for a whole number without fraction and exponent, false for another number, nil for what is none.
  private static func isInteger(_ text: UnsafeRawBufferPointer) -> Bool? {
    var rest = text[...]
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest.removeFirst() }
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
      if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest.removeFirst() }
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

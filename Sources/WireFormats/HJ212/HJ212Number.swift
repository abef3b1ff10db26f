/// Decimal numbers as loggers write them: `207`, `05.000`, `-0.36`, `.5`, and `1.2e-3` as printf makes it.
enum HJ212Number {
  /// Powers of ten that a double holds exactly.
  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  /// A whole number exactly, or the nearest double; nil for a text that is no number.
  static func parse(_ text: UnsafeRawBufferPointer) -> RawValue? {
    var index = 0
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative || text.first == UInt8(ascii: "+") { index = 1 }
    var digits: UInt64 = 0
    var isExact = true
    var point: Int?
    let first = index
    while index < text.count {
      let digit = text[index] &- 0x30
      if digit <= 9 {
        let (tenfold, isHigh) = digits.multipliedReportingOverflow(by: 10)
        let (sum, isOver) = tenfold.addingReportingOverflow(UInt64(digit))
        digits = sum
        if isHigh || isOver { isExact = false }
      } else if text[index] == UInt8(ascii: "."), point == nil {
        point = index
      } else {
        break
      }
      index += 1
    }
    guard index - first > (point == nil ? 0 : 1) else { return nil }
    if index < text.count { return isExponent(text[index...]) ? nearest(text) : nil }
    let places = point.map { index - $0 - 1 } ?? 0
    return isExact ? value(digits, places: places, isNegative: isNegative) ?? nearest(text) : nearest(text)
  }

  /// Nil where this is not exact in one step.
  private static func value(_ digits: UInt64, places: Int, isNegative: Bool) -> RawValue? {
    if places == 0 {
      if let integer = Int64(exactly: digits) { return .integer(isNegative ? -integer : integer) }
      return isNegative ? nil : .unsigned(digits)
    }
    guard digits <= 1 << 53, places < powersOfTen.count else { return nil }
    let value = Double(digits) / powersOfTen[places]
    return .double(isNegative ? -value : value)
  }

  private static func isExponent(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
    guard let first = text.first, first | 0x20 == UInt8(ascii: "e") else { return false }
    var digits = text.dropFirst()
    if let sign = digits.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { digits = digits.dropFirst() }
    return !digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// For texts whose form is known to be a number's.
  private static func nearest(_ text: UnsafeRawBufferPointer) -> RawValue {
    let decimal = String(decoding: text, as: UTF8.self)
    if let integer = Int64(decimal) { return .integer(integer) }
    guard let value = Double(decimal), value.isFinite else { return .unheld }
    return .double(value)
  }
}

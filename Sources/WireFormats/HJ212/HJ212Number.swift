/// Decimal numbers as loggers write them: `207`, `05.000`, `-0.36`, `.5`, and `1.2e-3` as printf makes it.
enum HJ212Number {
  /// Powers of ten that a double holds exactly.
  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  /// A whole number exactly, or the nearest double; nil for a text that is no number.
  static func parse(_ text: UnsafeRawBufferPointer) -> RawValue? {
    let isNegative = text.first == UInt8(ascii: "-")
    let decimal = Decimal(text, start: isNegative || text.first == UInt8(ascii: "+") ? 1 : 0)
    guard decimal.digitCount > 0 else { return nil }
    if decimal.end < text.count { return isExponent(text[decimal.end...]) ? nearest(text) : nil }
    guard decimal.isExact else { return nearest(text) }
    return value(decimal.digits, places: decimal.places, isNegative: isNegative) ?? nearest(text)
  }

  /// Digits with at most one point among them.
  private struct Decimal {
    var digits: UInt64 = 0
    /// False where the digits are more than `digits` holds.
    var isExact = true
    var digitCount = 0
    /// Digits behind the point.
    var places = 0
    var end: Int

    @inline(__always)
    init(_ text: UnsafeRawBufferPointer, start: Int) {
      end = start
      var hasPoint = false
      while end < text.count {
        if case let digit = text[end] &- 0x30, digit <= 9 {
          append(digit)
          if hasPoint { places += 1 }
        } else if text[end] == UInt8(ascii: "."), !hasPoint {
          hasPoint = true
        } else {
          return
        }
        end += 1
      }
    }

    @inline(__always)
    private mutating func append(_ digit: UInt8) {
      let (tenfold, isHigh) = digits.multipliedReportingOverflow(by: 10)
      let (sum, isOver) = tenfold.addingReportingOverflow(UInt64(digit))
      digits = sum
      isExact = isExact && !isHigh && !isOver
      digitCount += 1
    }
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

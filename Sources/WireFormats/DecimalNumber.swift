/// A decimal number in ASCII: `-12.5e3`, `.5`, `5.`, `007`; no sign but a minus before it, no blanks, no digit groups.
///
/// Invariants
/// - Whole numbers of 64 bits are exact; any other is the double nearest to the text.
/// - Nothing is allocated but for numbers of more digits than a double's, or far from 1.
struct DecimalNumber {
  private let text: UnsafeRawBufferPointer
  private let point: UInt8
  let isNegative: Bool
  /// No fraction and no exponent.
  let isWhole: Bool
  /// As RFC 8259, section 6, has it: no zero before another digit, and digits on both sides of the point.
  let isJSON: Bool
  /// The number of all digits without the point; nil where 64 bits do not hold it.
  private let digits: UInt64?
  private let exponent: Int

  /// Nil for what is no number.
  ///
  /// - Parameter point: between the whole and the fraction.
  init?(_ text: UnsafeRawBufferPointer, point: UInt8 = UInt8(ascii: ".")) {
    var scan = DecimalScan(text)
    isNegative = scan.take(UInt8(ascii: "-"))
    let startsWithZero = scan.next == UInt8(ascii: "0")
    let whole = scan.digitRun()
    let hasPoint = scan.take(point)
    let fraction = hasPoint ? scan.digitRun() : 0
    guard whole + fraction > 0 else { return nil }
    var power = 0
    let hasExponent = scan.take(UInt8(ascii: "e")) || scan.take(UInt8(ascii: "E"))
    if hasExponent {
      guard let value = scan.exponent() else { return nil }
      power = value
    }
    guard scan.isAtEnd else { return nil }
    self.text = text
    self.point = point
    isWhole = !hasPoint && !hasExponent
    isJSON = whole > 0 && !(startsWithZero && whole > 1) && (!hasPoint || fraction > 0)
    digits = scan.number
    exponent = power - fraction
  }

  /// Nil for one with a fraction or an exponent, and beyond 64 bits.
  var integer: Int64? {
    guard isWhole, let digits else { return nil }
    if !isNegative { return Int64(exactly: digits) }
    return digits <= Int64.min.magnitude ? Int64(truncatingIfNeeded: 0 &- digits) : nil
  }

  /// Nil for one with a sign, a fraction or an exponent, and beyond 64 bits.
  var unsigned: UInt64? { isWhole && !isNegative ? digits : nil }

  /// Nil beyond the doubles; 0 for what is nearer to 0 than to any other.
  var double: Double? {
    if let digits, let value = DecimalNumber.nearest(digits, timesTenTo: exponent) {
      return isNegative ? -value : value
    }
    let digitText = String(decoding: text.lazy.map { $0 == point ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
    return Double(digitText).flatMap { $0.isFinite ? $0 : nil }
  }

  /// A whole number as `integer`, or `unsigned` beyond it; any other as `double`; `unheld` beyond all of them.
  var value: RawValue {
    if isWhole { return integer.map { .integer($0) } ?? unsigned.map { .unsigned($0) } ?? .unheld }
    return double.map { .double($0) } ?? .unheld
  }

  /// mantissa × 10^exponent: whole where the exponent is 0, else the nearest double; `unheld` beyond the doubles.
  static func value(_ mantissa: Int64, timesTenTo exponent: Int64) -> RawValue {
    if exponent == 0 { return .integer(mantissa) }
    if let value = nearest(mantissa.magnitude, timesTenTo: Int(exponent)) {
      return .double(mantissa < 0 ? -value : value)
    }
    return Double("\(mantissa)e\(exponent)").flatMap { $0.isFinite ? .double($0) : nil } ?? .unheld
  }

  /// The nearest double where digits and power are doubles without loss, so that one rounding makes it (Clinger 1990).
  private static func nearest(_ digits: UInt64, timesTenTo exponent: Int) -> Double? {
    guard digits <= 1 << 53, exponent.magnitude < powersOfTen.count else { return nil }
    let power = powersOfTen[Int(exponent.magnitude)]
    return exponent < 0 ? Double(digits) / power : Double(digits) * power
  }

  /// The value of a number that may have a plus sign before it; nil for what is no number.
  static func signedValue(_ text: UnsafeRawBufferPointer) -> RawValue? {
    let hasPlus = text.first == UInt8(ascii: "+")
    let digits = hasPlus ? text.part(1..<text.count) : text
    guard let number = DecimalNumber(digits), !(hasPlus && number.isNegative) else { return nil }
    return number.value
  }
}

/// Those that a double holds exactly.
private let powersOfTen: [Double] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]

/// Walks over a number's bytes and gathers its digits.
private struct DecimalScan {
  /// Beyond it every double is 0 or not finite, whatever digits a payload can hold before it.
  private static let mostExponent = 1 << 40

  private let text: UnsafeRawBufferPointer
  private var position = 0
  /// Of all digits so far; nil beyond 64 bits.
  private(set) var number: UInt64? = 0

  init(_ text: UnsafeRawBufferPointer) { self.text = text }

  var next: UInt8? { position < text.count ? text[position] : nil }
  var isAtEnd: Bool { position == text.count }

  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  /// - Returns: how many digits stand there.
  mutating func digitRun() -> Int {
    let start = position
    while let digit = nextDigit() {
      guard let before = number else { continue }
      let (product, isOver) = before.multipliedReportingOverflow(by: 10)
      let (sum, isOverToo) = product.addingReportingOverflow(UInt64(digit))
      number = isOver || isOverToo ? nil : sum
    }
    return position - start
  }

  /// Nil where no digit stands.
  mutating func exponent() -> Int? {
    let isNegative = take(UInt8(ascii: "-"))
    if !isNegative { _ = take(UInt8(ascii: "+")) }
    var value: Int?
    while let digit = nextDigit() { value = min((value ?? 0) * 10 + Int(digit), Self.mostExponent) }
    return value.map { isNegative ? -$0 : $0 }
  }

  private mutating func nextDigit() -> UInt8? {
    guard let byte = next, byte >= 0x30, byte <= 0x39 else { return nil }
    position += 1
    return byte - 0x30
  }
}

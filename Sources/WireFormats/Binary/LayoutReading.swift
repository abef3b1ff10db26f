import Telemetry

/// A value on its way into the records, with what is to be said of it.
struct LayoutReading {
  var value: RawValue
  var quality: Quality

  init(_ value: RawValue, _ quality: Quality = .good) {
    self.value = value
    self.quality = quality
  }

  init(unsigned raw: UInt64) {
    self.init(Int64(exactly: raw).map { .integer($0) } ?? .unsigned(raw))
  }

  /// Digits above 9 are none; 16 digits fit in the 64 bits that there are at most.
  init(bcd raw: UInt64) {
    var number: Int64 = 0
    for digit in stride(from: 60, through: 0, by: -4) {
      let value = raw >> UInt64(digit) & 0xF
      guard value <= 9 else {
        self.init(.null, .type)
        return
      }
      number = number * 10 + Int64(value)
    }
    self.init(.integer(number))
  }

  /// Source: IEEE 754-2019, binary16, binary32 and binary64.
  init(float raw: UInt64, bits: Int) {
    let value: Double =
      switch bits {
      case 16: Self.half(UInt16(truncatingIfNeeded: raw))
      case 32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: raw)))
      default: Double(bitPattern: raw)
      }
    self.init(.double(value), value.isFinite ? .good : .notFinite)
  }

  /// `Float16` is not on every platform.
  private static func half(_ bits: UInt16) -> Double {
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Double(bits & 0x3FF)
    let sign: Double = bits >> 15 == 1 ? -1 : 1
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 0x1F: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * Double(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction)
    }
  }

  /// Up to the first zero byte, without the spaces at its end.
  init(text bytes: UnsafeRawBufferPointer) {
    var end = bytes.firstIndex(of: 0) ?? bytes.count
    while end > 0, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
    let text = UnsafeRawBufferPointer(rebasing: bytes[..<end])
    let isText = text.allSatisfy { $0 < 0x80 } || String(validating: text, as: UTF8.self) != nil
    self.init(.text(text), isText ? .good : .type)
  }

  /// A whole number in decimal digits.
  init(digits bytes: UnsafeRawBufferPointer) {
    var text = bytes.firstIndex(of: 0).map { bytes[..<$0] } ?? bytes[...]
    let space = UInt8(ascii: " ")
    while text.first == space { text.removeFirst() }
    while text.last == space { text.removeLast() }
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative || text.first == UInt8(ascii: "+") { text.removeFirst() }
    var number: Int64 = 0
    var overflows = false
    for byte in text {
      guard (0x30...0x39).contains(byte) else {
        self.init(.null, .type)
        return
      }
      let product = number.multipliedReportingOverflow(by: 10)
      let sum = product.partialValue.subtractingReportingOverflow(Int64(byte - 0x30))
      overflows = overflows || product.overflow || sum.overflow
      number = sum.partialValue
    }
    guard !text.isEmpty else {
      self.init(.null, .type)
      return
    }
    // Counted downwards, which has room for one number more.
    let (value, isBeyond) = isNegative ? (number, false) : Int64(0).subtractingReportingOverflow(number)
    if overflows || isBeyond { self.init(.unheld, .overflow) } else { self.init(.integer(value)) }
  }

  /// What a later step may ask for; nil for what is no whole number.
  var whole: Int64? {
    switch value {
    case .integer(let number): number
    case .unsigned(let number): Int64(bitPattern: number)
    case .boolean(let flag): flag ? 1 : 0
    default: nil
    }
  }

  /// Adds to a whole number.
  mutating func add(_ number: Int64) {
    guard quality == .good else { return }
    guard case .integer(let value) = value else { return overflow() }
    let sum = value.addingReportingOverflow(number)
    if sum.overflow { overflow() } else { self.value = .integer(sum.partialValue) }
  }

  /// This number times the radix, and the next part.
  mutating func append(_ part: LayoutReading, radix: Int64) {
    guard quality == .good else { return }
    guard part.quality == .good else {
      self = part
      return
    }
    guard case .integer(let high) = value, case .integer(let low) = part.value else { return overflow() }
    let product = high.multipliedReportingOverflow(by: radix)
    let sum = product.partialValue.addingReportingOverflow(low)
    if product.overflow || sum.overflow { overflow() } else { value = .integer(sum.partialValue) }
  }

  private mutating func overflow() {
    value = .unheld
    quality = .overflow
  }

  static func hexDigit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x61 - 10 + nibble }

  /// Of a 64-bit number.
  static let mostDigits = 20

  /// Writes a number in decimal digits, and returns where it ends.
  static func put(_ number: UInt64, into text: UnsafeMutableRawBufferPointer, at start: Int) -> Int {
    var count = 1
    var rest = number / 10
    while rest > 0 {
      count += 1
      rest /= 10
    }
    rest = number
    for offset in stride(from: count - 1, through: 0, by: -1) {
      text[start + offset] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    return start + count
  }
}

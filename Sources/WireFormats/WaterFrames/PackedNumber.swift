import Telemetry

/// A number in packed decimals (BCD, two digits a byte), before it is known where its decimal point stands.
enum PackedNumber: Equatable {
  /// All digits as one whole number.
  case digits(Int64)
  /// Bytes that stand for no value.
  case missing
  /// Half a byte is no decimal digit.
  case noDecimals
  /// More digits than 64 bits hold.
  case tooLong

  /// - Parameter bytes: from the most significant to the least.
  init(_ bytes: some Collection<UInt8>) {
    if PackedNumber.isFilled(bytes, with: 0xFF) {
      self = .missing
      return
    }
    var number: Int64 = 0
    for byte in bytes {
      guard byte >> 4 < 10, byte & 0x0F < 10 else {
        self = .noDecimals
        return
      }
      let (shifted, isTooLong) = number.multipliedReportingOverflow(by: 100)
      let (sum, isTooGreat) = shifted.addingReportingOverflow(Int64(byte >> 4) * 10 + Int64(byte & 0x0F))
      if isTooLong || isTooGreat {
        self = .tooLong
        return
      }
      number = sum
    }
    self = .digits(number)
  }

  /// True where there are bytes and all of them are this one.
  static func isFilled(_ bytes: some Collection<UInt8>, with filler: UInt8) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy { $0 == filler }
  }

  var negated: PackedNumber {
    if case .digits(let number) = self { .digits(-number) } else { self }
  }

  /// The value with so many digits behind the point: whole numbers exact, others correctly rounded, by one division, as
  /// long as the digits stay below 2^53. What has no value is null, with the quality that says why.
  func value(decimals: Int) -> (value: RawValue, quality: Quality) {
    switch self {
    case .digits(let number):
      (decimals > 0 ? .double(Double(number) / PackedNumber.power(decimals)) : .integer(number), .good)
    case .missing: (.null, .missing)
    case .noDecimals: (.null, .type)
    case .tooLong: (.unheld, .overflow)
    }
  }

  /// A power of ten; exact up to the 22nd.
  static func power(_ exponent: Int) -> Double {
    var power = 1.0
    for _ in 0..<max(0, exponent) { power *= 10 }
    return power
  }
}

extension FieldRecords {
  func add(_ name: StaticString, _ number: PackedNumber, decimals: Int) {
    let (value, quality) = number.value(decimals: decimals)
    add(name, value, quality: quality)
  }

  func add(_ name: UnsafeRawBufferPointer, _ number: PackedNumber, decimals: Int) {
    let (value, quality) = number.value(decimals: decimals)
    add(name, value, quality: quality)
  }
}

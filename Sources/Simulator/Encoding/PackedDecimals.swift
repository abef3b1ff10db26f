/// Numbers in packed decimals, two digits a byte, the highest first.
enum PackedDecimals {
  /// - Parameter digits: of base 16, an even number of them.
  static func bytes(_ digits: some StringProtocol) -> [UInt8] {
    let halves = digits.utf8.map { UInt8(Character(Unicode.Scalar($0)).hexDigitValue ?? 0) }
    return stride(from: 0, to: halves.count - 1, by: 2).map { halves[$0] << 4 | halves[$0 + 1] }
  }

  /// - Parameter number: not below 0, and of no more digits than fit.
  static func bytes(_ number: Int, count: Int) -> [UInt8] {
    let digits = String(number)
    return bytes(String(repeating: "0", count: count * 2 - digits.utf8.count) + digits)
  }
}

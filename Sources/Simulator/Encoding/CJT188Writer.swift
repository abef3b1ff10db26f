import Telemetry

/// A water meter's reply with its current reading, by CJ/T 188.
///
/// Source: CJ/T 188-2004, the frame and data identifier 901F.
struct CJT188Writer {
  private static let coldWater: UInt8 = 0x10
  private static let readReply: UInt8 = 0x81
  private static let cubicMetres: UInt8 = 0x2C
  private static let century: UInt8 = 0x20

  /// 14 decimal digits, the maker's four first.
  let meter: String
  /// In hundredths of a cubic metre; nil where there is no value.
  let volume: Int?
  let settlementVolume: Int
  let clock: Timestamp
  /// Bits 0 and 1 the valve: 0 open, 1 closed, 3 fault; bit 2 a low battery.
  let status: UInt8

  var frame: [UInt8] {
    let data =
      [0x1F, 0x90, 0x00] + reading(volume) + reading(settlementVolume)
      + PackedDecimals.bytes(clock.cityDigits.dropFirst(2)).reversed() + [Self.century, status, 0]
    let bytes =
      [0x68, Self.coldWater] + PackedDecimals.bytes(meter).reversed() + [Self.readReply, UInt8(data.count)] + data
    return bytes + [bytes.reduce(0, &+), 0x16]
  }

  private func reading(_ hundredths: Int?) -> [UInt8] {
    let digits = hundredths.map { PackedDecimals.bytes($0, count: 4).reversed() } ?? [0xFF, 0xFF, 0xFF, 0xFF]
    return digits + [Self.cubicMetres]
  }
}

import Telemetry

/// A self-report of a water resource station.
///
/// Source: SZY206-2016, sections 5 and 6: frame, function code C0 for real-time data, level in millimetres.
enum WaterResourceFrame {
  /// Sent by the station, of the kind "level".
  private static let control: UInt8 = 0xB2
  private static let realTimeData: UInt8 = 0xC0

  /// - Parameters:
  ///   - millimetres: nil where the sensor has no value.
  ///   - address: ten digits.
  static func level(_ millimetres: Int?, of address: String, at time: Timestamp) -> [UInt8] {
    let level = millimetres.map { decimal($0, bytes: 4) } ?? [0xFF, 0xFF, 0xFF, 0xFF]
    let alarmsAndState: [UInt8] = [0, 0, 0, 0]
    let body = [control] + digits(address) + [realTimeData] + level + alarmsAndState + label(time)
    return [0x68, UInt8(body.count), 0x68] + body + [checksum(body), 0x16]
  }

  /// Second, minute, hour, day, month, year of the city's clock, and a delay of no minutes.
  private static func label(_ time: Timestamp) -> [UInt8] {
    let text = CivilTime(time, zoneOffset: Timestamp.cityOffsetSeconds).text
    let numbers = text.prefix(19).split { !$0.isNumber }.map { String($0.suffix(2)) }
    return numbers.reversed().flatMap(digits) + [0]
  }

  /// Two digits a byte, the lowest first.
  private static func decimal(_ number: Int, bytes count: Int) -> [UInt8] {
    var rest = number
    return (0..<count).map { _ in
      defer { rest /= 100 }
      return UInt8((rest % 100 / 10) << 4 | (rest % 10))
    }
  }

  /// Two digits a byte, as they are read.
  private static func digits(_ text: String) -> [UInt8] {
    let values = text.utf8.map { $0 - UInt8(ascii: "0") }
    return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
  }

  /// CRC-8 of x^8 + x^7 + x^6 + x^5 + x^2 + 1.
  private static func checksum(_ bytes: [UInt8]) -> UInt8 {
    bytes.reduce(0) { register, byte in
      (0..<8).reduce(register ^ byte) { rest, _ in rest & 0x80 != 0 ? rest << 1 ^ 0xE5 : rest << 1 }
    }
  }
}

import Foundation
import WireFormats

/// Bytes of hexadecimal digits; blanks between them are passed over.
func hexBytes(_ hex: String) -> [UInt8] {
  let digits = hex.compactMap { $0.hexDigitValue.map { UInt8($0) } }
  return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// A UTC+8 time in ISO 8601 as a record's time.
func chinaTime(_ text: String) -> FieldRecords.Time {
  let format = ISO8601DateFormatter()
  format.timeZone = TimeZone(secondsFromGMT: 8 * 3600)
  format.formatOptions = [.withFullDate, .withTime, .withColonSeparatorInTime]
  guard let date = format.date(from: text) else { return .unknown }
  return .at(.init(seconds: Int64(date.timeIntervalSince1970)))
}

enum SL651Frames {
  /// A frame upward from station 0012345678, sent at 2026-03-04T12:01:10.
  static func report(_ function: UInt8, _ groups: String, type: String = "48", sent: String = "260304120110") -> [UInt8]
  {
    frame(function, hexBytes("0102 \(sent) F1F1 0012345678 \(type)") + hexBytes(groups))
  }

  static func frame(_ function: UInt8, _ body: [UInt8], start: UInt8 = 0x02, end: UInt8 = 0x03) -> [UInt8] {
    let length = body.count
    var frame = hexBytes("7E7E 01 0012345678 ABCD") + [function, UInt8(length >> 8), UInt8(length & 0xFF), start]
    frame += body + [end]
    let crc = crc16(frame)
    return frame + [UInt8(crc >> 8), UInt8(crc & 0xFF)]
  }

  /// CRC-16/MODBUS with the polynomial written forward and every byte and the result turned about.
  static func crc16(_ bytes: [UInt8]) -> UInt16 {
    var crc: UInt16 = 0xFFFF
    for byte in bytes {
      for bit in 0..<8 {
        let isOne = (byte >> UInt8(bit)) & 1 == 1
        let top = crc & 0x8000 != 0
        crc <<= 1
        if isOne != top { crc ^= 0x8005 }
      }
    }
    return (0..<16).reduce(0) { $0 << 1 | (crc >> UInt16($1)) & 1 }
  }
}

enum SZY206Frames {
  static func frame(control: UInt8, function: UInt8 = 0xC0, _ data: String) -> [UInt8] {
    let user = [control] + hexBytes("5303810D00") + [function] + hexBytes(data)
    return [0x68, UInt8(user.count), 0x68] + user + [crc8(user), 0x16]
  }

  /// The remainder of the whole message as one long polynomial.
  static func crc8(_ bytes: [UInt8]) -> UInt8 {
    var remainder = 0
    for byte in bytes + [0] {
      for bit in (0..<8).reversed() {
        remainder = remainder << 1 | Int(byte >> UInt8(bit)) & 1
        if remainder & 0x100 != 0 { remainder ^= 0x1E5 }
      }
    }
    return UInt8(remainder)
  }
}

enum CJT188Frames {
  static func frame(type: String = "10", control: String = "81", _ data: String) -> [UInt8] {
    let data = hexBytes(data)
    let frame = hexBytes("68 \(type) 44332211003378 \(control)") + [UInt8(data.count)] + data
    return frame + [UInt8(frame.reduce(0) { $0 + Int($1) } & 0xFF), 0x16]
  }
}

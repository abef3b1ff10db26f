import Telemetry

/// Dates and times of day in packed decimals, as devices of Chinese water works send them: on China Standard Time, which
/// is UTC+8 all year, in the years 2000 to 2099.
enum ChinaTime {
  private static let offsetSeconds: Int64 = 8 * 3600

  /// - Parameters: each is two packed digits; `year` those behind the century.
  /// - Returns: nil where they are no digits or no date and time that exist.
  static func timestamp(
    year: UInt8, month: UInt8, day: UInt8, hour: UInt8, minute: UInt8, second: UInt8
  ) -> Timestamp? {
    // The text is 20yymmddThhmmss, the basic form that CivilTime reads and checks.
    withUnsafeTemporaryAllocation(byteCount: 15, alignment: 1) { text in
      var end = 0
      func write(_ packed: UInt8) {
        text[end] = UInt8(ascii: "0") + (packed >> 4)
        text[end + 1] = UInt8(ascii: "0") + (packed & 0x0F)
        end += 2
      }
      write(0x20)
      write(year)
      write(month)
      write(day)
      text[end] = UInt8(ascii: "T")
      end += 1
      write(hour)
      write(minute)
      write(second)
      return CivilTime.parse(UnsafeRawBufferPointer(text))?.timestamp { _ in offsetSeconds }
    }
  }

  /// From year to second, or from year to minute where there are five bytes; nil for any other count.
  static func timestamp(_ bytes: UnsafeRawBufferPointer) -> Timestamp? {
    guard bytes.count == 5 || bytes.count == 6 else { return nil }
    return timestamp(
      year: bytes[0], month: bytes[1], day: bytes[2], hour: bytes[3], minute: bytes[4],
      second: bytes.count == 6 ? bytes[5] : 0)
  }
}

extension FieldRecords.Time {
  /// Unknown where there is no moment.
  init(_ moment: Timestamp?) {
    if let moment { self = .at(moment) } else { self = .unknown }
  }
}

import Telemetry

/// How far apart the values of a series are, and how many there are: the body gives no count.
enum SL651Series {
  private static let minutesOfHour: Int64 = 60
  /// F4 to FC.
  static let valuesOfHour = 12
  static let stepOfHour: Duration = .seconds(300)
  /// A step that is longer is none.
  private static let longestStepMinutes: Int64 = 31 * 24 * 60

  /// A step code: days, hours, minutes, one byte each. Some stations write packed decimals, some binary numbers (0F is
  /// 15); what reads as decimals is taken for such. Nil for no step.
  static func step(_ bytes: UnsafeRawBufferPointer) -> Duration? {
    guard bytes.count == 3 else { return nil }
    let count = (number(bytes[0]) * 24 + number(bytes[1])) * 60 + number(bytes[2])
    return (1...longestStepMinutes).contains(count) ? .seconds(count * 60) : nil
  }

  /// The length of a period in minutes, from hours and minutes in packed decimals.
  static func period(_ bytes: UnsafeRawBufferPointer) -> PackedNumber {
    let number = bytes.isEmpty ? .missing : PackedNumber(bytes)
    guard case .digits(let digits) = number else { return number }
    let (hours, rest) = digits.quotientAndRemainder(dividingBy: 100)
    let (whole, isTooLong) = hours.multipliedReportingOverflow(by: minutesOfHour)
    guard rest < minutesOfHour else { return .noDecimals }
    // The product leaves at least 60 to the greatest number, since hours are hundreds.
    return isTooLong ? .tooLong : .digits(whole + rest)
  }

  /// In a report of a period: as many as the rest of the body holds, where they fill it and none is later than the
  /// sending; else as many as lie before the sending; else 1.
  static func countOfPeriod(bytesLeft: Int, width: Int, step: Duration, from first: Timestamp?, to sent: Timestamp?)
    -> Int
  {
    guard width > 0, bytesLeft >= width, let first else { return 1 }
    let held = bytesLeft / width
    guard let sent else { return bytesLeft % width == 0 ? held : 1 }
    guard sent >= first else { return 1 }
    let past = (sent - first).microseconds / step.microseconds + 1
    if bytesLeft % width == 0, Int64(held) <= past { return held }
    return past <= Int64(held) ? Int(past) : 1
  }

  /// In other reports: an hour of them, where the step divides the hour and the rest of the body holds them; else 1.
  static func countOfHour(bytesLeft: Int, width: Int, step: Duration) -> Int {
    let minutes = step.microseconds / 60_000_000
    guard width > 0, minutes > 0, minutesOfHour % minutes == 0 else { return 1 }
    let count = Int(minutesOfHour / minutes)
    return count * width <= bytesLeft ? count : 1
  }

  private static func number(_ byte: UInt8) -> Int64 {
    byte >> 4 < 10 && byte & 0x0F < 10 ? Int64(byte >> 4) * 10 + Int64(byte & 0x0F) : Int64(byte)
  }
}

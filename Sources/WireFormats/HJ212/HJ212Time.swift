import Telemetry

/// Times of HJ 212: `yyyyMMddHHmmss`, with milliseconds behind them in some devices, in China's time.
///
/// Source: HJ 212-2017 §6, the fields of the data area; no zone is written.
enum HJ212Time {
  /// China has had one zone, without summer time, since 1991.
  private static let zoneOffsetSeconds: Int64 = 8 * 3600
  private static let digits = 14
  private static let digitsWithMilliseconds = 17
  private static let dateDigits = 8
  /// `yyyyMMddTHHmmss.SSS`, the basic form of ISO 8601.
  private static let longestBytes = digitsWithMilliseconds + 2

  /// Nil for a text that is no time, or one outside the accepted years.
  static func parse(_ text: UnsafeRawBufferPointer) -> Timestamp? {
    guard text.count == digits || text.count == digitsWithMilliseconds else { return nil }
    return withUnsafeTemporaryAllocation(byteCount: longestBytes, alignment: 1) { basic in
      var count = 0
      for index in 0..<text.count {
        if index == dateDigits || index == digits {
          basic[count] = UInt8(ascii: index == digits ? "." : "T")
          count += 1
        }
        basic[count] = text[index]
        count += 1
      }
      guard var civil = CivilTime.parse(UnsafeRawBufferPointer(rebasing: basic[..<count])), civil.zoneOffset == nil
      else { return nil }
      civil.zoneOffset = zoneOffsetSeconds
      return civil.timestamp { _ in zoneOffsetSeconds }
    }
  }
}

import Telemetry

/// A time in which nobody is called: people are at work, and know.
public struct MaintenanceWindow: Hashable, Sendable {
  /// When it is.
  public enum Span: Hashable, Sendable {
    /// From one moment to another.
    case once(Range<Timestamp>)
    /// Each week on some days, by the clock on the wall. One that ends at or before its beginning ends the next day.
    case weekly(days: Set<Weekday>, fromMinute: Int, toMinute: Int)
  }

  /// In the order of ISO 8601.
  public enum Weekday: Int, CaseIterable, Sendable {
    case mon, tue, wed, thu, fri, sat, sun

    /// In rule files.
    public var word: String { "\(self)" }
  }

  /// For people.
  public var name: String
  /// Which alerts it is for.
  public var matcher: AlertMatcher
  /// When it is.
  public var span: Span

  public init(name: String, _ span: Span, matcher: AlertMatcher = AlertMatcher()) {
    (self.name, self.span, self.matcher) = (name, span, matcher)
  }

  /// Whether a moment lies in it.
  ///
  /// - Parameter zoneOffset: seconds east of UTC in force at the moment.
  public func contains(_ moment: Timestamp, zoneOffset: Int64) -> Bool {
    switch span {
    case .once(let range): return range.contains(moment)
    case .weekly(let days, let from, let to):
      let minutes = Self.floorDivide(moment.seconds + zoneOffset, 60)
      let day = Self.floorDivide(minutes, 24 * 60)
      let minute = Int(minutes - day * 24 * 60)
      if from < to { return days.contains(Self.weekday(day)) && (from..<to).contains(minute) }
      return (days.contains(Self.weekday(day)) && minute >= from)
        || (days.contains(Self.weekday(day - 1)) && minute < to)
    }
  }

  /// 1970-01-01 was a Thursday.
  private static func weekday(_ daysSince1970: Int64) -> Weekday {
    let number = (daysSince1970 + 3) % 7
    return Weekday(rawValue: Int(number < 0 ? number + 7 : number)) ?? .mon
  }

  private static func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
    number / divisor - (number % divisor < 0 ? 1 : 0)
  }
}

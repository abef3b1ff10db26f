import Foundation

/// The calendar days of a time zone, and the hours in them, in seconds since 1970.
///
/// A day on which clocks change has 23 or 25 hours. Hours count from midnight, so the last one of a day may be cut short
/// where clocks change by less than an hour.
public struct ZoneDays: Sendable {
  private let calendar: Calendar
  /// The day looked at last: rows come in the order of time.
  private var known: Range<Int64> = 0..<0

  public init(_ zone: TimeZone) {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    self.calendar = calendar
  }

  /// The day that holds a second.
  public mutating func day(of second: Int64) -> Range<Int64> {
    if known.contains(second) { return known }
    let midnight = calendar.startOfDay(for: Date(timeIntervalSince1970: Double(second)))
    // Where clocks go forward at midnight the day begins later; a time well inside the next day finds its start.
    let next = calendar.date(byAdding: .day, value: 1, to: midnight) ?? midnight.addingTimeInterval(86400)
    known =
      Int64(midnight.timeIntervalSince1970)..<Int64(calendar.startOfDay(for: next).timeIntervalSince1970)
    return known
  }

  /// The window of a length, of at most a day, that holds a second.
  public mutating func window(of second: Int64, seconds: Int64) -> Range<Int64> {
    let day = day(of: second)
    if seconds >= 86400 { return day }
    let start = day.lowerBound + (second - day.lowerBound) / seconds * seconds
    return start..<min(start + seconds, day.upperBound)
  }
}

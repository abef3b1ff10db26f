import Foundation
import Storage
import Telemetry

/// The windows of a question: equal parts of the zone's days, or several whole days or months.
///
/// Days are calendar days: one with a change of clocks has 23 or 25 hours. Shorter windows count from midnight, so the
/// last one of such a day may be cut short by the next midnight. Several days count from a Monday, so that seven of them
/// are the weeks of ISO 8601; several months from January.
struct WindowGrid {
  /// As it was asked for.
  let text: String
  private let length: WindowWord
  private var days: CalendarDays
  /// The window looked at last, of those that are longer than a day.
  private var known: Range<Int64> = 0..<0

  /// The lengths that are stored.
  static let stored = ["1m", "1h", "1d"]
  /// The lengths that are asked for most, among those that are right.
  static let usual = ["1m", "5m", "10m", "15m", "30m", "1h", "2h", "3h", "6h", "12h", "1d", "1w", "1mo", "3mo", "1y"]

  /// Nil where the text is no length of windows.
  init?(_ text: String, zone: TimeZone) {
    guard let length = WindowWord(text) else { return nil }
    self.text = text
    self.length = length
    days = CalendarDays(zone)
  }

  /// The stored windows that it is made of: the longest ones that divide it.
  var level: WindowLength {
    guard case .part(let seconds) = length else { return .day }
    return seconds % WindowLength.hour.seconds == 0 ? .hour : .minute
  }

  /// About how many windows a span has.
  func count(in span: Range<Int64>) -> Int {
    let seconds: Int64 =
      switch length {
      case .part(let seconds): seconds
      case .days(let count): count * 86400
      case .months(let count): count * 30 * 86400
      }
    return Int((span.upperBound - span.lowerBound) / seconds) + 1
  }

  /// The window that holds a second since 1970.
  mutating func window(of second: Int64) -> Range<Int64> {
    if case .part(let seconds) = length { return days.window(of: second, seconds: seconds) }
    if known.contains(second) { return known }
    let day = days.number(of: second)
    switch length {
    case .part, .days(1): known = days.day(of: second)
    case .days(let count):
      let first = day - (day - CalendarDays.aMonday).modulo(count)
      known = days.start(of: first)..<days.start(of: first + count)
    case .months(let count):
      let date = CivilTime.date(daysSince1970: day)
      let first = date.month - (date.month - 1).modulo(count)
      known =
        days.start(
          of: .day(1, ofMonth: first, year: date.year))..<days.start(
          of: .day(1, ofMonth: first + count, year: date.year))
    }
    return known
  }

  /// The stored window of `level` that holds a second since 1970.
  mutating func levelWindow(of second: Int64) -> Range<Int64> {
    if level == .minute {
      let start = WindowLength.minute.start(of: Timestamp(seconds: second))
      return start..<start + WindowLength.minute.seconds
    }
    return days.window(of: second, seconds: level.seconds)
  }

  /// The start of the stored window of `level` that holds a second since 1970.
  mutating func levelStart(of second: Int64) -> Int64 { levelWindow(of: second).lowerBound }

  /// A window's start, so much earlier; by the calendar where that is told in days or months.
  mutating func start(_ start: Int64, earlierBy offset: WindowOffset) -> Int64 { days.moment(start, earlierBy: offset) }

  /// The pieces of a span by the windows that hold them, one by one: each window's start, and the seconds of the span in
  /// it. There may be more than anybody wants to keep.
  mutating func forEachWindow(in span: Range<Int64>, _ body: (_ start: Int64, _ seconds: Int64) throws -> Void) rethrows
  {
    var second = span.lowerBound
    while second < span.upperBound {
      let window = window(of: second)
      let end = min(window.upperBound, span.upperBound)
      try body(window.lowerBound, end - second)
      second = end
    }
  }

  /// The seconds of a span that lie in the window which starts at a second.
  mutating func seconds(of span: Range<Int64>, inWindow start: Int64) -> Int64 {
    Int64(window(of: start).clamped(to: span).count)
  }
}

import Foundation
import Storage
import Telemetry

/// The windows of a question: equal parts of the zone's days, or whole days.
///
/// Days are calendar days: one with a change of clocks has 23 or 25 hours. Shorter windows count from midnight, so the
/// last one of such a day may be cut short by the next midnight.
struct WindowGrid {
  /// As it was asked for.
  let text: String
  private let seconds: Int64
  private var days: ZoneDays

  private static let day: Int64 = 86400

  /// The lengths that are stored.
  static let stored = ["1m", "1h", "1d"]
  /// The lengths that are asked for most, among those that are right.
  static let usual = ["1m", "5m", "10m", "15m", "30m", "1h", "2h", "3h", "6h", "12h", "1d"]

  /// Nil where the text is no whole number of minutes that divides a day, and not `1d`.
  init?(_ text: String, zone: TimeZone) {
    guard let length = Duration(text: text), length.microseconds % 60_000_000 == 0, length > .zero else { return nil }
    let seconds = length.components.seconds
    guard seconds <= Self.day, Self.day % seconds == 0 else { return nil }
    self.text = text
    self.seconds = seconds
    days = ZoneDays(zone)
  }

  /// The stored windows that it is made of: the longest ones that divide it.
  var level: WindowLength {
    if seconds == Self.day { return .day }
    return seconds % WindowLength.hour.seconds == 0 ? .hour : .minute
  }

  /// The window that holds a second since 1970.
  mutating func window(of second: Int64) -> Range<Int64> { days.window(of: second, seconds: seconds) }

  /// The start of the stored window of `level` that holds a second since 1970.
  mutating func levelStart(of second: Int64) -> Int64 {
    level == .minute
      ? WindowLength.minute.start(of: Timestamp(seconds: second))
      : days.window(of: second, seconds: level.seconds).lowerBound
  }

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

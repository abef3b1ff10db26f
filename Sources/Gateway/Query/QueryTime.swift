import Foundation
import Storage
import Telemetry

/// Times in questions and answers.
public enum QueryTime {
  /// RFC 3339 in UTC.
  public static func utc(_ moment: Timestamp) -> String { text(moment) }

  /// RFC 3339 in a zone; UTC without one.
  static func text(_ moment: Timestamp, in zone: TimeZone? = nil) -> String {
    let date = Date(timeIntervalSince1970: Double(moment.seconds))
    return CivilTime(moment, zoneOffset: Int64(zone?.secondsFromGMT(for: date) ?? 0)).text
  }

  /// What `parse` takes, in words.
  static let expectation =
    "RFC 3339 with its seconds, a date, Unix seconds, now, today, yesterday, or an age such as -24h"

  /// The first moments of days, by name.
  static let dayWords = ["today", "yesterday"]

  /// RFC 3339, a date, which is its first moment, Unix seconds, `now`, `today`, `yesterday`, or an age such as `-24h`.
  /// Nil for anything else.
  static func parse(_ text: String, now: Timestamp, zone: TimeZone) -> Timestamp? {
    var days = ZoneDays(zone)
    switch text {
    case "now": return now
    case "today": return Timestamp(seconds: days.day(of: now.seconds).lowerBound)
    case "yesterday":
      let today = days.day(of: now.seconds).lowerBound
      return Timestamp(seconds: days.day(of: today - 1).lowerBound)
    default: break
    }
    if text.hasPrefix("-"), let age = Duration(text: text.dropFirst()) {
      return Timestamp.accepted.contains(now - age) ? now - age : nil
    }
    if let seconds = Int64(text) {
      let (microseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
      let moment = Timestamp(microseconds: microseconds)
      return !overflow && Timestamp.accepted.contains(moment) ? moment : nil
    }
    if let moment = civil(text, zone: zone) { return moment }
    // Noon is on that day, also where clocks go forward at midnight.
    guard text.utf8.count == "2026-11-21".utf8.count, let noon = civil("\(text)T12:00:00", zone: zone) else {
      return nil
    }
    return Timestamp(seconds: days.day(of: noon.seconds).lowerBound)
  }

  private static func civil(_ text: String, zone: TimeZone) -> Timestamp? {
    var text = text
    return text.withUTF8 { CivilTime.parse(UnsafeRawBufferPointer($0)) }?.timestamp { wallSeconds in
      Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(wallSeconds))))
    }
  }
}

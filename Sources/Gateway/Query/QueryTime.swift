import Foundation
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

  /// RFC 3339, Unix seconds, `now`, or an age such as `-24h`. Nil for anything else.
  static func parse(_ text: String, now: Timestamp, zone: TimeZone) -> Timestamp? {
    if text == "now" { return now }
    if text.hasPrefix("-"), let age = Duration(text: text.dropFirst()) {
      return Timestamp.accepted.contains(now - age) ? now - age : nil
    }
    if let seconds = Int64(text) {
      let (microseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
      let moment = Timestamp(microseconds: microseconds)
      return !overflow && Timestamp.accepted.contains(moment) ? moment : nil
    }
    var text = text
    return text.withUTF8 { CivilTime.parse(UnsafeRawBufferPointer($0)) }?.timestamp { wallSeconds in
      Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(wallSeconds))))
    }
  }
}

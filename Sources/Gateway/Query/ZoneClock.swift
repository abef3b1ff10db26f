import Foundation
import Telemetry

/// Tells moments in a zone, RFC 3339; quickly where they follow each other, as those of an answer do.
struct ZoneClock {
  private let zone: TimeZone
  /// Seconds since 1970 in which the offset is known to hold.
  private var known: Range<Int64> = 0..<0
  private var offset: Int64 = 0

  init(_ zone: TimeZone) {
    self.zone = zone
  }

  /// - Parameter second: since 1970.
  mutating func text(_ second: Int64) -> String { text(Timestamp(seconds: second)) }

  mutating func text(_ moment: Timestamp) -> String { civil(moment).text }

  /// As the zone's clocks show it.
  mutating func civil(_ moment: Timestamp) -> CivilTime {
    if !known.contains(moment.seconds) { look(at: moment.seconds) }
    return CivilTime(moment, zoneOffset: offset)
  }

  /// Offsets change at whole quarters of hours, or are local times of long ago.
  private mutating func look(at second: Int64) {
    let date = Date(timeIntervalSince1970: Double(second))
    offset = Int64(zone.secondsFromGMT(for: date))
    let next = zone.nextDaylightSavingTimeTransition(after: date).map { Int64($0.timeIntervalSince1970.rounded(.up)) }
    known = second..<max(second + 1, next ?? .max)
  }
}

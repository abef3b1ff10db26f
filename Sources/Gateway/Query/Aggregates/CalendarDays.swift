import Foundation
import Storage
import Telemetry

/// The days of a zone by their numbers: days since 1970-01-01 of the zone's own calendar.
struct CalendarDays {
  private let zone: TimeZone
  private var days: ZoneDays

  /// A Monday: 1969-12-29.
  static let aMonday: Int64 = -3

  init(_ zone: TimeZone) {
    self.zone = zone
    days = ZoneDays(zone)
  }

  mutating func day(of second: Int64) -> Range<Int64> { days.day(of: second) }

  /// The window of a length, of less than a day, that holds a second.
  mutating func window(of second: Int64, seconds: Int64) -> Range<Int64> { days.window(of: second, seconds: seconds) }

  func number(of second: Int64) -> Int64 { (second + offset(at: second)).floorDivided(by: 86400) }

  /// The second in which a day begins; of a day that the zone has left out, the one behind it.
  mutating func start(of number: Int64) -> Int64 {
    let noon = number * 86400 + 43200
    let day = days.day(of: noon - offset(at: noon))
    return self.number(of: day.lowerBound) < number ? day.upperBound : day.lowerBound
  }

  /// A moment of an earlier day, or an earlier one of the day's: at the same time of day where whole days lie between.
  mutating func moment(_ second: Int64, earlierBy offset: WindowOffset) -> Int64 {
    let today = number(of: second)
    let earlier: Int64
    switch offset.amount {
    case .seconds(let seconds): return second - seconds
    case .days(let days): earlier = today - days
    case .months(let months):
      let date = CivilTime.date(daysSince1970: today)
      earlier = .day(date.day, ofMonth: date.month - months, year: date.year)
    }
    // The same time of day, whatever the clocks did on either day.
    let wall = earlier * 86400 + (second + self.offset(at: second)).modulo(86400)
    return wall - self.offset(at: wall - self.offset(at: second))
  }

  private func offset(at second: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))))
  }
}

extension Int64 {
  /// The number of a day; months beyond a year's are those of the years beside it, days beyond a month's its last one.
  static func day(_ day: Int64, ofMonth month: Int64, year: Int64) -> Int64 {
    let months = year * 12 + month - 1
    let (year, month) = (months.floorDivided(by: 12), months.modulo(12) + 1)
    return CivilTime.daysSince1970(
      year: year, month: month, day: Swift.min(day, CivilTime.daysInMonth(month, of: year)))
  }

  func floorDivided(by divisor: Int64) -> Int64 { (self - modulo(divisor)) / divisor }

  /// What is left, never below zero.
  func modulo(_ divisor: Int64) -> Int64 {
    let rest = self % divisor
    return rest < 0 ? rest + divisor : rest
  }
}

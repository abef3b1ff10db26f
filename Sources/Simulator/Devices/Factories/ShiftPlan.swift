import Telemetry

/// When a plant's line works: three shifts a day in the city, 07–15, 15–23 and 23–07.
///
/// A shift begins with ten minutes of hand-over and has a meal of half an hour in its middle. A day begins at 07.
struct ShiftPlan: Sendable {
  enum Phase: Sendable {
    case work, handover, meal, rest
  }

  /// A shift's hours.
  enum Shift: String, Sendable {
    case day, late, night
  }

  private static let shiftMinutes: Int64 = 480
  private static let firstMinute: Int64 = 420
  private static let handoverMinutes: Int64 = 10
  private static let meal: Range<Int64> = 240..<270
  /// The first of January 1970 was a Thursday.
  private static let weekdayOfDay0: Int64 = 4

  /// Weekdays on which it rests from 07 on for a day, and those on which only its day shift works: 0 is Sunday.
  let restDays: Set<Int64>
  let shortDays: Set<Int64>
  /// So many minutes later than the plant's clock, so that not all lines stand still at once.
  let delayMinutes: Int64

  init(restDays: Set<Int64> = [], shortDays: Set<Int64> = [], delayMinutes: Int64 = 0) {
    self.restDays = restDays
    self.shortDays = shortDays
    self.delayMinutes = delayMinutes
  }

  func phase(at time: Timestamp) -> Phase {
    let minute = minuteOfWork(time)
    if isResting(shiftOfDay: minute.ofDay / Self.shiftMinutes, day: minute.day) { return .rest }
    let ofShift = minute.ofDay % Self.shiftMinutes
    if ofShift < Self.handoverMinutes { return .handover }
    return Self.meal.contains(ofShift) ? .meal : .work
  }

  func shift(at time: Timestamp) -> Shift {
    [.day, .late, .night][Int(minuteOfWork(time).ofDay / Self.shiftMinutes)]
  }

  /// The number of the shift since 1970.
  func shiftNumber(at time: Timestamp) -> Int64 {
    let minute = minuteOfWork(time)
    return minute.day * 3 + minute.ofDay / Self.shiftMinutes
  }

  private func isResting(shiftOfDay: Int64, day: Int64) -> Bool {
    let weekday = (day + Self.weekdayOfDay0) % 7
    return restDays.contains(weekday) || (shortDays.contains(weekday) && shiftOfDay > 0)
  }

  /// Days and minutes since 07 in the city.
  private func minuteOfWork(_ time: Timestamp) -> (day: Int64, ofDay: Int64) {
    let begin = Duration.seconds((Self.firstMinute + delayMinutes) * 60)
    let shifted = time - begin
    return (shifted.cityDay, Int64(shifted.cityHour * 60))
  }
}

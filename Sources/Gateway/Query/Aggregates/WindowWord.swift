/// A length of windows as it is asked for.
enum WindowWord: Equatable {
  /// Seconds that divide a day, of whole minutes.
  case part(Int64)
  case days(Int64)
  /// Months that divide a year.
  case months(Int64)

  /// What may stand there.
  static let expectation =
    """
    minutes or hours that divide a day, such as 1m, 15m, 1h, 6h; days or weeks, such as 1d, 1w; months that divide a \
    year, such as 1mo, 3mo; or 1y
    """

  /// Nil for anything else.
  init?(_ text: String) {
    guard let amount = CalendarAmount(text) else { return nil }
    switch amount {
    case .seconds(let seconds):
      guard seconds > 0, seconds % 60 == 0, 86400 % seconds == 0 else { return nil }
      self = seconds == 86400 ? .days(1) : .part(seconds)
    case .days(let days):
      guard (1...366).contains(days) else { return nil }
      self = .days(days)
    case .months(let months):
      guard months > 0, 12 % months == 0 else { return nil }
      self = .months(months)
    }
  }
}

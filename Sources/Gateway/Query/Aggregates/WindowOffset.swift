/// How much earlier windows lie with which those of a question are compared: `-7d`, `-1mo`.
struct WindowOffset: Equatable {
  let text: String
  let amount: CalendarAmount

  /// Some 10,000 years: beyond them nothing is stored, and times do not reach much further.
  private static let longestSeconds: Int64 = 10_000 * 366 * 86400

  /// Nil for what is no amount with a minus, or an absurd one.
  init?(_ text: String) {
    guard text.hasPrefix("-"), let amount = CalendarAmount(text.dropFirst()) else { return nil }
    guard amount.seconds > 0, amount.seconds <= Self.longestSeconds else { return nil }
    self.text = text
    self.amount = amount
  }
}

/// An amount of time as people say it: seconds, or days and months of a calendar, which differ in length.
enum CalendarAmount: Equatable {
  case seconds(Int64)
  case days(Int64)
  case months(Int64)

  /// Reads a whole number with one of `m h d w mo y`. Nil for anything else.
  init?(_ text: some StringProtocol) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard digits.count <= 6, let count = Int64(digits) else { return nil }
    switch text.dropFirst(digits.count) {
    case "m": self = .seconds(count * 60)
    case "h": self = .seconds(count * 3600)
    case "d": self = .days(count)
    case "w": self = .days(count * 7)
    case "mo": self = .months(count)
    case "y": self = .months(count * 12)
    default: return nil
    }
  }
}

extension CalendarAmount {
  /// At most.
  var seconds: Int64 {
    switch self {
    case .seconds(let count): count
    case .days(let count): count * 86400
    case .months(let count): count * 31 * 86400
    }
  }
}

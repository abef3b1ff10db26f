import Alerting
import StrictYAML
import Telemetry

extension Condition {
  /// Keys of which exactly one says when a rule holds.
  static let forms = ["above", "below", "outside", "equals", "rate_above", "absent", "window"]
  /// The forms that may stand in `all`.
  static let partForms = ["above", "below", "outside", "equals"]

  private static let absences = Duration.seconds(1)...Duration.seconds(365 * 86400)
  private static let rateSpans = Duration.seconds(1)...Duration.seconds(86400)
  private static let mostIntervals = 10_000

  /// - Parameter form: one of `forms`, that stands in `keys`.
  init(_ form: String, _ keys: YAMLMapping) throws(YAMLError) {
    let value = try keys.required(form)
    if let comparison = try Comparison(form, keys) {
      self = .value(comparison)
      return
    }
    switch form {
    case "rate_above": self = try Self.rate(value, clear: keys["clear"])
    case "equals": self = .equals(try value.string())
    case "absent": self = .absent(try Self.absence(value))
    default: self = .window(try WindowCondition(value))
    }
    if form != "rate_above", let clear = keys["clear"] { throw clear.error("'clear' is not for '\(form)'") }
  }

  /// `2/1m`: what it grows by, per span.
  private static func rate(_ value: YAMLValue, clear: YAMLValue?) throws(YAMLError) -> Condition {
    let limit = try growth(value)
    guard let clear else { return .rateAbove(limit.amount, clear: limit.amount, span: limit.span) }
    let back = try growth(clear)
    // Of the rule's span, whatever span it is written in.
    let amount = back.span == limit.span ? back.amount : back.amount * (limit.span.seconds / back.span.seconds)
    guard amount <= limit.amount else {
      throw clear.error("'clear' is above 'rate_above': it would end before it begins")
    }
    return .rateAbove(limit.amount, clear: amount, span: limit.span)
  }

  private static func growth(_ value: YAMLValue) throws(YAMLError) -> (amount: Double, span: Duration) {
    let text = try value.string()
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let amount = Double(parts[0]), amount.isFinite, let span = Duration(text: parts[1]) else {
      throw value.error("'\(text)' is no rate; expected a number per span, such as 2/1m")
    }
    guard rateSpans.contains(span) else { throw value.error("a rate is per 1s to 1d, not per \(span.text)") }
    return (amount, span)
  }

  /// `3`, `3 × interval`, or a duration.
  private static func absence(_ value: YAMLValue) throws(YAMLError) -> AbsenceLimit {
    let text = try value.string()
    var count = Substring(text)
    if let end = ["×interval", "xinterval", "*interval"].first(where: { text.filter { $0 != " " }.hasSuffix($0) }) {
      count = Substring(text.filter { $0 != " " }.dropLast(end.count))
    }
    if let intervals = Int(count) {
      guard (1...mostIntervals).contains(intervals) else {
        throw value.error("expected 1 to \(mostIntervals) intervals")
      }
      return .intervals(intervals)
    }
    guard Duration(text: text) != nil else {
      throw value.error("'\(text)': expected a number of intervals, such as 3, or a duration, such as 10m")
    }
    return .span(try value.span(absences))
  }
}

extension Comparison {
  static let forms = ["above", "below", "outside"]

  /// Nil for other forms.
  init?(_ form: String, _ keys: YAMLMapping) throws(YAMLError) {
    let clear = keys["clear"]
    switch form {
    case "above":
      let limit = try keys.required(form).number()
      let back = try clear?.number() ?? limit
      guard back <= limit else { throw clear!.error("'clear' is greater than 'above': it would end before it begins") }
      self = .above(limit, clear: back)
    case "below":
      let limit = try keys.required(form).number()
      let back = try clear?.number() ?? limit
      guard back >= limit else { throw clear!.error("'clear' is smaller than 'below': it would end before it begins") }
      self = .below(limit, clear: back)
    case "outside":
      let range = try keys.required(form).numberRange()
      let back = try clear?.numberRange() ?? range
      guard range.contains(back.lowerBound), range.contains(back.upperBound) else {
        throw clear!.error("'clear' lies not within 'outside': it would end before it begins")
      }
      self = .outside(range, clear: back)
    default: return nil
    }
  }
}

extension WindowCondition {
  private static let keys = ["fn", "state", "of", "clear"] + Comparison.forms
  private static let lengths: [(word: String, length: WindowLength)] = [
    ("1m", .minute), ("1h", .hour), ("1d", .day),
  ]
  private static let functions = [
    "count", "sum", "mean", "min", "max", "increase", "rate", "seconds", "stddev",
  ]

  init(_ value: YAMLValue) throws(YAMLError) {
    let keys = try value.mapping(known: Self.keys)
    let function = try Self.function(keys)
    let length = try Self.length(keys.required("of"))
    let forms = Comparison.forms.filter { keys[$0] != nil }
    guard forms.count == 1, let comparison = try Comparison(forms[0], keys) else {
      throw value.error("a window has exactly one of \(Comparison.forms.joined(separator: ", "))")
    }
    self.init(function, of: length, comparison)
  }

  private static func function(_ keys: YAMLMapping) throws(YAMLError) -> Function {
    let value = try keys.required("fn")
    let word = try value.string()
    if word == "seconds" {
      guard let state = keys["state"] else { throw value.error("fn: seconds needs 'state' beside it, a state's name") }
      return .seconds(state: try state.string())
    }
    if let state = keys["state"] { throw state.error("only fn: seconds has a state") }
    switch word {
    case "count": return .count
    case "sum": return .sum
    case "mean": return .mean
    case "min": return .min
    case "max": return .max
    case "increase": return .increase
    case "rate": return .rate
    case "stddev": return .stddev
    default:
      throw value.error(
        "'\(word)' is none of \(functions.joined(separator: ", "))\(nearestHint(to: word, among: functions))")
    }
  }

  private static func length(_ value: YAMLValue) throws(YAMLError) -> WindowLength {
    let word = try value.string()
    guard let known = lengths.first(where: { $0.word == word }) else {
      throw value.error("'\(word)': a rule looks at stored windows, which are 1m, 1h and 1d")
    }
    return known.length
  }
}

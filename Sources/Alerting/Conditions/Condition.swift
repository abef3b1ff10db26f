import Telemetry

/// When a rule's alert is to fire, as the rule file says it.
public enum Condition: Hashable, Sendable {
  /// Of a reading's value.
  case value(Comparison)
  /// A state's name, or a number.
  case equals(String)
  /// Of a gauge or counter: what it grows by per span. Once it holds, it holds until the rate is back at `clear`.
  case rateAbove(Double, clear: Double, span: Duration)
  /// Nothing good has come for so long.
  case absent(AbsenceLimit)
  /// Of a window's figure.
  case window(WindowCondition)

  /// How long a sensor may be silent.
  public enum AbsenceLimit: Hashable, Sendable {
    /// × the interval in which it is to report.
    case intervals(Int)
    case span(Duration)
  }

  /// The keyword in rule files.
  public var word: String {
    switch self {
    case .value(let comparison): comparison.word
    case .equals: "equals"
    case .rateAbove: "rate_above"
    case .absent: "absent"
    case .window: "window"
    }
  }

  /// Nil for all others.
  var window: WindowCondition? {
    if case .window(let window) = self { window } else { nil }
  }

  /// What is said of a number; nil for an absence, and for a state that the series has not.
  ///
  /// - Parameter number: of a state's name.
  func threshold(number: (String) -> Double?) -> Threshold? {
    switch self {
    case .value(let comparison): comparison.threshold
    case .equals(let text): number(text).map(Threshold.init(on:))
    case .rateAbove(let limit, let clear, _): Comparison.above(limit, clear: clear).threshold
    case .window(let window): window.comparison.threshold
    case .absent: nil
    }
  }

  /// For titles: the limit that it is about.
  public var limitText: String {
    switch self {
    case .value(let comparison): comparison.limitText
    case .equals(let text): text
    case .rateAbove(let limit, _, let span): "\(limit.shortText)/\(span.text)"
    case .absent(.intervals(let count)): "\(count)×"
    case .absent(.span(let span)): span.text
    case .window(let window): window.comparison.limitText
    }
  }

  func add(to hash: inout StableHash) {
    hash.add(word)
    switch self {
    case .value(let comparison): comparison.add(to: &hash)
    case .equals(let text): hash.add(text)
    case .rateAbove(let limit, let clear, let span):
      Comparison.above(limit, clear: clear).add(to: &hash)
      hash.add(span.microseconds)
    case .absent(.intervals(let count)): hash.add("\(count)")
    case .absent(.span(let span)): hash.add(span.microseconds)
    case .window(let window): window.add(to: &hash)
    }
  }
}

/// A number's limits.
///
/// A border belongs to what is allowed: `above 1` does not hold at 1. Hysteresis: once it holds, it holds until the value
/// is back at `clear`.
public enum Comparison: Hashable, Sendable {
  /// - clear: at most the limit.
  case above(Double, clear: Double)
  /// - clear: at least the limit.
  case below(Double, clear: Double)
  /// - clear: within the range.
  case outside(ClosedRange<Double>, clear: ClosedRange<Double>)

  /// The keyword in rule files.
  public var word: String {
    switch self {
    case .above: "above"
    case .below: "below"
    case .outside: "outside"
    }
  }

  var threshold: Threshold {
    switch self {
    case .above(let limit, let clear):
      Threshold(fires: Band(low: -.infinity, high: limit), clears: Band(low: -.infinity, high: clear))
    case .below(let limit, let clear):
      Threshold(fires: Band(low: limit, high: .infinity), clears: Band(low: clear, high: .infinity))
    case .outside(let range, let clear):
      Threshold(
        fires: Band(low: range.lowerBound, high: range.upperBound),
        clears: Band(low: clear.lowerBound, high: clear.upperBound))
    }
  }

  /// For titles.
  var limitText: String {
    switch self {
    case .above(let limit, _), .below(let limit, _): limit.shortText
    case .outside(let range, _): "\(range.lowerBound.shortText)–\(range.upperBound.shortText)"
    }
  }

  func add(to hash: inout StableHash) {
    hash.add(word)
    switch self {
    case .above(let limit, let clear), .below(let limit, let clear):
      hash.add(limit)
      hash.add(clear)
    case .outside(let range, let clear):
      for border in [range.lowerBound, range.upperBound, clear.lowerBound, clear.upperBound] { hash.add(border) }
    }
  }
}

extension Double {
  /// Without the point of a whole number.
  var shortText: String {
    let text = description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

import Telemetry

/// The order of an answer's groups by what they come to over the whole span, and how many of them are told.
struct GroupRanking {
  private enum Measure {
    case function(AggregateFunction)
    case completeness
  }

  /// Nil for what is asked of the metric first, or tells most of it.
  private let measure: Measure?
  private let greatestFirst: Bool
  /// Groups of each metric; nil for all.
  private let top: Int?

  /// What `order` may be; a minus may stand before it.
  static let words = AggregateFunction.allCases.filter { $0 != .seconds }.map(\.rawValue) + ["completeness"]

  /// Nil where neither `order` nor `top` is given.
  ///
  /// - Parameter functions: that are asked for.
  init?(_ parameters: QueryParameters, _ functions: [AggregateFunction]) throws(QueryError) {
    top = try parameters.count("top", in: 1...10_000)
    guard let word = try parameters.one("order") else {
      guard top != nil else { return nil }
      measure = functions.first { $0 != .seconds }.map { .function($0) }
      greatestFirst = true
      return
    }
    greatestFirst = word.hasPrefix("-")
    let name = greatestFirst ? String(word.dropFirst()) : word
    if name == "completeness" {
      measure = .completeness
    } else if name != AggregateFunction.seconds.rawValue, let function = AggregateFunction(rawValue: name) {
      measure = .function(function)
    } else {
      throw QueryError(
        "order='\(word)' is none of \(Self.words.joined(separator: ", ")), with or without '-' before it")
    }
  }

  /// The groups of an answer in order, metric by metric; those of which nothing is known come last, equals by name.
  ///
  /// - Parameters:
  ///   - groups: in the order of their names, each with its points in the order of time.
  ///   - seconds: of the whole span, as far as they have passed.
  func ordered(
    _ groups: [(key: SeriesGroups.Key, points: [GroupPoint])], seconds: Int64
  ) -> [(key: SeriesGroups.Key, points: [GroupPoint])] {
    var byMetric: [(metric: String, groups: [(key: SeriesGroups.Key, points: [GroupPoint])])] = []
    for group in groups {
      if byMetric.last?.metric != group.key.metric { byMetric.append((group.key.metric, [])) }
      byMetric[byMetric.count - 1].groups.append(group)
    }
    return byMetric.flatMap { _, groups in
      let measured = groups.enumerated().map {
        (place: $0, value: value(of: $1.points, $1.key.kind, seconds), group: $1)
      }
      let sorted = measured.sorted { left, right in
        guard let a = left.value, let b = right.value, a != b else {
          return (left.value == nil) == (right.value == nil) ? left.place < right.place : left.value != nil
        }
        return greatestFirst ? b < a : a < b
      }
      return sorted.prefix(top ?? .max).map(\.group)
    }
  }

  /// What is measured of the groups of a metric; nil for completeness.
  func function(for kind: MetricKind) -> AggregateFunction? {
    switch measure {
    case .completeness: nil
    case .function(let function): function
    case nil:
      switch kind {
      case .gauge: .mean
      case .event: .sum
      case .counter: .increase
      case .state: .count
      }
    }
  }

  private func value(of points: [GroupPoint], _ kind: MetricKind, _ seconds: Int64) -> Double? {
    guard var total = points.first else { return nil }
    for point in points.dropFirst() { total.add(point) }
    guard let function = function(for: kind) else { return total.completeness }
    return switch function.value(of: total, seconds: seconds, stateName: { _ in nil }) {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}

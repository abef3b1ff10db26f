import Telemetry

/// What can be asked of an aggregate.
enum AggregateFunction: String, CaseIterable {
  case count
  case badCount = "bad_count"
  case sum
  case min
  case max
  case mean
  case first
  case last

  /// What is told of a metric where nothing is asked for.
  static func standard(for kind: MetricKind) -> [AggregateFunction] {
    switch kind {
    case .gauge: [.count, .mean, .min, .max]
    case .event: [.count, .sum]
    case .counter, .state: [.count, .first, .last]
    }
  }

  /// A state has names, which cannot be added or compared.
  func applies(to kind: MetricKind) -> Bool {
    kind != .state || [.count, .badCount, .first, .last].contains(self)
  }

  /// The value as it is answered; null where nothing was measured.
  func value(of aggregate: Aggregate, stateName: (Double) -> String?) -> AnswerValue {
    let hasGood = aggregate.count > 0
    return switch self {
    case .count: .integer(aggregate.count)
    case .badCount: .integer(aggregate.badCount)
    case .sum: hasGood ? .number(aggregate.sum) : .null
    case .min: hasGood ? .number(aggregate.min) : .null
    case .max: hasGood ? .number(aggregate.max) : .null
    case .mean: AnswerValue(aggregate.mean)
    case .first: hasGood ? stateName(aggregate.first).map { .text($0) } ?? .number(aggregate.first) : .null
    case .last: hasGood ? stateName(aggregate.last).map { .text($0) } ?? .number(aggregate.last) : .null
    }
  }
}

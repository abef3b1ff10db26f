import Telemetry

/// What can be asked of an aggregate.
enum AggregateFunction: String, CaseIterable {
  case count
  case badCount = "bad_count"
  case sum
  case min
  case max
  case mean
  case stddev
  case timeWeightedAverage = "twa"
  case first
  case last
  case increase
  case rate
  case seconds
  case p50
  case p90
  case p95
  case p99

  /// What is told of a metric where nothing is asked for.
  static func standard(for kind: MetricKind) -> [AggregateFunction] {
    switch kind {
    case .gauge: [.count, .mean, .min, .max]
    case .event: [.count, .sum]
    case .counter: [.increase]
    case .state: [.seconds]
    }
  }

  /// The kinds of metrics that it can be asked of.
  var kinds: [MetricKind] {
    switch self {
    case .count, .badCount, .first, .last: MetricKind.allCases
    case .sum, .min, .max, .mean, .stddev, .p50, .p90, .p95, .p99: [.gauge, .counter, .event]
    case .timeWeightedAverage: [.gauge]
    case .increase, .rate: [.counter]
    case .seconds: [.state]
    }
  }

  /// It tells what happened between readings, and so needs the steps from window to window.
  var needsCourse: Bool { [.timeWeightedAverage, .increase, .rate, .seconds].contains(self) }

  var needsSketch: Bool { part != nil }

  /// Of a quantile: the part of the readings that lies below it.
  private var part: Double? {
    switch self {
    case .p50: 0.5
    case .p90: 0.9
    case .p95: 0.95
    case .p99: 0.99
    default: nil
    }
  }

  /// The value as it is answered; null where nothing was measured.
  ///
  /// - Parameters:
  ///   - seconds: of the window, as far as they have passed.
  ///   - stateName: nil for a number that is no state.
  func value(of point: GroupPoint, seconds: Int64, stateName: (Double) -> String?) -> AnswerValue {
    let aggregate = point.aggregate
    let hasGood = aggregate.count > 0
    let course = aggregate.course
    return switch self {
    case .count: .integer(aggregate.count)
    case .badCount: .integer(aggregate.badCount)
    case .sum: hasGood ? .number(aggregate.sum) : .null
    case .min: hasGood ? .number(aggregate.min) : .null
    case .max: hasGood ? .number(aggregate.max) : .null
    case .mean: AnswerValue(aggregate.mean)
    case .stddev: AnswerValue(aggregate.standardDeviation)
    case .timeWeightedAverage: AnswerValue(aggregate.timeWeightedAverage)
    case .first: hasGood ? stateName(aggregate.first).map { .text($0) } ?? .number(aggregate.first) : .null
    case .last: hasGood ? stateName(aggregate.last).map { .text($0) } ?? .number(aggregate.last) : .null
    case .increase: point.isKnown ? .number(course.increase) : .null
    case .rate: point.isKnown && seconds > 0 ? .number(course.increase / Double(seconds)) : .null
    case .seconds:
      .object(
        course.states.entries.reduce(into: [:]) { times, entry in
          times[stateName(entry.state) ?? "?"] = .number(Double(entry.microseconds) / 1e6)
        })
    case .p50, .p90, .p95, .p99: AnswerValue(part.flatMap(aggregate.quantile))
    }
  }
}

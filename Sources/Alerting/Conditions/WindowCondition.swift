import Telemetry

/// A condition on a figure of a stored window of one series.
///
/// Where the figure can only come nearer to the limit while its window grows, the alert fires as soon as it is passed;
/// everything else, and every end, waits until the window is closed.
public struct WindowCondition: Hashable, Sendable {
  /// A figure of a window.
  public enum Function: Hashable, Sendable {
    /// Of good readings.
    case count
    case sum
    case mean
    case min
    case max
    /// What a counter grew by.
    case increase
    /// The same per second of the window.
    case rate
    /// Seconds in the state of a name.
    case seconds(state: String)
    case stddev

    /// The keyword in rule files.
    public var word: String {
      switch self {
      case .count: "count"
      case .sum: "sum"
      case .mean: "mean"
      case .min: "min"
      case .max: "max"
      case .increase: "increase"
      case .rate: "rate"
      case .seconds: "seconds"
      case .stddev: "stddev"
      }
    }

    /// The kinds of metrics that have such a figure.
    public var kinds: [MetricKind] {
      switch self {
      case .count: MetricKind.allCases
      case .sum: [.event, .gauge]
      case .mean, .min, .max, .stddev: [.gauge, .event, .counter]
      case .increase, .rate: [.counter]
      case .seconds: [.state]
      }
    }
  }

  /// The figure that is compared.
  public let function: Function
  /// A stored one: a minute, an hour or a day.
  public let length: WindowLength
  /// What it is held against, in the figure's unit.
  public let comparison: Comparison

  public init(_ function: Function, of length: WindowLength, _ comparison: Comparison) {
    self.function = function
    self.length = length
    self.comparison = comparison
  }

  /// Once passed, the limit stays passed while the window grows.
  ///
  /// - Parameter kind: of the metric; events are amounts, which only add up.
  public func isDecidedEarly(kind: MetricKind) -> Bool {
    switch (function, comparison) {
    case (.count, .above), (.max, .above), (.increase, .above), (.rate, .above), (.seconds, .above): true
    case (.sum, .above): kind == .event
    case (.min, .below): true
    default: false
    }
  }

  /// The figure; nil where nothing good came in the window.
  ///
  /// - Parameters:
  ///   - seconds: of the window.
  ///   - number: of a state's name.
  public func value(of aggregate: Aggregate, seconds: Int64, number: (String) -> Double?) -> Double? {
    guard aggregate.count > 0 else { return nil }
    return switch function {
    case .count: Double(aggregate.count)
    case .sum: aggregate.sum
    case .mean: aggregate.mean
    case .min: aggregate.min
    case .max: aggregate.max
    case .increase: aggregate.course.increase
    case .rate: seconds > 0 ? aggregate.course.increase / Double(seconds) : nil
    case .stddev: aggregate.standardDeviation
    case .seconds(let state): Self.seconds(in: number(state), aggregate.course.states)
    }
  }

  private static func seconds(in state: Double?, _ times: StateTimes) -> Double {
    let microseconds = times.entries.first { $0.state == state }?.microseconds ?? 0
    return Double(microseconds) / 1e6
  }

  func add(to hash: inout StableHash) {
    hash.add(function.word)
    if case .seconds(let state) = function { hash.add(state) }
    hash.add(length.seconds)
    comparison.add(to: &hash)
  }
}

import Telemetry

/// All readings of one series, and what they come to: slow and obvious, tick by tick, to judge the aggregation by.
///
/// Times are whole ticks.
public struct ReferenceSeries {
  public let rule: SeriesRule
  /// Seconds.
  private let tick: Int64
  /// In the order of time; those of one time as they came.
  public private(set) var samples: [TimedValue] = []

  public init(_ rule: SeriesRule, _ samples: [TimedValue] = [], tick: Int64 = 1) {
    self.rule = rule
    self.tick = tick
    for sample in samples { add(sample) }
  }

  /// Takes a reading in. False for a repeat.
  @discardableResult
  public mutating func add(_ sample: TimedValue) -> Bool {
    if rule.dropsRepeats, samples.contains(sample) { return false }
    samples.append(sample)
    samples.sort { $0.time < $1.time }
    return true
  }

  /// The readings in a span.
  public func samples(in seconds: Range<Int64>) -> [TimedValue] {
    samples.filter { seconds.contains($0.time.seconds) }
  }

  private func ticks(in seconds: Range<Int64>) -> [Int64] {
    Array(stride(from: seconds.lowerBound, to: seconds.upperBound, by: Int(tick)))
  }

  /// What a counter grew by in a span, with each step spread over its seconds, or counted at its end where it is long.
  public func increase(in seconds: Range<Int64>) -> Double {
    var increase = 0.0
    for (from, to) in zip(samples, samples.dropFirst()) {
      var growth = to.value - from.value
      if growth < 0 {
        let over = growth + rule.modulus
        growth = rule.modulus > 0 && over >= 0 && over <= rule.modulus / 2 ? over : max(0, to.value)
      }
      let length = to.time.seconds - from.time.seconds
      if length == 0 || length * 1_000_000 > rule.holdMicroseconds {
        if seconds.contains(to.time.seconds) { increase += growth }
      } else {
        for second in ticks(in: from.time.seconds..<to.time.seconds) where seconds.contains(second) {
          increase += growth * Double(tick) / Double(length)
        }
      }
    }
    return increase
  }

  /// The value that lasts from a second on for a tick; nil where nobody knows.
  public func value(lasting second: Int64, now: Int64) -> Double? {
    guard second < now, let sample = samples.last(where: { $0.time.seconds <= second }) else { return nil }
    return (second - sample.time.seconds) * 1_000_000 < rule.holdMicroseconds ? sample.value : nil
  }

  /// Seconds by state in a span, which begins and ends with a tick, like all spans.
  public func states(in seconds: Range<Int64>, now: Int64) -> [Double: Int64] {
    ticks(in: seconds).reduce(into: [:]) { times, second in
      if let state = value(lasting: second, now: now) { times[state, default: 0] += tick }
    }
  }

  /// The mean in which each value weighs as long as it lasts; nil where none does.
  public func timeWeightedAverage(in seconds: Range<Int64>, now: Int64) -> Double? {
    let values = ticks(in: seconds).compactMap { value(lasting: $0, now: now) }
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}

/// Whether two numbers are the same but for rounding.
public func isClose(_ left: Double?, _ right: Double?, scale: Double = 1) -> Bool {
  guard let left, let right else { return left == nil && right == nil }
  return abs(left - right) <= 1e-9 * max(1, abs(left), abs(right), scale)
}

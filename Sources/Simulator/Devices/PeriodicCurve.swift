import Telemetry

/// A quantity that goes in straight lines from knot to knot and begins anew after each period: what can be integrated
/// without an error.
///
/// Invariants
/// - `times` rise from 0 to the period; the last value is the first one, so that nothing jumps.
/// - Periods and integrals begin at midnight in the city, 1970-01-01T00:00:00+08:00.
struct PeriodicCurve: Sendable {
  let periodSeconds: Double
  private let times: [Double]
  private let values: [Double]
  /// From 0 to each time, in value × seconds.
  private let integrals: [Double]

  /// - Parameter knots: in the order of time, from 0 to under the period; the curve goes on to the first one.
  init(periodSeconds: Double, knots: [(seconds: Double, value: Double)]) {
    precondition(knots.first?.seconds == 0 && knots.last!.seconds < periodSeconds)
    self.periodSeconds = periodSeconds
    times = knots.map(\.seconds) + [periodSeconds]
    values = knots.map(\.value) + [knots[0].value]
    var sum = 0.0
    var integrals = [0.0]
    for index in 1..<times.count {
      sum += (values[index - 1] + values[index]) / 2 * (times[index] - times[index - 1])
      integrals.append(sum)
    }
    self.integrals = integrals
  }

  /// A curve of one day.
  init(hours: [(hour: Double, value: Double)]) {
    self.init(periodSeconds: 86400, knots: hours.map { ($0.hour * 3600, $0.value) })
  }

  var mean: Double { integrals[integrals.count - 1] / periodSeconds }

  var greatest: Double { values.max() ?? 0 }

  func value(at time: Timestamp) -> Double {
    let place = place(of: time)
    return value(at: place.seconds, in: segment(of: place.seconds))
  }

  /// In value × seconds, since the first midnight.
  func integral(until time: Timestamp) -> Double {
    let place = place(of: time)
    let segment = segment(of: place.seconds)
    let part = (values[segment] + value(at: place.seconds, in: segment)) / 2 * (place.seconds - times[segment])
    return place.periods * integrals[integrals.count - 1] + integrals[segment] + part
  }

  /// For so long the value was above a threshold, since the first midnight.
  func secondsAbove(_ threshold: Double, until time: Timestamp) -> Double {
    let place = place(of: time)
    let ofPeriod = secondsAbove(threshold, until: periodSeconds)
    return place.periods * ofPeriod + secondsAbove(threshold, until: place.seconds)
  }

  private func secondsAbove(_ threshold: Double, until end: Double) -> Double {
    var sum = 0.0
    for segment in 0..<times.count - 1 where times[segment] < end {
      let stop = min(end, times[segment + 1])
      let first = values[segment] - threshold
      let last = value(at: stop, in: segment) - threshold
      let share =
        first > 0 && last > 0 ? 1 : first <= 0 && last <= 0 ? 0 : max(first, last) / (abs(first) + abs(last))
      sum += share * (stop - times[segment])
    }
    return sum
  }

  // MARK: Curves made of curves

  /// The same, of which each value is another.
  func map(_ change: (Double) -> Double) -> PeriodicCurve {
    PeriodicCurve(
      periodSeconds: periodSeconds, knots: zip(times, values).dropLast().map { ($0, change($1)) })
  }

  static func * (curve: PeriodicCurve, factor: Double) -> PeriodicCurve { curve.map { $0 * factor } }

  static func + (curve: PeriodicCurve, constant: Double) -> PeriodicCurve { curve.map { $0 + constant } }

  /// The sum of two curves of one period.
  static func + (one: PeriodicCurve, other: PeriodicCurve) -> PeriodicCurve {
    precondition(one.periodSeconds == other.periodSeconds)
    let times = Set(one.times + other.times).sorted().dropLast()
    return PeriodicCurve(
      periodSeconds: one.periodSeconds,
      knots: times.map { time in
        (time, one.value(at: time, in: one.segment(of: time)) + other.value(at: time, in: other.segment(of: time)))
      })
  }

  // MARK: Places

  private func place(of time: Timestamp) -> (periods: Double, seconds: Double) {
    let seconds = Double(time.microseconds) / 1e6 + Double(Timestamp.cityOffsetSeconds)
    let periods = (seconds / periodSeconds).rounded(.down)
    return (periods, min(max(0, seconds - periods * periodSeconds), periodSeconds))
  }

  /// The index of the last knot that is not behind a place, and not the end.
  private func segment(of seconds: Double) -> Int {
    var low = 0
    var high = times.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if times[middle] <= seconds { low = middle } else { high = middle }
    }
    return low
  }

  private func value(at seconds: Double, in segment: Int) -> Double {
    let share = (seconds - times[segment]) / (times[segment + 1] - times[segment])
    return values[segment] + (values[segment + 1] - values[segment]) * share
  }
}

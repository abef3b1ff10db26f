import Simulator
import TestSupport
import Testing

@testable import Telemetry

@Suite
struct AggregateTests {
  private static let rules = MetricKind.allCases.map {
    SeriesRule(kind: $0, interval: .seconds(5), modulus: $0 == .counter ? 40 : 0, wantsQuantiles: true)
  }

  /// In the order of time. Whole numbers, so that sums are exact in any order.
  private func samples(_ count: Int, using random: inout RandomSource) -> [TimedValue] {
    (0..<count).map { _ in
      TimedValue(
        time: Timestamp(seconds: Int64.random(in: 0..<60, using: &random)),
        value: Double(Int.random(in: 0...50, using: &random)))
    }.sorted { $0.time < $1.time }
  }

  /// The slow and obvious summary.
  private func reference(_ samples: [TimedValue], _ rule: SeriesRule) -> Aggregate {
    guard let first = samples.first, let last = samples.last else { return Aggregate() }
    var aggregate = Aggregate()
    let values = samples.map(\.value)
    aggregate.count = Int64(values.count)
    aggregate.sum = values.reduce(0, +)
    (aggregate.min, aggregate.max) = (values.min()!, values.max()!)
    (aggregate.first, aggregate.firstAt) = (first.value, first.time)
    (aggregate.last, aggregate.lastAt) = (last.value, last.time)
    let mean = aggregate.sum / Double(values.count)
    aggregate.m2 = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let series = ReferenceSeries(rule, samples)
    // Between the first and the last reading: nothing lasts beyond.
    let span = first.time.seconds..<last.time.seconds
    switch rule.kind {
    case .counter: aggregate.course.increase = series.increase(in: first.time.seconds..<last.time.seconds + 1)
    case .gauge:
      let lasting = span.compactMap { series.value(lasting: $0, now: last.time.seconds) }
      aggregate.course.integral = lasting.reduce(0, +)
      aggregate.course.heldMicroseconds = Int64(lasting.count) * 1_000_000
    case .state:
      for (state, seconds) in series.states(in: span, now: last.time.seconds) {
        aggregate.course.states.add(seconds * 1_000_000, in: state)
      }
    case .event: break
    }
    return aggregate
  }

  private func isSame(_ left: Aggregate, _ right: Aggregate) -> Bool {
    guard isClose(left.m2, right.m2), isClose(left.course.increase, right.course.increase),
      isClose(left.course.integral, right.course.integral)
    else { return false }
    var (left, right) = (left, right)
    (left.m2, right.m2) = (0, 0)
    (left.course.increase, right.course.increase) = (0, 0)
    (left.course.integral, right.course.integral) = (0, 0)
    (left.sketch, right.sketch) = (nil, nil)
    return left == right
  }

  @Test("Readings split anywhere in time and joined in any order give the summary of all of them", arguments: rules)
  func joins(rule: SeriesRule) {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<500 {
      let all = samples(Int.random(in: 0...14, using: &random), using: &random)
      var parts: [Aggregate] = []
      var rest = all[...]
      while !rest.isEmpty {
        var part = Aggregate()
        let end = Timestamp(seconds: Int64.random(in: 0...60, using: &random))
        let span = rest.prefix { $0.time <= end }
        for sample in span { part.append(sample, rule) }
        rest = rest.dropFirst(span.count)
        parts.append(part)
      }
      // Neighbours are joined, any two of them, from either side.
      while parts.count > 1 {
        let index = Int.random(in: 0..<parts.count - 1, using: &random)
        let isForward = Bool.random(using: &random)
        var joined = parts[isForward ? index : index + 1]
        joined.join(parts[isForward ? index + 1 : index], rule)
        parts.replaceSubrange(index...index + 1, with: [joined])
      }
      let joined = parts.first ?? Aggregate()
      #expect(isSame(joined, reference(all, rule)), "\(joined) of \(all)")
    }
  }

  @Test("What does not rest on order is the same however readings are split and merged", arguments: rules)
  func overlaps(rule: SeriesRule) {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<500 {
      // Which of two parts came later is not told here: no two readings have one time.
      let drawn = samples(Int.random(in: 1...14, using: &random), using: &random)
      let all = drawn.indices.filter { $0 == 0 || drawn[$0 - 1].time != drawn[$0].time }.map { drawn[$0] }
      var parts = [Aggregate(), Aggregate(), Aggregate()]
      for sample in all { parts[Int.random(in: 0..<3, using: &random)].append(sample, rule) }
      parts.shuffle(using: &random)
      var merged = parts[0]
      merged.join(parts[1], rule)
      merged.join(parts[2], rule)
      let isInexact = merged.isInexact
      var expected = reference(all, rule)
      (merged.course, expected.course, merged.isInexact) = (Course(), Course(), false)
      #expect(isSame(merged, expected))
      #expect(merged.quantile(0.5) != nil)
      if rule.kind == .event { #expect(!isInexact) }
    }
  }

  @Test("Where two summaries overlap in time either order gives the same, and it is marked")
  func overlapIsMarked() {
    let rule = SeriesRule(kind: .counter)
    func summary(_ seconds: [Int64]) -> Aggregate {
      var aggregate = Aggregate()
      for second in seconds {
        aggregate.append(TimedValue(time: Timestamp(seconds: second), value: Double(second)), rule)
      }
      return aggregate
    }
    var left = summary([0, 10, 20])
    left.join(summary([5, 7]), rule)
    var right = summary([5, 7])
    right.join(summary([0, 10, 20]), rule)
    #expect(left == right)
    #expect(left.isInexact)
    #expect(left.course.increase == 20)
  }

  @Test("Devices are added: what each of them did adds up")
  func devices() {
    let rule = SeriesRule(kind: .counter)
    var total = Aggregate()
    for _ in 0..<3 {
      var device = Aggregate()
      for second in 0..<4 {
        device.append(TimedValue(time: Timestamp(seconds: Int64(second)), value: Double(second)), rule)
      }
      total.addUp(device)
    }
    #expect(total.course.increase == 9)
    #expect(total.count == 12)
    #expect(!total.isInexact)
  }

  @Test("Readings of one time stand in the order in which they came; those of several devices in none")
  func equalTimes() {
    let rule = SeriesRule(kind: .counter, modulus: 1000)
    for order in [[990.0, 5.0, 10.0], [5.0, 10.0, 990.0]] {
      let readings = order.map { TimedValue(time: Timestamp(seconds: 1), value: $0) }
      var appended = Aggregate()
      var joined = Aggregate()
      var devices = Aggregate()
      for reading in readings {
        appended.append(reading, rule)
        joined.join(Aggregate(reading, rule), rule)
        devices.addUp(Aggregate(reading, rule))
      }
      #expect(appended == joined)
      #expect((joined.first, joined.last) == (order[0], order[2]))
      #expect(joined.course.increase == (order[0] == 990 ? 20 : 985))
      #expect((devices.first, devices.last) == (5, 990))
    }
  }
}

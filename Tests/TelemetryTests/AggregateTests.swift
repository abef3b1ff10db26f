import Simulator
import Telemetry
import TestSupport
import Testing

@Suite
struct AggregateTests {
  /// A slow and obvious summary of the same readings.
  private func reference(_ samples: [Sample]) -> Aggregate {
    var aggregate = Aggregate()
    let good = samples.filter { $0.quality == .good }
    aggregate.badCount = Int64(samples.count - good.count)
    guard !good.isEmpty else { return aggregate }
    let byTime = good.sorted { ($0.time, $0.value) < ($1.time, $1.value) }
    aggregate.count = Int64(good.count)
    aggregate.sum = good.reduce(0) { $0 + $1.value }
    aggregate.min = good.map(\.value).min()!
    aggregate.max = good.map(\.value).max()!
    aggregate.first = byTime.first!.value
    aggregate.firstAt = byTime.first!.time
    aggregate.last = byTime.last!.value
    aggregate.lastAt = byTime.last!.time
    return aggregate
  }

  /// Whole numbers, so that sums are exact in any order.
  private func samples(_ count: Int, using random: inout RandomSource) -> [Sample] {
    (0..<count).map { _ in
      Sample(
        series: SeriesID(rawValue: 1), quality: Int.random(in: 0..<5, using: &random) == 0 ? .range : .good,
        time: Timestamp(microseconds: Int64.random(in: 0..<20, using: &random)),
        value: Double(Int.random(in: -50...50, using: &random)))
    }
  }

  @Test("Readings in any order, in any split, give the same aggregate as the obvious way")
  func mergeIsCommutativeAndAssociative() {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<2000 {
      let all = samples(Int.random(in: 0...12, using: &random), using: &random)
      let expected = reference(all)
      var parts: [Aggregate] = [Aggregate(), Aggregate(), Aggregate()]
      for sample in all.shuffled(using: &random) { parts[Int.random(in: 0..<3, using: &random)].add(sample) }
      parts.shuffle(using: &random)
      var leftToRight = parts[0]
      leftToRight.merge(parts[1])
      leftToRight.merge(parts[2])
      var rightFirst = parts[1]
      rightFirst.merge(parts[2])
      var rightToLeft = parts[0]
      rightToLeft.merge(rightFirst)
      #expect(leftToRight == expected)
      #expect(rightToLeft == expected)
    }
  }

  @Test("Bad readings are counted and change nothing else")
  func badReadingsOnlyCount() {
    var aggregate = Aggregate(value: 3, at: Timestamp(seconds: 10))
    aggregate.add(
      Sample(series: SeriesID(rawValue: 1), quality: .missing, time: Timestamp(seconds: 5), value: -999))
    var expected = Aggregate(value: 3, at: Timestamp(seconds: 10))
    expected.badCount = 1
    #expect(aggregate == expected)
    #expect(Aggregate().mean == nil)
  }

  @Test("Of readings with one time the smaller is the first and the greater the last")
  func equalTimes() {
    for order in [[2.0, 1.0], [1.0, 2.0]] {
      var aggregate = Aggregate()
      for value in order { aggregate.merge(Aggregate(value: value, at: Timestamp(seconds: 1))) }
      #expect(aggregate.first == 1)
      #expect(aggregate.last == 2)
    }
  }
}

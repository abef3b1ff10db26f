import Testing

@testable import Telemetry

@Suite
struct GaugeTests {
  @Test("A value weighs as long as it lasted; the mean does not know how long that was")
  func timeWeighted() {
    let rule = SeriesRule(kind: .gauge, interval: .seconds(60))
    var aggregate = Aggregate()
    for (second, value) in [(Int64(0), 10.0), (50, 20), (60, 20)] {
      aggregate.append(TimedValue(time: Timestamp(seconds: second), value: value), rule)
    }
    #expect(isClose(aggregate.timeWeightedAverage, 700 / 60.0))
    #expect(isClose(aggregate.mean, 50 / 3.0))
  }

  @Test("One reading weighs for itself")
  func oneReading() {
    let aggregate = Aggregate(
      TimedValue(time: Timestamp(seconds: 0), value: 4), SeriesRule(kind: .gauge, interval: .seconds(60)))
    #expect(aggregate.timeWeightedAverage == 4)
    #expect(aggregate.standardDeviation == 0)
    #expect(Aggregate().timeWeightedAverage == nil)
  }

  private func isClose(_ left: Double?, _ right: Double) -> Bool { abs((left ?? .nan) - right) < 1e-12 }
}

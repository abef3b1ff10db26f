import Testing

@testable import Telemetry

@Suite
struct StateTimesTests {
  private func sample(_ second: Int64, _ state: Double) -> TimedValue {
    TimedValue(time: Timestamp(seconds: second), value: state)
  }

  @Test("A state lasts until the next reading, and is unknown after three intervals of silence")
  func unknownAfterSilence() {
    let rule = SeriesRule(kind: .state, interval: .seconds(10))
    let course = Course([sample(0, 1), sample(10, 2), sample(100, 1)], rule)
    #expect(
      course.states
        == StateTimes([
          StateTimes.Entry(state: 1, microseconds: 10_000_000), StateTimes.Entry(state: 2, microseconds: 30_000_000),
        ]))
  }

  @Test("Times add up by state, in whatever order they come, and no time is no entry")
  func adding() {
    var left = StateTimes()
    for (state, time) in [(3.0, Int64(5)), (1, 2), (3, 1), (2, 0)] { left.add(time, in: state) }
    var right = StateTimes()
    for (state, time) in [(1.0, Int64(2)), (3, 6)] { right.add(time, in: state) }
    #expect(left == right)
    #expect(left.entries.map(\.state) == [1, 3])
  }

  @Test("Without an interval a state lasts a day")
  func noInterval() {
    let rule = SeriesRule(kind: .state)
    let course = Course([sample(0, 1), sample(3 * 86400, 2)], rule)
    #expect(course.states.entries.first?.microseconds == 86_400_000_000)
  }
}

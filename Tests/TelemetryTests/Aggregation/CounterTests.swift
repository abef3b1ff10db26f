import Simulator
import TestSupport
import Testing

@testable import Telemetry

@Suite
struct CounterTests {
  @Test(
    "A counter grows by the difference, over its modulus by the way round, and after a reset by its new value",
    arguments: [
      (from: 10.0, to: 15.0, modulus: 0.0, grown: 5.0), (10, 10, 0, 0), (10, 3, 0, 3), (99_990, 5, 100_000, 15),
      (50_000, 49_000, 100_000, 49_000), (99_990, 60_000, 100_000, 60_000), (10, -2, 0, 0),
    ])
  func steps(from: Double, to: Double, modulus: Double, grown: Double) {
    #expect(Counter.increase(from: from, to: to, modulus: modulus) == grown)
  }

  @Test("The parts of a step over windows of any size come to the step")
  func parts() {
    var random = RandomSource(seed: testSeed())
    let rule = SeriesRule(kind: .counter, interval: .seconds(60))
    for _ in 0..<500 {
      let begin = Int64.random(in: -1000...1000, using: &random)
      let end = begin + Int64.random(in: 0...400, using: &random)
      let step = Step(
        from: TimedValue(time: Timestamp(seconds: begin), value: 3),
        to: TimedValue(time: Timestamp(seconds: end), value: Double(Int.random(in: 0...9, using: &random))))
      let size = Int64.random(in: 1...90, using: &random) * 1_000_000
      let windows = stride(from: Int64(-2_000_000_000), to: 3_000_000_000, by: Int(size))
      let total = windows.reduce(0) { $0 + Counter.increase(of: step, in: $1..<$1 + size, rule) }
      #expect(isClose(total, Counter.increase(from: 3, to: step.to.value, modulus: 0)))
    }
  }

  @Test("After a silence longer than a value lasts, the growth counts where the counter was heard again")
  func longSilence() {
    let rule = SeriesRule(kind: .counter, interval: .seconds(60))
    let step = Step(
      from: TimedValue(time: Timestamp(seconds: 0), value: 0), to: TimedValue(time: Timestamp(seconds: 181), value: 7))
    #expect(Counter.increase(of: step, in: 0..<180_000_000, rule) == 0)
    #expect(Counter.increase(of: step, in: 180_000_000..<240_000_000, rule) == 7)
  }
}

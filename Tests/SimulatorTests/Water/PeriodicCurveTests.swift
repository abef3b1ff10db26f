import Telemetry
import TestSupport
import Testing

@testable import Simulator

/// What a curve adds up is what its values add up to.
@Suite
struct PeriodicCurveTests {
  private static let midnight = Timestamp(seconds: 1_763_654_400)

  private func randomCurve(_ random: inout RandomSource) -> PeriodicCurve {
    let times = Set((0..<8).map { _ in Double(Int.random(in: 1..<1440, using: &random) * 60) }).sorted()
    return PeriodicCurve(
      periodSeconds: 86400,
      knots: ([0] + times).map { ($0, Double.random(in: -5...20, using: &random)) })
  }

  @Test("The integral and the time above a threshold are those of many small steps, over ends of periods too")
  func steps() {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    for _ in 0..<20 {
      let curve = randomCurve(&random)
      let begin = Self.midnight + .seconds(Int.random(in: -200_000...200_000, using: &random))
      let hours = Int.random(in: 1...60, using: &random)
      let threshold = Double.random(in: 0...10, using: &random)
      var sum = 0.0
      var above = 0.0
      for second in stride(from: 0, to: hours * 3600, by: 10) {
        let value = curve.value(at: begin + .seconds(second + 5))
        sum += value * 10
        if value > threshold { above += 10 }
      }
      let end = begin + .seconds(hours * 3600)
      let integral = curve.integral(until: end) - curve.integral(until: begin)
      #expect(abs(integral - sum) < 20 * Double(hours), "\(integral), \(sum), seed \(seed)")
      let seconds = curve.secondsAbove(threshold, until: end) - curve.secondsAbove(threshold, until: begin)
      #expect(abs(seconds - above) < 100 * Double(hours / 24 + 1), "\(seconds), \(above), seed \(seed)")
    }
  }

  @Test("A sum of curves is the sum of their values, and nothing jumps at midnight")
  func sums() {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    let one = randomCurve(&random)
    let other = randomCurve(&random)
    let sum = one + other * 2 + 3
    for _ in 0..<1000 {
      let time = Self.midnight + .milliseconds(Int.random(in: -200_000_000...200_000_000, using: &random))
      let expected = one.value(at: time) + other.value(at: time) * 2 + 3
      #expect(abs(sum.value(at: time) - expected) < 1e-9, "seed \(seed)")
    }
    #expect(abs(sum.mean - (one.mean + other.mean * 2 + 3)) < 1e-9, "seed \(seed)")
    let before = sum.value(at: Self.midnight - .milliseconds(1))
    #expect(abs(before - sum.value(at: Self.midnight)) < 0.01, "seed \(seed)")
  }
}

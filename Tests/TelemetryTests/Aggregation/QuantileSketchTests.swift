import Foundation
import Simulator
import TestSupport
import Testing

@testable import Telemetry

@Suite
struct QuantileSketchTests {
  /// Five shapes that telemetry takes.
  enum Distribution: String, CaseIterable {
    case uniform, normal, exponential, pareto, mixed

    func value(using random: inout RandomSource) -> Double {
      let part = Double.random(in: 1e-9..<1, using: &random)
      let angle = Double.random(in: 0..<(2 * .pi), using: &random)
      return switch self {
      case .uniform: part * 200 - 100
      case .normal: 20 + 5 * (-2 * log(part)).squareRoot() * cos(angle)
      case .exponential: -log(part) / 3
      case .pareto: pow(part, -1 / 1.5)
      case .mixed: part < 0.2 ? 0 : part < 0.5 ? -1e-6 * angle : part < 0.9 ? angle : 1e6 * angle
      }
    }
  }

  @Test("Quantiles are at most 1 % off the exact ones", arguments: Distribution.allCases)
  func error(of distribution: Distribution) throws {
    var random = RandomSource(seed: testSeed())
    for count in [1, 2, 7, 100, 20_000] {
      let values = (0..<count).map { _ in distribution.value(using: &random) }
      var sketch = QuantileSketch()
      for value in values { sketch.add(value) }
      let sorted = values.sorted()
      for part in [0, 0.5, 0.9, 0.95, 0.99, 1] {
        let exact = sorted[Int((part * Double(count - 1)).rounded(.down))]
        let told = try #require(sketch.quantile(part))
        #expect(abs(told - exact) <= abs(exact) * 0.010_000_1 + 1e-12, "p\(part) of \(count)")
      }
    }
  }

  @Test("Sketches merged in any order and any split are the same one, also where they run out of buckets")
  func merging() {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<200 {
      let values = (0..<Int.random(in: 1...60, using: &random)).map { _ in
        pow(10, Double.random(in: -11...40, using: &random)) * (Bool.random(using: &random) ? 1 : -1)
      }
      var whole = QuantileSketch()
      for value in values { whole.add(value) }
      var parts = [QuantileSketch(), QuantileSketch(), QuantileSketch()]
      for value in values.shuffled(using: &random) { parts[Int.random(in: 0..<3, using: &random)].add(value) }
      parts.shuffle(using: &random)
      parts[1].merge(parts[2])
      parts[0].merge(parts[1])
      #expect(parts[0] == whole)
      #expect(whole.positive.counts.count <= 2048)
    }
  }

  @Test("A sketch without values tells nothing; zeros are zero")
  func edges() {
    var sketch = QuantileSketch()
    #expect(sketch.quantile(0.5) == nil)
    sketch.add(0)
    sketch.add(-0.0)
    #expect(sketch.quantile(0.99) == 0)
    sketch.add(1e300)
    sketch.add(-1e300)
    #expect(abs((sketch.quantile(1) ?? 0) - 1e300) <= 1e298)
  }
}

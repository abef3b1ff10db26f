import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// Readings that a stored minute may have been made of, beside those of which it was made.
@Suite struct MinuteReadingsTests {
  private static let start: Int64 = 1_763_700_000
  private static let key = WindowKey(start: start, series: SeriesID(rawValue: 7))

  private static func aggregate(_ samples: [TimedValue], _ kind: MetricKind) -> Aggregate {
    var aggregate = Aggregate()
    let rule = SeriesRule(kind: kind, interval: .seconds(10))
    for sample in samples { aggregate.append(sample, rule) }
    return aggregate
  }

  private static func wayLength(_ values: [Double]) -> Double {
    zip(values, values.dropFirst()).reduce(0) { $0 + abs($1.0 - $1.1) }
  }

  @Test("They have the minute's first, last, least and greatest, in time, and go no longer way than what was")
  func numbers() {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<2000 {
      let times = (0..<Int.random(in: 1...8, using: &random)).map { _ in
        Self.start * 1_000_000 + Int64.random(in: 0..<60_000_000, using: &random)
      }
      let real = times.sorted().map {
        TimedValue(time: Timestamp(microseconds: $0), value: Double(Int.random(in: -4...4, using: &random)))
      }
      let made = MinuteReadings.samples(of: Self.key, Self.aggregate(real, .gauge), kind: .gauge)
      let (values, realValues) = (made.map(\.value), real.map(\.value))
      #expect(made.allSatisfy { $0.quality == .good && $0.series == Self.key.series })
      #expect(made.first?.time == real.first?.time && values.first == realValues.first)
      #expect(made.last?.time == real.last?.time && values.last == realValues.last)
      #expect(values.min() == realValues.min() && values.max() == realValues.max(), "\(realValues): \(values)")
      #expect(made.map(\.time) == made.map(\.time).sorted() && values.count <= 4)
      #expect(Self.wayLength(values) <= Self.wayLength(realValues), "\(realValues): \(values)")
    }
  }

  @Test("Each state that lasted is there once between the first and the last")
  func states() {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<500 {
      let real = (0..<Int64.random(in: 1...8, using: &random)).map { place in
        TimedValue(
          time: Timestamp(seconds: Self.start + place * 7), value: Double(Int.random(in: 1...4, using: &random)))
      }
      let values = MinuteReadings.samples(of: Self.key, Self.aggregate(real, .state), kind: .state).map(\.value)
      #expect(values.first == real.first?.value && values.last == real.last?.value)
      #expect(Set(values) == Set(real.map(\.value)), "\(real.map(\.value)): \(values)")
      let between = values.dropFirst().dropLast()
      #expect(Set(between).count == between.count)
      #expect(between.allSatisfy { $0 != values.first && $0 != values.last }, "\(values)")
    }
  }

  @Test("A minute with bad readings alone is one bad reading; with none at all it is nothing")
  func bad() {
    var aggregate = Aggregate()
    #expect(MinuteReadings.samples(of: Self.key, aggregate, kind: .gauge).isEmpty)
    aggregate.badCount = 3
    let samples = MinuteReadings.samples(of: Self.key, aggregate, kind: .gauge)
    #expect(samples.map(\.quality) == [.missing] && samples.map(\.time) == [Timestamp(seconds: Self.start + 30)])
    var mixed = Self.aggregate([TimedValue(time: Timestamp(seconds: Self.start), value: 2)], .gauge)
    mixed.badCount = 1
    #expect(MinuteReadings.samples(of: Self.key, mixed, kind: .gauge).map(\.quality) == [.good])
  }
}

import Simulator
import TestSupport
import Testing

@testable import Telemetry

@Suite
struct SampleBlockTests {
  @Test("Any samples of any series are read back bit for bit, and of others none")
  func roundTrip() throws {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<300 {
      let start = Int64.random(in: -1_000_000...4_000_000_000, using: &random)
      var builder = SampleBlock.Builder(start: start, bucket: 0)
      var written: [UInt32: [TimedValue]] = [:]
      for series in Set((0..<6).map { _ in UInt32.random(in: 1...20, using: &random) }).sorted() {
        let samples = (0..<Int.random(in: 1...9, using: &random)).map { _ in
          TimedValue(
            time: Timestamp(microseconds: start * 1_000_000 + Int64.random(in: -5...60_000_000, using: &random)),
            value: Bool.random(using: &random)
              ? Double(Int.random(in: -9...9, using: &random)) : Double(bitPattern: random.next() & ~(0x7FF << 52)))
        }
        builder.beginRun(of: SeriesID(rawValue: series), count: samples.count)
        for sample in samples { builder.append(sample) }
        written[series] = samples
      }
      let block = try #require(builder.finish())
      block.bytes.withUnsafeBytes { bytes in
        for series in UInt32(0)...21 {
          let read = SampleBlock.samples(of: SeriesID(rawValue: series), start: start, in: bytes)
          #expect(read == written[series] ?? [])
        }
      }
    }
  }

  @Test("Bytes that are no block are refused, wherever they end")
  func damaged() throws {
    var builder = SampleBlock.Builder(start: 60, bucket: 0)
    builder.beginRun(of: SeriesID(rawValue: 3), count: 2)
    builder.append(TimedValue(time: Timestamp(seconds: 61), value: 0.1))
    builder.append(TimedValue(time: Timestamp(seconds: 62), value: 1e300))
    let bytes = try #require(builder.finish()).bytes
    for count in 0..<bytes.count {
      bytes[..<count].withUnsafeBytes {
        #expect(SampleBlock.samples(of: SeriesID(rawValue: 3), start: 60, in: $0) == nil)
      }
    }
  }
}

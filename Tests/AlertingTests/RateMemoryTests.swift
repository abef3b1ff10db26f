import Simulator
import Telemetry
import TestSupport
import Testing

@testable import Alerting

@Suite struct RateMemoryTests {
  private func memory(_ count: Int, everyMilliseconds step: Int64) -> RateMemory {
    var memory = RateMemory()
    for place in 0..<Int64(count) {
      memory.add(
        Double(place), at: Timestamp(microseconds: place * step * 1000), spanMicroseconds: 10_000_000, kind: .gauge)
    }
    return memory
  }

  @Test("It is bounded however fast readings come, and no more than an eighth of the span off")
  func isBounded() {
    for step in [Int64(1), 10, 300, 1249, 1250, 1251, 4000] {
      let memory = memory(20_000, everyMilliseconds: step)
      #expect(memory.entries.count <= RateMemory.mostEntries)
      let perSpan = 10_000 / Double(step)
      #expect(abs(memory.rate(perMicroseconds: 10_000_000)! - perSpan) < 1e-6 * perSpan, "\(step)")
    }
  }

  @Test("Its bytes read back are the same memory; other bytes are none")
  func bytes() {
    let memory = memory(1000, everyMilliseconds: 700)
    let bytes = memory.bytes
    #expect(RateMemory(bytes: bytes) == memory)
    #expect(RateMemory(bytes: RateMemory().bytes) == RateMemory())
    #expect(RateMemory(bytes: []) == nil)
    #expect(RateMemory(bytes: Array(bytes.dropLast())) == nil)
    #expect(RateMemory(bytes: [2] + bytes.dropFirst()) == nil)
    #expect(RateMemory(bytes: bytes + bytes.dropFirst(25)) == nil)
  }

  @Test("Random bytes are read as nothing, or as a memory that holds its bounds")
  func randomBytes() {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<2000 {
      let count = Int.random(in: 0...400, using: &random)
      let bytes = [1] + (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      guard let memory = RateMemory(bytes: bytes) else { continue }
      #expect(memory.entries.count <= RateMemory.mostEntries)
    }
  }

  @Test("Counters that begin anew, or pass their modulus, go on growing")
  func counters() {
    var memory = RateMemory()
    for (time, value) in [(0, 90.0), (5, 95), (10, 4)] {
      memory.add(value, at: at(Int64(time)), spanMicroseconds: 10_000_000, kind: .counter, modulus: 100)
    }
    #expect(memory.rate(perMicroseconds: 10_000_000) == 14)
    memory.add(2, at: at(20), spanMicroseconds: 10_000_000, kind: .counter)
    #expect(memory.rate(perMicroseconds: 10_000_000) == 2)
  }
}

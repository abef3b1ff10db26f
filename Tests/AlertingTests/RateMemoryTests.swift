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

  @Test("Its bytes change with few readings, and read back say the same of what comes next; other bytes are none")
  func bytes() throws {
    var random = RandomSource(seed: testSeed())
    for kind in [MetricKind.gauge, .counter] {
      var (memory, stored) = (RateMemory(), RateMemory().bytes)
      var (time, value, changes) = (Int64(0), 0.0, 0)
      func add(_ value: Double, at time: Int64, to memory: inout RateMemory) -> Bool {
        memory.add(
          value, at: Timestamp(microseconds: time), spanMicroseconds: 1_000_000, kind: kind, modulus: 100)
      }
      for _ in 0..<4000 {
        // Behind a start: what was kept last, the newest reading of then, and the one that comes next.
        var again = try #require(RateMemory(bytes: stored))
        if time > 0 { _ = add(value, at: time, to: &again) }
        time += Int64.random(in: 1...20_000, using: &random)
        value = Double.random(in: 0..<20, using: &random) < 1 ? 0 : value + Double.random(in: 0..<3, using: &random)
        _ = add(value, at: time, to: &again)
        var isChanged = add(value, at: time, to: &memory)
        if Double.random(in: 0..<100, using: &random) < 1 { isChanged = memory.settle() || isChanged }
        #expect(again.rate(perMicroseconds: 1_000_000) == memory.rate(perMicroseconds: 1_000_000))
        if isChanged { (stored, changes) = (memory.bytes, changes + 1) }
      }
      #expect(changes < 1000, "\(changes) of 4000")
    }
    let memory = memory(1000, everyMilliseconds: 700)
    let bytes = memory.bytes
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

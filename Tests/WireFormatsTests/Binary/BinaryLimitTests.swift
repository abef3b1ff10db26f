import Simulator
import Telemetry
import TestSupport
import Testing
import WireFormats

/// What a binary layout refuses to be, and what it refuses to do.
@Suite
struct BinaryLimitTests {
  private static func byte(_ name: String, at place: LayoutPlace = .next) -> LayoutStep {
    LayoutStep(.field(LayoutField(name, LayoutSlice(.unsigned, bits: 8, at: place))))
  }

  private func fault(_ steps: LayoutStep...) -> LayoutFault? {
    do throws(LayoutFault) {
      _ = try BinaryLayout(LayoutDefinition(standard: steps))
      return nil
    } catch {
      return error
    }
  }

  private func repeated(_ count: LayoutRepeat.Count, _ block: [LayoutStep]) -> LayoutStep {
    LayoutStep(.repeats(LayoutRepeat(count, .numbered(from: 1), block: block)))
  }

  @Test("Widths, places and codings that cannot be right are faults")
  func slices() {
    for slice in [
      LayoutSlice(.unsigned, bits: 0), LayoutSlice(.unsigned, bits: 65), LayoutSlice(.float, bits: 24),
      LayoutSlice(.bcd, bits: 6), LayoutSlice(.signMagnitude, bits: 1), LayoutSlice(.unsigned, bits: 8, at: .bits(-1)),
      LayoutSlice(.unsigned, bits: 8, at: .beforeEnd(0)), LayoutSlice(.unsigned, bits: 8, order: .wordSwapped),
      LayoutSlice(.unsigned, bits: 4, bit: 6, word: 8), LayoutSlice(.unsigned, bits: 8, word: 16),
      LayoutSlice(.unsigned, bits: 8, bit: 64), LayoutSlice(.unsigned, bits: 64, bit: 1),
      LayoutSlice(.unsigned, bits: .max, bit: 63), LayoutSlice(.text(.bytes(0))), LayoutSlice(.text(.field("no"))),
      LayoutSlice(.text(.rest), bit: 3), LayoutSlice(.time(LayoutTime(format: "YYMM"))),
      LayoutSlice(.time(LayoutTime(format: "YYMMDDMM"))), LayoutSlice(.time(LayoutTime(format: "x"))),
    ] {
      #expect(fault(LayoutStep(.field(LayoutField("a", slice)), origin: 7))?.origin == 7, "\(slice)")
    }
    let small = LayoutSlice(.unsigned, bits: 8)
    for field in [
      LayoutField("", small), LayoutField("a{", small), LayoutField("a{n}", small), LayoutField("a{channel}", small),
      LayoutField(String(repeating: "a", count: 129), small), LayoutField("a", small, missing: [256]),
      LayoutField("a", small, radix: 10), LayoutField("a", small, parts: [small], radix: 1),
      LayoutField("a", LayoutSlice(.unsigned), parts: Array(repeating: small, count: 9)),
      LayoutField("a", LayoutSlice(.float), parts: [small]),
      LayoutField("a", LayoutSlice(.unsigned), parts: [LayoutSlice(.float, bits: 32)]),
      LayoutField("a", LayoutSlice(.float, bits: 32), epochSeconds: 1),
    ] {
      #expect(fault(LayoutStep(.field(field))) != nil, "\(field)")
    }
  }

  @Test("Blocks that cannot be right are faults")
  func blocks() {
    let a = Self.byte("a")
    #expect(fault() == nil)
    #expect(fault(a, LayoutStep(.select(LayoutSelect(.field("b"), cases: [(1, [])])), origin: 3))?.known == ["a"])
    #expect(fault(a, LayoutStep(.select(LayoutSelect(.field("a"), cases: [])))) != nil)
    #expect(fault(a, LayoutStep(.select(LayoutSelect(.field("a"), cases: [(1, []), (1, [])])))) != nil)
    #expect(fault(repeated(.untilEnd, [a])) != nil)
    #expect(fault(repeated(.fixed(0), [])) != nil)
    #expect(fault(repeated(.fixed(BinaryLayout.mostRounds + 1), [])) != nil)
    let oldest = LayoutHistory(stepMicroseconds: 1, isOldestFirst: true)
    #expect(fault(LayoutStep(.repeats(LayoutRepeat(.untilEnd, .records(oldest), block: [a])))) != nil)
    for history in [LayoutHistory(stepMicroseconds: 0), LayoutHistory(isOldestFirst: true), LayoutHistory(from: "a")] {
      #expect(fault(a, LayoutStep(.repeats(LayoutRepeat(.fixed(1), .records(history), block: [a])))) != nil)
    }
    let records = LayoutStep(.repeats(LayoutRepeat(.untilEnd, .records(LayoutHistory()), block: [a])))
    #expect(fault(repeated(.fixed(2), [records])) != nil)
    for head: [LayoutStream.Head] in [[], [.channel(bits: 8)], [.type(bits: 0)], [.type(bits: 8), .type(bits: 8)]] {
      #expect(fault(LayoutStep(.stream(LayoutStream(head: head, types: [(1, [])])))) != nil)
    }
    #expect(fault(LayoutStep(.constant([], at: .next))) != nil)
    #expect(fault(LayoutStep(.checksum(LayoutChecksum(.sum8, at: .next, from: .same)))) != nil)
    #expect(throws: LayoutFault.self) { try BinaryLayout(LayoutDefinition(standard: nil)) }
  }

  @Test("Nesting and the number of steps are limited")
  func size() {
    func nested(_ depth: Int) -> [LayoutStep] {
      depth == 0 ? [Self.byte("a")] : [LayoutStep(.select(LayoutSelect(.length, cases: [(1, nested(depth - 1))])))]
    }
    #expect(fault(nested(BinaryLayout.deepestNesting - 1)[0]) == nil)
    #expect(fault(nested(BinaryLayout.deepestNesting)[0]) != nil)
    let many = (0...BinaryLayout.mostSteps).map { _ in Self.byte("a") }
    #expect(throws: LayoutFault.self) { try BinaryLayout(LayoutDefinition(standard: many)) }
  }

  @Test("Rounds without bytes, too many rounds and repeats that multiply end")
  func work() throws {
    func refusal(_ step: LayoutStep, bytes: Int = 1) throws -> Refusal? {
      let layout = try BinaryLayout(LayoutDefinition(standard: [step]))
      return #expect(throws: Refusal.self) { try layout.records(of: [UInt8](repeating: 1, count: bytes)) }
    }
    let at = [Self.byte("v_{n}", at: .byte(0))]
    let empty = try refusal(repeated(.untilEnd, []))
    #expect(empty?.detail == "a round at byte 0 takes no bytes, and so would go on for ever")
    let long = try refusal(repeated(.untilEnd, at), bytes: BinaryLayout.mostRounds + 1)
    #expect(long?.detail == "a repeat has more than 4096 rounds")
    let deep = try refusal(repeated(.fixed(1000), [repeated(.fixed(1000), [])]))
    #expect(deep?.detail.contains("65536 steps") == true)
  }

  @Test("Hostile payloads give a reason and never a trap")
  func hostile() throws {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    for _ in 0..<200 {
      let steps = (0..<6).map { _ in randomStep(depth: 3, isNumbered: false, &random) }
      let known = [Self.byte("k"), LayoutStep(.field(LayoutField("m", LayoutSlice(.signed, bits: 8))))]
      guard let layout = try? BinaryLayout(LayoutDefinition(standard: known + steps)) else { continue }
      let examples = (0..<3).map { _ in (0..<24).map { _ in UInt8.random(in: 0...16, using: &random) } }
      readHostile(layout, examples: examples, changes: 20, seed: seed)
    }
  }

  private func randomStep(depth: Int, isNumbered: Bool, _ random: inout RandomSource) -> LayoutStep {
    func block(_ isNumbered: Bool) -> [LayoutStep] {
      (0..<Int.random(in: 0...3, using: &random)).map { _ in
        randomStep(depth: depth - 1, isNumbered: isNumbered, &random)
      }
    }
    let places: [LayoutPlace] = [.next, .next, .next, .same, .byte(2), .bits(5), .beforeEnd(2), .beforeEnd(30)]
    let place = places.randomElement(using: &random) ?? .next
    switch Int.random(in: 0..<(depth > 0 ? 9 : 5), using: &random) {
    case 0: return LayoutStep(.skip(bits: Int.random(in: 1...12, using: &random)))
    case 1: return LayoutStep(.checksum(LayoutChecksum(.modbus, at: place, from: .byte(0), to: nil)))
    case 2, 3, 4:
      let slices: [LayoutSlice] = [
        LayoutSlice(.unsigned, bits: Int.random(in: 1...64, using: &random), at: place),
        LayoutSlice(.signed, bits: 11, at: place, order: .little), LayoutSlice(.bcd, bits: 24, at: place),
        LayoutSlice(.signMagnitude, bits: 32, at: place, order: .wordSwapped), LayoutSlice(.float, bits: 16, at: place),
        LayoutSlice(.text(.field("k")), at: place), LayoutSlice(.hexText(.rest), at: place),
        LayoutSlice(.digits(.bytes(3)), at: place), LayoutSlice(.time(LayoutTime(format: "YYMMDDhhmmss")), at: place),
        LayoutSlice(.unsigned, bits: 5, at: place, bit: 9, word: 24),
      ]
      let slice = slices.randomElement(using: &random) ?? slices[0]
      let isOptional = Bool.random(using: &random)
      return LayoutStep(.field(LayoutField(isNumbered ? "v_{n}" : "v", slice, isOptional: isOptional)))
    case 5:
      return LayoutStep(
        .select(LayoutSelect(.field("m"), shift: 1, mask: 3, cases: [(1, block(isNumbered))], otherwise: .block([]))))
    case 6:
      let counts: [LayoutRepeat.Count] = [.fixed(3), .field("m"), .untilEnd]
      let count = counts.randomElement(using: &random) ?? .untilEnd
      return LayoutStep(.repeats(LayoutRepeat(count, .numbered(from: 0), leave: 1, block: block(true))))
    case 7:
      let history = LayoutHistory(stepMicroseconds: 1_000_000, isOldestFirst: Bool.random(using: &random))
      return LayoutStep(.repeats(LayoutRepeat(.untilEnd, .records(history), roundBytes: 3, block: block(false))))
    default:
      return LayoutStep(
        .stream(
          LayoutStream(
            head: [.channel(bits: 4), .type(bits: 4), .length(bits: 3)], types: [(1, block(isNumbered)), (2, [])])))
    }
  }
}

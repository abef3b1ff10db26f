import Telemetry
import TestSupport
import Testing
import WireFormats

/// Repeats, streams, selections and checks of a binary layout.
@Suite
struct BinaryBlockTests {
  private func byte(_ name: String, at place: LayoutPlace = .next, isOptional: Bool = false) -> LayoutStep {
    LayoutStep(.field(LayoutField(name, LayoutSlice(.unsigned, bits: 8, at: place), isOptional: isOptional)))
  }

  private func word(_ name: String) -> LayoutStep {
    LayoutStep(.field(LayoutField(name, LayoutSlice(.unsigned, bits: 16))))
  }

  private func layout(_ steps: LayoutStep...) throws -> BinaryLayout {
    try BinaryLayout(LayoutDefinition(standard: steps))
  }

  private func fields(_ layout: BinaryLayout, _ payload: [UInt8]) throws -> [String] {
    try layout.records(of: payload).flatMap(\.fields)
  }

  private func refusal(_ layout: BinaryLayout, _ payload: [UInt8]) -> Refusal? {
    #expect(throws: Refusal.self) { try layout.records(of: payload) }
  }

  @Test("Places count from the begin, from the end, from the step before and with it")
  func places() throws {
    let layout = try layout(
      byte("a"), LayoutStep(.skip(bits: 8)), byte("b"), byte("same", at: .same), byte("last", at: .beforeEnd(1)),
      byte("first", at: .byte(0)), byte("second"))
    #expect(
      try fields(layout, [1, 2, 3, 4, 5]) == ["a=1", "b=3", "same=3", "last=5", "first=1", "second=2"])
    #expect(
      refusal(layout, [1, 2])?.detail == "the field 'b' takes 1 bytes at byte 2, and the bytes there end at byte 2")
    let end = try self.layout(byte("a", at: .beforeEnd(3)))
    #expect(refusal(end, [1])?.detail == "the field 'a' would begin 2 bytes before the first")
  }

  @Test("A payload may end before an optional field; what follows the place of one is not read in its stead")
  func optional() throws {
    let trailing = LayoutStep(.field(LayoutField("b", LayoutSlice(.unsigned, bits: 16), isOptional: true)))
    let layout = try layout(byte("a"), trailing, byte("c", isOptional: true))
    #expect(try fields(layout, [1]) == ["a=1"])
    #expect(try fields(layout, [1, 2]) == ["a=1"])
    #expect(try fields(layout, [1, 2, 3]) == ["a=1", "b=515"])
    #expect(try fields(layout, [1, 2, 3, 4, 5]) == ["a=1", "b=515", "c=4"])
    #expect(refusal(layout, [])?.reason == .malformed)
    #expect(refusal(try self.layout(byte("a"), trailing, byte("c")), [1, 2])?.reason == .malformed)
  }

  @Test("Constants that differ refuse the payload, with both bytes")
  func constants() throws {
    let layout = try layout(
      LayoutStep(.constant([0xA5, 1], at: .next)), byte("a"), LayoutStep(.constant([0x81], at: .beforeEnd(1))))
    #expect(try fields(layout, [0xA5, 1, 7, 0x81]) == ["a=7"])
    #expect(refusal(layout, [0xA5, 2, 7, 0x81]) == Refusal(.malformed, "byte 1 is 0x02, and not 0x01"))
    #expect(refusal(layout, [0xA5, 1, 7, 0x80])?.reason == .malformed)
    #expect(refusal(layout, [0xA5])?.reason == .malformed)
  }

  @Test(
    "Checksums have the check values of their catalogue, and one that differs refuses the payload",
    arguments: [
      (LayoutChecksumKind.sum8, 0xDD), (.xor8, 0x31), (.modbus, 0x4B37), (.ccitt, 0x29B1), (.xmodem, 0x31C3),
      (.kermit, 0x2189),
    ] as [(LayoutChecksumKind, UInt16)])
  func checksums(_ kind: LayoutChecksumKind, check: UInt16) throws {
    let digits = Array("123456789".utf8)
    #expect(digits.withUnsafeBytes { kind.value(of: $0) } == check)
    let sum = kind.bits == 8 ? [UInt8(check)] : [UInt8(check & 0xFF), UInt8(check >> 8)]
    let place = LayoutPlace.beforeEnd(sum.count)
    let layout = try layout(
      LayoutStep(.checksum(LayoutChecksum(kind, at: place, order: .little))), byte("a", at: .byte(0)))
    #expect(try fields(layout, digits + sum) == ["a=49"])
    #expect(refusal(layout, digits + [sum[0] ^ 1] + sum.dropFirst())?.reason == .checksum)
    #expect(refusal(layout, [0x30] + digits.dropFirst() + sum)?.reason == .checksum)
    let part = try self.layout(
      LayoutStep(
        .checksum(LayoutChecksum(kind, at: .byte(11), order: .little, from: .byte(1), to: .byte(10)))), byte("a"))
    #expect(throws: Never.self) { try part.records(of: [0] + digits + [0] + sum + [7]) }
    #expect(refusal(part, [0] + digits)?.reason == .malformed)
  }

  @Test("Rounds are numbered in one record, up to a count, a field's count, or the end")
  func numbered() throws {
    let round = [byte("a_{n}"), byte("b_{n}_x")]
    func rounds(_ count: LayoutRepeat.Count, from: Int = 1, leave: Int = 0) -> LayoutStep {
      LayoutStep(.repeats(LayoutRepeat(count, .numbered(from: from), leave: leave, block: round)))
    }
    let fixed = try layout(rounds(.fixed(2), from: 0), byte("after"))
    #expect(try fields(fixed, [1, 2, 3, 4, 5]) == ["a_0=1", "b_0_x=2", "a_1=3", "b_1_x=4", "after=5"])
    #expect(refusal(fixed, [1, 2, 3])?.reason == .malformed)
    let counted = try layout(byte("count"), rounds(.field("count")), byte("after"))
    #expect(try fields(counted, [1, 2, 3, 9]) == ["count=1", "a_1=2", "b_1_x=3", "after=9"])
    #expect(try fields(counted, [0, 9]) == ["count=0", "after=9"])
    let open = try layout(rounds(.untilEnd, leave: 1), byte("after"))
    #expect(try fields(open, [1, 2, 7]) == ["a_1=1", "b_1_x=2", "after=7"])
    #expect(try fields(open, [7]) == ["after=7"])
    #expect(refusal(open, [1, 2, 3, 7])?.reason == .malformed)
    #expect(refusal(open, [])?.reason == .malformed)
  }

  @Test("A round ends behind its furthest field, or after its size")
  func roundEnds() throws {
    let flag = LayoutField("f_{n}", LayoutSlice(.boolean, bits: 1, at: .byte(0), bit: 7))
    let block = [byte("b_{n}", at: .byte(1)), LayoutStep(.field(flag)), byte("e_{n}", at: .beforeEnd(1))]
    let open = try layout(
      LayoutStep(.repeats(LayoutRepeat(.untilEnd, .numbered(from: 1), roundBytes: 3, block: block))))
    #expect(
      try fields(open, [0x80, 1, 2, 0, 4, 5]) == ["b_1=1", "f_1=true", "e_1=2", "b_2=4", "f_2=false", "e_2=5"])
    let furthest = try layout(
      LayoutStep(
        .repeats(
          LayoutRepeat(
            .untilEnd, .numbered(from: 1), block: [byte("b_{n}", at: .byte(1)), byte("a_{n}", at: .byte(0))]))))
    #expect(try fields(furthest, [1, 2, 3, 4]) == ["b_1=2", "a_1=1", "b_2=4", "a_2=3"])
    let inner = LayoutRepeat(.fixed(1), .numbered(from: 5), block: [byte("c_{n}")])
    let outer = [byte("b_{n}", at: .byte(2)), byte("a_{n}", at: .byte(0)), LayoutStep(.repeats(inner))]
    let nested = try layout(LayoutStep(.repeats(LayoutRepeat(.untilEnd, .numbered(from: 1), block: outer))))
    #expect(
      try fields(nested, [1, 2, 3, 4, 5, 6]) == ["b_1=3", "a_1=1", "c_5=2", "b_2=6", "a_2=4", "c_5=5"])
    let packed = LayoutField("v_{n}", LayoutSlice(.unsigned, bits: 12))
    let samples = try layout(
      LayoutStep(.repeats(LayoutRepeat(.fixed(2), .numbered(from: 1), block: [LayoutStep(.field(packed))]))), byte("z"))
    #expect(try fields(samples, [0x12, 0x34, 0x56, 7]) == ["v_1=291", "v_2=1110", "z=7"])
  }

  @Test("Rounds that are records have times from the receipt or from a field, newest or oldest first")
  func history() throws {
    let minutes: Int64 = 600_000_000
    func rounds(_ count: LayoutRepeat.Count, _ history: LayoutHistory) -> LayoutStep {
      LayoutStep(.repeats(LayoutRepeat(count, .records(history), roundBytes: 1, leave: 1, block: [byte("v")])))
    }
    let newest = try layout(byte("a"), rounds(.untilEnd, LayoutHistory(stepMicroseconds: minutes)), byte("z"))
    #expect(
      try newest.records(of: [1, 2, 3, 9]) == [
        ReadRecord(fields: ["a=1"]), ReadRecord(time: .sinceReceipt(.zero), fields: ["v=2"]),
        ReadRecord(time: .sinceReceipt(.seconds(-600)), fields: ["v=3"]), ReadRecord(fields: ["z=9"]),
      ])
    let oldest = try layout(rounds(.untilEnd, LayoutHistory(stepMicroseconds: minutes, isOldestFirst: true)), byte("z"))
    #expect(
      try oldest.records(of: [1, 2, 3, 9]).map(\.time) == [
        .sinceReceipt(.seconds(-1200)), .sinceReceipt(.seconds(-600)), .sinceReceipt(.zero), .unknown,
      ])
    let time = LayoutStep(.field(LayoutField("time", LayoutSlice(.unsigned, bits: 32))))
    let dated = try layout(
      time, rounds(.fixed(2), LayoutHistory(stepMicroseconds: minutes, isOldestFirst: true, from: "time")))
    #expect(
      try dated.records(of: [0x6A, 0, 0, 0, 1, 2, 9]).map(\.time) == [
        .unknown, .at(Timestamp(seconds: 0x6A00_0000 - 600)), .at(Timestamp(seconds: 0x6A00_0000)),
      ])
    #expect(refusal(dated, [0, 0, 0, 9, 1, 2, 9])?.reason == .time)
    let plain = try layout(rounds(.untilEnd, LayoutHistory()))
    #expect(try plain.records(of: [1, 2, 9]) == [ReadRecord(fields: ["v=1"]), ReadRecord(fields: ["v=2"])])
  }

  @Test("Streams: types with and without channel and length; what is not known is passed over, or ends the stream")
  func streams() throws {
    let types: [(UInt64, [LayoutStep])] = [(1, [byte("a")]), (2, [word("b")]), (9, [LayoutStep(.skip(bits: 16))])]
    func stream(_ head: [LayoutStream.Head], _ unknown: LayoutStream.Unknown = .stop) throws -> BinaryLayout {
      try layout(
        LayoutStep(.stream(LayoutStream(head: head, types: types.map { ($0.0, $0.1) }, unknown: unknown, leave: 1))),
        byte("last"))
    }
    let plain = try stream([.type(bits: 8)])
    #expect(try fields(plain, [1, 7, 9, 0, 0, 2, 1, 0, 5]) == ["a=7", "b=256", "last=5"])
    #expect(try fields(plain, [1, 7, 3, 1, 8, 5]) == ["a=7", "last=5"])
    #expect(try fields(plain, [5]) == ["last=5"])
    #expect(refusal(plain, [2, 1, 5])?.reason == .malformed)
    #expect(
      refusal(try stream([.type(bits: 8)], .refuse), [1, 7, 3, 5])?.detail == "the type 0x3 at byte 2 is not known")
    let long = try stream([.type(bits: 16), .length(bits: 8)])
    #expect(try fields(long, [0, 3, 2, 8, 8, 0, 1, 2, 7, 8, 5]) == ["a=7", "last=5"])
    #expect(refusal(long, [0, 1, 3, 1, 5])?.reason == .malformed)
    #expect(refusal(long, [0, 2, 1, 1, 5])?.reason == .malformed)
  }

  @Test("The channel is a part of the name, and that of the stream around comes back")
  func channels() throws {
    let inner = LayoutStream(
      head: [.type(bits: 8), .channel(bits: 8)], types: [(1, [byte("x_{channel}")])], unknown: .stop)
    let outer = LayoutStream(
      head: [.channel(bits: 8), .type(bits: 8), .length(bits: 8)],
      types: [(7, [byte("h_{channel}"), LayoutStep(.stream(inner)), byte("t_{channel}", at: .beforeEnd(1))])])
    let layout = try layout(LayoutStep(.stream(outer)))
    #expect(try fields(layout, [200, 7, 4, 1, 1, 255, 6]) == ["h_200=1", "x_255=6", "t_200=6"])
  }

  @Test("Selections by a field, some of its bits, the length and the port")
  func selections() throws {
    let byKind = try layout(
      byte("kind"),
      LayoutStep(.select(LayoutSelect(.field("kind"), cases: [(2, [word("w")]), (1, [byte("b")])]))), byte("z"))
    #expect(try fields(byKind, [1, 5, 9]) == ["kind=1", "b=5", "z=9"])
    #expect(try fields(byKind, [2, 1, 0, 9]) == ["kind=2", "w=256", "z=9"])
    #expect(refusal(byKind, [3, 1])?.detail == "no case is for 3 at byte 1")
    let byBits = try layout(
      byte("flags"),
      LayoutStep(
        .select(LayoutSelect(.field("flags"), shift: 1, mask: 3, cases: [(3, [byte("b")])], otherwise: .block([])))))
    #expect(try fields(byBits, [0xFF, 5]) == ["flags=255", "b=5"])
    #expect(try fields(byBits, [0xFD, 5]) == ["flags=253"])
    let byLength = try layout(
      LayoutStep(.select(LayoutSelect(.length, cases: [(1, [byte("old")]), (2, [word("new")])]))))
    #expect(try fields(byLength, [7]) == ["old=7"])
    #expect(try fields(byLength, [1, 0]) == ["new=256"])
    let absent = try layout(
      byte("a"), byte("kind", isOptional: true),
      LayoutStep(.select(LayoutSelect(.field("kind"), cases: [(0, [])]))))
    #expect(refusal(absent, [1])?.reason == .malformed)
  }

  @Test("Each port has its block; the others have the common one, or are refused")
  func ports() throws {
    let definition = LayoutDefinition(standard: nil, ports: [2: [byte("two")], 10: [byte("ten")]])
    func read(_ definition: LayoutDefinition, port: UInt8?) throws -> String {
      let layout = try BinaryLayout(definition)
      let records = FieldRecords()
      return [7].withUnsafeBytes { bytes in
        let payload = UnsafeRawBufferPointer(rebasing: bytes[..<1])
        if let refusal = layout.read(payload, port: port, into: records) { return refusal.detail }
        return String(decoding: records.fields[0].name, as: UTF8.self)
      }
    }
    #expect(try read(definition, port: 2) == "two")
    #expect(try read(definition, port: 10) == "ten")
    #expect(try read(definition, port: 3) == "the layout has no fields for port 3")
    #expect(try read(definition, port: nil) == "the layout needs a LoRaWAN port, and the payload has none")
    let common = LayoutDefinition(standard: [byte("common")], ports: definition.ports)
    #expect(try read(common, port: 2) == "two")
    #expect(try read(common, port: 3) == "common")
    #expect(try read(common, port: nil) == "common")
  }
}

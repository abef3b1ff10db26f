import Simulator
import Telemetry
import TestSupport
import Testing
import WireFormats

/// What one field of a binary layout reads.
@Suite
struct BinaryFieldTests {
  private func read(_ fields: [LayoutField], _ payload: [UInt8]) throws -> [String] {
    let layout = try BinaryLayout(LayoutDefinition(standard: fields.map { LayoutStep(.field($0)) }))
    return try layout.records(of: payload).flatMap(\.fields)
  }

  private func read(_ slice: LayoutSlice, _ payload: [UInt8]) throws -> String {
    try #require(read([LayoutField("v", slice)], payload).first)
  }

  @Test(
    "Whole numbers of each coding and order",
    arguments: [
      (LayoutSlice(.unsigned, bits: 8), "v=1"),
      (LayoutSlice(.unsigned, bits: 16), "v=258"),
      (LayoutSlice(.unsigned, bits: 16, order: .little), "v=513"),
      (LayoutSlice(.unsigned, bits: 24, at: .byte(1)), "v=131844"),
      (LayoutSlice(.unsigned, bits: 32, order: .wordSwapped), "v=50594050"),
      (LayoutSlice(.unsigned, bits: 32, order: .byteSwapped), "v=33620995"),
      (LayoutSlice(.signed, bits: 16, at: .byte(4)), "v=-2"),
      (LayoutSlice(.signed, bits: 16, at: .beforeEnd(4), order: .little), "v=-2"),
      (LayoutSlice(.signMagnitude, bits: 16, at: .byte(4)), "v=-32766"),
      (LayoutSlice(.unsigned, bits: 64, order: .little), "v=9007198151001702913"),
      (LayoutSlice(.unsigned, bits: 64, at: .byte(1), order: .little), "v=9835017156935549698"),
      (LayoutSlice(.signed, bits: 64, at: .byte(1), order: .little), "v=-8611726916774001918"),
      (LayoutSlice(.unsigned, bits: 4), "v=0"),
      (LayoutSlice(.unsigned, bits: 4, order: .little), "v=1"),
      (LayoutSlice(.unsigned, bits: 12), "v=16"),
      (LayoutSlice(.unsigned, bits: 12, order: .little), "v=513"),
      (LayoutSlice(.unsigned, bits: 4, at: .bits(12)), "v=2"),
      (LayoutSlice(.unsigned, bits: 3, at: .byte(2), bit: 0), "v=3"),
      (LayoutSlice(.unsigned, bits: 14, at: .byte(4), bit: 2), "v=16383"),
      (LayoutSlice(.unsigned, bits: 2, at: .byte(3), bit: 0, word: 16), "v=3"),
      (LayoutSlice(.unsigned, bits: 2, at: .byte(3), bit: 8, word: 16), "v=0"),
      (LayoutSlice(.boolean, bits: 1, at: .byte(0), bit: 0), "v=true"),
      (LayoutSlice(.boolean, bits: 1, at: .byte(0), bit: 1), "v=false"),
      (LayoutSlice(.bcd, bits: 32), "v=1020304"),
      (LayoutSlice(.bcd, bits: 32, order: .little), "v=4030201"),
      (LayoutSlice(.bcd, bits: 8, at: .byte(5)), "v=null!type"),
    ])
  func numbers(_ slice: LayoutSlice, expected: String) throws {
    #expect(try read(slice, [0x01, 0x02, 0x03, 0x04, 0xFF, 0xFE, 0xFF, 0x7C, 0x88]) == expected)
  }

  @Test("Zero has no sign, and the highest numbers keep all their digits")
  func edges() throws {
    #expect(try read(LayoutSlice(.signMagnitude, bits: 8), [0x80]) == "v=0")
    #expect(try read(LayoutSlice(.signMagnitude, bits: 2), [0xC0]) == "v=-1")
    #expect(try read(LayoutSlice(.signed, bits: 1), [0x80]) == "v=-1")
    let all = [UInt8](repeating: 0xFF, count: 8)
    #expect(try read(LayoutSlice(.unsigned, bits: 64), all) == "v=18446744073709551615")
    #expect(try read(LayoutSlice(.signMagnitude, bits: 64), all) == "v=-9223372036854775807")
    #expect(try read(LayoutSlice(.signed, bits: 64), [0x80, 0, 0, 0, 0, 0, 0, 0]) == "v=\(Int64.min)")
    #expect(try read(LayoutSlice(.bcd, bits: 64), [UInt8](repeating: 0x99, count: 8)) == "v=9999999999999999")
  }

  @Test(
    "Floats of 16, 32 and 64 bits; what is no finite number is not good",
    arguments: [
      (16, [0x3C, 0x00], "v=1.0"), (16, [0xC0, 0xB2], "v=-2.34765625"), (16, [0x00, 0x01], "v=5.960464477539063e-08"),
      (16, [0x7B, 0xFF], "v=65504.0"), (16, [0x7C, 0x00], "v=inf!not-finite"), (16, [0x7E, 0x00], "v=nan!not-finite"),
      (16, [0x80, 0x00], "v=-0.0"), (16, [0x04, 0x00], "v=6.103515625e-05"),
      (32, [0x42, 0xE9, 0x00, 0x00], "v=116.5"), (32, [0xFF, 0x80, 0x00, 0x00], "v=-inf!not-finite"),
      (64, [0xBF, 0xF8, 0, 0, 0, 0, 0, 0], "v=-1.5"), (64, [0x7F, 0xF8, 0, 0, 0, 0, 0, 0], "v=nan!not-finite"),
    ] as [(Int, [UInt8], String)])
  func floats(_ bits: Int, _ payload: [UInt8], expected: String) throws {
    #expect(try read(LayoutSlice(.float, bits: bits), payload) == expected)
    #expect(try read(LayoutSlice(.float, bits: bits, order: .little), payload.reversed()) == expected)
  }

  @Test("Every half-precision number is what the rules of the format make of it")
  func halves() throws {
    for bits in 0...UInt16.max {
      let exponent = Int(bits >> 10 & 0x1F)
      guard exponent < 31 else { continue }
      var value = Double(bits & 0x3FF) / 1024 + (exponent == 0 ? 0 : 1)
      for _ in 0..<abs(max(exponent, 1) - 15) { value *= exponent < 15 ? 0.5 : 2 }
      let text = try read(LayoutSlice(.float, bits: 16), [UInt8(bits >> 8), UInt8(bits & 0xFF)])
      #expect(text == "v=\(bits >> 15 == 1 ? -value : value)")
    }
  }

  @Test("Texts end at a zero byte and without spaces; digits and hex are of their bytes")
  func texts() throws {
    func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
    #expect(try read(LayoutSlice(.text(.bytes(6))), bytes("ab  \0x")) == "v='ab'")
    #expect(try read(LayoutSlice(.text(.rest)), bytes("水位 ")) == "v='水位'")
    #expect(try read(LayoutSlice(.text(.rest)), [0x61, 0xFF]) == "v='a\u{FFFD}'!type")
    #expect(try read(LayoutSlice(.hexText(.bytes(3))), [0x0A, 0xBC, 0xDF]) == "v='0abcdf'")
    #expect(try read(LayoutSlice(.hexText(.bytes(3)), order: .little), [0x0A, 0xBC, 0xDF]) == "v='dfbc0a'")
    for (text, expected) in [
      ("0042", "42"), (" -7 ", "-7"), ("+1\0x", "1"), ("", "null!type"), ("-", "null!type"), ("1.5", "null!type"),
      ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
      ("9223372036854775808", "unheld!overflow"), ("99999999999999999999999", "unheld!overflow"),
    ] {
      #expect(try read(LayoutSlice(.digits(.rest)), bytes(text)) == "v=\(expected)")
    }
    let lengths = [
      LayoutField("n", LayoutSlice(.unsigned, bits: 8)), LayoutField("t", LayoutSlice(.text(.field("n")))),
      LayoutField("after", LayoutSlice(.unsigned, bits: 8)),
    ]
    #expect(try read(lengths, [2] + bytes("ab") + [9]) == ["n=2", "t='ab'", "after=9"])
    #expect(throws: Refusal.self) { try read(lengths, [3] + bytes("ab")) }
  }

  @Test("Dates are Unix seconds at their offset; what no calendar has is of no type")
  func times() throws {
    func read(_ format: String, _ payload: [UInt8], isBinary: Bool = false, zone: Int64 = 0) throws -> String {
      try self.read(
        LayoutSlice(.time(LayoutTime(format: format, isBinary: isBinary, zoneOffset: zone))), payload)
    }
    #expect(try read("YYMMDDhhmmss", [0x26, 0x11, 0x22, 0x08, 0x30, 0x15]) == "v=1795336215")
    #expect(try read("YYMMDDhhmmss", [0x26, 0x11, 0x22, 0x08, 0x30, 0x15], zone: 28800) == "v=1795307415")
    #expect(try read("ssmmhhwwDDMMYYYY", [0x15, 0x30, 0x08, 0x07, 0x22, 0x11, 0x20, 0x26]) == "v=1795336215")
    #expect(try read("YYYYMMDDhhmmss", [0x07, 0xEA, 11, 22, 8, 30, 15], isBinary: true) == "v=1795336215")
    #expect(try read("YYMMDD", [0x26, 0x11, 0x22]) == "v=1795305600")
    #expect(try read("YYMMDD", [0x26, 0x02, 0x29]) == "v=null!type")
    #expect(try read("YYMMDD", [0x24, 0x02, 0x29]) == "v=1709164800")
    #expect(try read("YYMMDD", [0x2A, 0x01, 0x01]) == "v=null!type")
    #expect(try read("YYMMDD", [100, 1, 1], isBinary: true) == "v=null!type")
    #expect(try read("YYMMDDhhmmss", [0x26, 0x11, 0x22, 0x24, 0x00, 0x00]) == "v=null!type")
  }

  @Test("A missing pattern is of the raw bits, whatever they mean")
  func missing() throws {
    func quality(_ slice: LayoutSlice, _ missing: UInt64, _ payload: [UInt8]) throws -> String {
      try #require(read([LayoutField("v", slice, missing: [0, missing])], payload).first)
    }
    #expect(try quality(LayoutSlice(.signed, bits: 16), 0x8000, [0x80, 0]) == "v=-32768!missing")
    #expect(try quality(LayoutSlice(.signed, bits: 16), 0x8000, [0x80, 1]) == "v=-32767")
    #expect(try quality(LayoutSlice(.bcd, bits: 16), 0xFFFF, [0xFF, 0xFF]) == "v=null!missing")
    #expect(try quality(LayoutSlice(.float, bits: 32), 0x7FC0_0000, [0x7F, 0xC0, 0, 0]) == "v=nan!missing")
    #expect(try quality(LayoutSlice(.unsigned, bits: 3, bit: 5), 7, [0xE0]) == "v=7!missing")
    let date = LayoutSlice(.time(LayoutTime(format: "YYMMDD")))
    #expect(try quality(date, 0xFFFFFF, [0xFF, 0xFF, 0xFF]) == "v=null!missing")
  }

  @Test("A field in parts joins bits, or numbers by a radix; an epoch is added to a whole number")
  func parts() throws {
    let twelve = LayoutField(
      "v", LayoutSlice(.signed),
      parts: [LayoutSlice(.unsigned, bits: 4, at: .byte(2), bit: 4), LayoutSlice(.unsigned, bits: 8, at: .byte(0))],
      missing: [0x800])
    #expect(try read([twelve], [0x0F, 0, 0xF1]) == ["v=-241"])
    #expect(try read([twelve], [0x00, 0, 0x81]) == ["v=-2048!missing"])
    let hundredths = LayoutField(
      "v", LayoutSlice(.unsigned),
      parts: [LayoutSlice(.signed, bits: 8, at: .byte(1)), LayoutSlice(.signed, bits: 8, at: .byte(0))], radix: 100)
    #expect(try read([hundredths], [0x2B, 0x15]) == ["v=2143"])
    #expect(try read([hundredths], [0xF6, 0xEC]) == ["v=-2010"])
    let tooFar = LayoutField(
      "v", LayoutSlice(.unsigned), parts: Array(repeating: LayoutSlice(.unsigned, bits: 32), count: 3),
      radix: Int(Int32.max))
    #expect(try read([tooFar], [UInt8](repeating: 0xFF, count: 12)) == ["v=unheld!overflow"])
    let epoch = LayoutField("v", LayoutSlice(.unsigned, bits: 32), epochSeconds: 946_684_800)
    #expect(try read([epoch], [0, 0, 0, 2]) == ["v=946684802"])
    let beyond = LayoutField("v", LayoutSlice(.unsigned, bits: 63, at: .bits(1)), epochSeconds: 1)
    #expect(try read([beyond], [UInt8](repeating: 0xFF, count: 8)) == ["v=unheld!overflow"])
  }

  @Test("Bits at any place and of any width are those that a list of single bits has")
  func bits() throws {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<2000 {
      let payload = (0..<12).map { _ in UInt8.random(in: 0...255, using: &random) }
      let width = Int.random(in: 1...64, using: &random)
      let start = Int.random(in: 0...96 - width, using: &random)
      var big: UInt64 = 0
      var little: UInt64 = 0
      for index in start..<start + width {
        let byte = payload[index / 8]
        big = big * 2 + UInt64(byte >> (7 - index % 8) & 1)
        little += UInt64(byte >> (index % 8) & 1) << (index - start)
      }
      let place = LayoutPlace.bits(start)
      #expect(try read(LayoutSlice(.unsigned, bits: width, at: place), payload) == "v=\(big)")
      #expect(try read(LayoutSlice(.unsigned, bits: width, at: place, order: .little), payload) == "v=\(little)")
    }
  }
}

import Simulator
import Telemetry
import TestSupport
import Testing
import WireFormats

/// Hydrology frames, made here field by field.
@Suite
struct SL651Tests {
  private let format = SL651()
  /// The header's fields of `SL651Frames.report`, but for the function.
  private func header(_ function: String) -> [String] {
    [
      "station='0012345678'", "centre='01'", "function='\(function)'", "serial=258", "sent_s=1772596870",
      "station_type='48'",
    ]
  }

  @Test("A timed report has its header and its elements in one record of the observation time")
  func timedReport() throws {
    let frame = SL651Frames.report(
      0x32, "F0F0 2603041200 2019000055 2619003196 392300028960 38121312 4619000715")
    #expect(
      try format.records(of: frame) == [
        ReadRecord(
          time: chinaTime("2026-03-04T12:00:00"),
          fields: header("32") + ["pj=5.5", "pt=319.6", "z=28.96", "vt=13.12", "ph=71.5"])
      ])
  }

  @Test("A frame as hexadecimal text in either case, with blanks and line ends, reads as the raw one")
  func hexadecimal() throws {
    let frame = SL651Frames.report(0x32, "F0F0 2603041200 392300028960")
    let raw = try format.records(of: frame)
    let digits = frame.map { String(UInt16($0) + 0x100, radix: 16).dropFirst() }
    #expect(try format.records(of: digits.joined()) == raw)
    #expect(try format.records(of: " \n" + digits.joined(separator: " ").uppercased() + "\r\n") == raw)
  }

  @Test("Text that is no hexadecimal is refused with the place of the first wrong character")
  func noHexadecimal() {
    #expect(
      refusal("7e7g") == Refusal(.malformed, "neither a frame nor its hexadecimal text: byte 67 stands at offset 3"))
    #expect(
      refusal("7 e7e") == Refusal(.malformed, "neither a frame nor its hexadecimal text: byte 20 stands at offset 1"))
    #expect(refusal("7e7") == Refusal(.malformed, "the hexadecimal text ends in the middle of a byte"))
    #expect(refusal("") == Refusal(.empty, "the payload is empty"))
    #expect(refusal(" \n") == Refusal(.empty, "the payload holds nothing but blanks"))
    #expect(refusal("{\"z\":1}")?.reason == .malformed)
    #expect(refusal("7f7e")?.reason == .malformed)
  }

  @Test("The password is in no field and no refusal")
  func password() throws {
    // The settings of function 40 hold the password once more.
    let settings = SL651Frames.frame(0x40, hexBytes("0001 260304120110 F1F1 0012345678 0310 ABCD"))
    let report = SL651Frames.report(0x32, "F0F0 2603041200 38121312")
    for frame in [settings, report] {
      for record in try format.records(of: frame) {
        #expect(record.fields.allSatisfy { !$0.uppercased().contains("ABCD") && !$0.contains("43981") })
      }
      for length in frame.indices {
        let refusal = refusal(Array(frame[..<length]))
        #expect(refusal?.detail.contains("ABCD") == false)
      }
    }
    #expect(try format.records(of: settings).map(\.fields.count) == [5])
  }

  @Test("An hourly report's rainfalls and levels are records five minutes apart, from the observation time on")
  func hourlyReport() throws {
    let rain = "0500 FF02 0000 0000 0000 00FE"
    let levels = "000C 000C FFFF 0031 0031 0031 0031 0031 0031 0031 0031 FFFE"
    let records = try format.records(
      of: SL651Frames.report(
        0x34,
        """
        F0F0 2603041105 F460 \(rain) F0F0 2603041200 2619000030 F0F0 2603041105 F5C0 \(levels)
        F0F0 2603041200 3923 00655340 3812 1207
        """))
    try #require(records.count == 1 + 12 + 1 + 12 + 1)
    #expect(records[0] == ReadRecord(time: chinaTime("2026-03-04T11:05:00"), fields: header("34")))
    #expect(records[1] == ReadRecord(time: chinaTime("2026-03-04T11:05:00"), fields: ["drp=0.5"]))
    #expect(records[3] == ReadRecord(time: chinaTime("2026-03-04T11:15:00"), fields: ["drp=null!missing"]))
    #expect(records[4] == ReadRecord(time: chinaTime("2026-03-04T11:20:00"), fields: ["drp=0.2"]))
    #expect(records[12] == ReadRecord(time: chinaTime("2026-03-04T12:00:00"), fields: ["drp=25.4"]))
    #expect(records[13] == ReadRecord(time: chinaTime("2026-03-04T12:00:00"), fields: ["pt=3.0"]))
    #expect(records[14] == ReadRecord(time: chinaTime("2026-03-04T11:05:00"), fields: ["drz1=0.12"]))
    #expect(records[16].fields == ["drz1=null!missing"])
    #expect(records[25] == ReadRecord(time: chinaTime("2026-03-04T12:00:00"), fields: ["drz1=655.34"]))
    #expect(records[26] == ReadRecord(time: chinaTime("2026-03-04T12:00:00"), fields: ["z=655.34", "vt=12.07"]))
  }

  @Test("Levels whose definition byte is none of theirs are the standard's twelve; another whole number counts")
  func hourlyDefinition() throws {
    let twelve = (1...12).map { "00" + ($0 < 10 ? "0\($0)" : "0\(Character(UnicodeScalar(UInt8(55 + $0))))") }.joined()
    let wrong = try format.records(of: SL651Frames.report(0x34, "F0F0 2603041105 F55C \(twelve) 38121207"))
    #expect(wrong.dropFirst().flatMap(\.fields) == (1...12).map { "drz1=\(Double($0) / 100)" } + ["vt=12.07"])
    let withDecimals = SL651Frames.report(0x34, "F0F0 2603041105 F514 \(twelve) 38121207")
    #expect(try format.records(of: withDecimals) == wrong)
    let two = try format.records(of: SL651Frames.report(0x3A, "F0F0 2603041105 FC20 0001 0002 38121207"))
    #expect(two.dropFirst().flatMap(\.fields) == ["drz8=0.01", "drz8=0.02", "vt=12.07"])
  }

  @Test("Each identifier has the standard's letter code")
  func names() throws {
    let codes = """
      ac ai c - - ed ej fl gh gn gs gt gtp h hw m10 m20 m30 m40 m50 m60 m80 m100 mst ns p1 p2 p3 p6 p12 pd pj pn01 pn05
      pn10 pn30 pr pt q q1 q2 q3 q4 q5 q6 q7 q8 qa qz sw uc ue us va vj vt z zb zu z1 z2 z3 z4 z5 z6 z7 z8 sq - ph do
      cond turb codmn redox nh4n tp tn toc cu zn se as thg cd pb chla wp1 wp2 wp3 wp4 wp5 wp6 wp7 wp8 syl1 syl2 syl3
      syl4 syl5 syl6 syl7 syl8 sbl1 sbl2 sbl3 sbl4 sbl5 sbl6 sbl7 sbl8 vta vtb vtc via vib vic id_76 id_77
      """
    for (index, code) in codes.split(whereSeparator: \.isWhitespace).enumerated() where code != "-" {
      let identifier = String(0x101 + index, radix: 16).dropFirst()
      let frame = SL651Frames.report(0x32, "F0F0 2603041200 \(identifier)0807")
      #expect(try format.records(of: frame).flatMap(\.fields).last == "\(code)=7")
    }
  }

  @Test("Elements before the first observation mark are of the sending time")
  func beforeTheMark() throws {
    let records = try format.records(
      of: SL651Frames.frame(0x33, hexBytes("0102 260304120110 38121203 F0F02603041200 190807")))
    #expect(records.map(\.time) == [chinaTime("2026-03-04T12:01:10"), chinaTime("2026-03-04T12:00:00")])
    #expect(records.map(\.fields.last) == ["vt=12.03", "ns=7"])
  }

  @Test("Each group of elements has the time of its own observation mark")
  func groups() throws {
    let records = try format.records(
      of: SL651Frames.report(
        0x33, "F0F0 2603041155 39230000 0345 F0F0 2603041200 392300000346 3A2300000305 F1F1 0012345678 38121203"))
    #expect(records.map(\.time) == [chinaTime("2026-03-04T11:55:00"), chinaTime("2026-03-04T12:00:00")])
    #expect(records[0].fields == header("33") + ["z=0.345"])
    #expect(records[1].fields == ["z=0.346", "zb=0.305", "vt=12.03"])
  }

  @Test(
    "Values are exact, signed, missing, or bad, and none costs the next",
    arguments: [
      ("3923 00000127", "z=0.127"), ("3923 FF000127", "z=-0.127"), ("3923 FFFFFFFF", "z=null!missing"),
      ("3923 0000A127", "z=null!type"), ("3923 FFFF0127", "z=null!type"), ("02 11 FF05", "ai=-0.5"),
      ("08 18 001013", "fl=1013"), ("27 2B 0123456789", "q=123456.789"), ("19 08 07", "ns=7"),
      ("27 50 00000000000000000001", "q=1"), ("27 50 99999999999999999999", "q=unheld!overflow"),
      ("27 00", "q=null!missing"), ("C1 55 00000000000001165134", "id_c1=11.65134"), ("CD 08 05", "id_cd=5"),
      ("FF 14 0A 0123", "id_ff14=1.23!"), ("05 12 0130", "dt=90"), ("05 12 0160", "dt=null!type"),
      ("05 12 FFFF", "dt=null!missing"), ("20 20 00000001", "pj=1"),
    ])
  func values(element: String, expected: String) throws {
    let width = element.hasPrefix("FF 14") ? "FF 14 12 0123" : element
    let records = try format.records(of: SL651Frames.report(0x33, "F0F0 2603041200 \(width) 38121203"))
    let field = expected.hasSuffix("!") ? String(expected.dropLast()) : expected
    #expect(records.map(\.fields) == [header("33") + [field, "vt=12.03"]])
  }

  @Test("An element longer than the body is of a bad type and ends the reading")
  func cutOff() throws {
    let records = try format.records(of: SL651Frames.report(0x33, "F0F0 2603041200 38121203 3923 0001"))
    #expect(records.map(\.fields) == [header("33") + ["vt=12.03", "z=null!type"]])
    let array = try format.records(of: SL651Frames.report(0x34, "F0F0 2603041200 F5C0 0001"))
    #expect(array.map(\.fields) == [header("34") + ["drz1=null!type"]])
  }

  @Test("Manual texts, pictures and batches end the reading", arguments: ["F2F2 5054", "F3F3 FFD8", "FDFD 3812"])
  func passedOver(rest: String) throws {
    let records = try format.records(of: SL651Frames.report(0x33, "F0F0 2603041200 38121203 \(rest) 38121203"))
    #expect(records.map(\.fields) == [header("33") + ["vt=12.03"]])
  }

  @Test("State and alarms are a number and booleans; all FF is missing")
  func state() throws {
    let frame = SL651Frames.frame(0x46, hexBytes("0001 260304120110 F1F1 0012345678 4520 00000402"))
    let fields = try format.records(of: frame).flatMap(\.fields)
    #expect(fields.dropFirst(5).first == "zt=1026")
    #expect(fields.filter { $0.hasSuffix("=true") } == ["zt_battery_low=true", "zt_pump_stopped=true"])
    #expect(fields.count == 5 + 1 + 12)
    let missing = SL651Frames.frame(0x46, hexBytes("0001 260304120110 F1F1 0012345678 4520 FFFFFFFF"))
    #expect(try format.records(of: missing).flatMap(\.fields).last == "zt=null!missing")
  }

  @Test("A report of a period has as many values as the body holds before the sending")
  func period() throws {
    let four = "00000001 00000002 FFFFFFFF 00000004"
    let whole = try format.records(of: SL651Frames.report(0x31, "F0F0 2603041115 04180000 15 3923 \(four)"))
    #expect(whole.map(\.fields) == [header("31"), ["z=0.001"], ["z=0.002"], ["z=null!missing"], ["z=0.004"]])
    #expect(
      whole.dropFirst().map(\.time)
        == ["11:15", "11:30", "11:45", "12:00"].map { chinaTime("2026-03-04T\($0):00") })
    let withMore = try format.records(
      of: SL651Frames.report(0x31, "F0F0 2603041115 04180000 0F 3923 \(four) 3812 1203"))
    #expect(withMore.dropFirst().flatMap(\.fields).suffix(2) == ["z=0.004", "vt=12.03"])
    // The voltage's four bytes could be a level, but of a time that was not yet.
    let single = try format.records(of: SL651Frames.report(0x31, "F0F0 2603041200 04180000 05 3923 00000001 3812 1203"))
    #expect(single.map(\.fields) == [header("31") + ["z=0.001", "vt=12.03"]])
  }

  @Test("Outside of reports of periods only elements that say their identifier twice have an hour of values")
  func repeatedIdentifiers() throws {
    let records = try format.records(
      of: SL651Frames.report(
        0x34,
        """
        F0F0 2603041115 04180000 0F 7979 0000000001 0000000002 FFFFFFFFFF 0000000004 F9F9 15C1 15CC FFFF 15CC
        3923 00000001 3812 1203 3812 1203 3812 1203 3812 1203
        """))
    #expect(
      records.dropFirst().map(\.fields) == [
        ["id_79=1"], ["id_79=2"], ["id_79=null!missing"], ["id_79=4"], ["id_f9=5.569"], ["id_f9=5.58"],
        ["id_f9=null!missing"], ["id_f9=5.58"], ["z=0.001", "vt=12.03", "vt=12.03", "vt=12.03", "vt=12.03"],
      ])
    #expect(records[4].time == chinaTime("2026-03-04T12:00:00"))
    #expect(records[9].time == chinaTime("2026-03-04T11:15:00"))
  }

  @Test("A time that does not exist leaves records without time; values of a series are then of a bad type")
  func impossibleTimes() throws {
    let records = try format.records(
      of: SL651Frames.report(0x34, "F0F0 2602301200 F410 01FF 38121203", sent: "26133A120110"))
    #expect(records[0].fields.contains("sent_s=null!type"))
    #expect(records.allSatisfy { $0.time == .unknown })
    #expect(records.dropFirst().map(\.fields) == [["drp=0.1!type"], ["drp=null!missing"], ["vt=12.03"]])
  }

  @Test("Of several packets the first is read as far as it is whole, the others are refused")
  func packets() throws {
    let body = "003 001 0102 260304120110 F1F1 0012345678 48 F0F0 2603041200 38121203 3923 0001"
    let first = SL651Frames.frame(0x33, hexBytes(body), start: 0x16, end: 0x17)
    #expect(try format.records(of: first).map(\.fields) == [header("33") + ["vt=12.03"]])
    let second = SL651Frames.frame(0x33, hexBytes("003 002 0127"), start: 0x16)
    #expect(
      refusal(second) == Refusal(.malformed, "packet 2 of 3 cannot be read without the packets before it"))
    let fourth = SL651Frames.frame(0x33, hexBytes("003 004 0127"), start: 0x16)
    #expect(refusal(fourth) == Refusal(.malformed, "there is no packet 4 of 3"))
    let short = SL651Frames.frame(0x33, hexBytes("0030"), start: 0x16)
    #expect(refusal(short)?.reason == .malformed)
  }

  @Test("A frame of the centre has the addresses the other way round, and no more fields")
  func downward() throws {
    var frame = hexBytes("7E7E 0012345678 01 ABCD 32 8008 02 0003 260304120110 1B")
    let crc = SL651Frames.crc16(frame)
    frame += [UInt8(crc >> 8), UInt8(crc & 0xFF)]
    #expect(
      try format.records(of: frame).map(\.fields) == [["station='0012345678'", "centre='01'", "function='32'"]])
  }

  @Test("Length and CRC that do not fit are refused as such; one 7E behind the frame is passed over")
  func damaged() throws {
    let frame = SL651Frames.report(0x32, "F0F0 2603041200 38121203")
    for index in 2..<frame.count {
      for bit in 0..<8 {
        var changed = frame
        changed[index] ^= 1 << UInt8(bit)
        #expect(refusal(changed)?.reason == .checksum, "bit \(bit) of byte \(index)")
      }
    }
    for length in 17..<frame.count { #expect(refusal(Array(frame[..<length]))?.reason == .checksum) }
    for length in 1..<17 { #expect(refusal(Array(frame[..<length]))?.reason == .malformed) }
    #expect(try format.records(of: frame + [0x7E]) == format.records(of: frame))
    for tail: [UInt8] in [[0x00], [0x7E, 0x7E], frame] { #expect(refusal(frame + tail)?.reason == .checksum) }
    #expect(refusal(SL651Frames.frame(0x32, [], start: 0x01))?.reason == .malformed)
    #expect(refusal(SL651Frames.frame(0x32, [], end: 0x00))?.reason == .malformed)
    #expect(refusal(SL651Frames.frame(0x32, []))?.reason == .malformed)
  }

  @Test("Any packed number reads as the decimal text of its digits does")
  func randomNumbers() throws {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<2000 {
      let width = Int.random(in: 1...7, using: &random)
      let decimals = Int.random(in: 0...7, using: &random)
      let isNegative = Bool.random(using: &random)
      let digits = (0..<width * 2).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
      let definition = UInt8((width + (isNegative ? 1 : 0)) << 3 | decimals)
      let element = "27" + String(UInt16(definition) + 0x100, radix: 16).dropFirst() + (isNegative ? "FF" : "") + digits
      let fields = try format.records(of: SL651Frames.report(0x32, "F0F0 2603041200 " + element)).flatMap(\.fields)
      let sign = isNegative ? "-" : ""
      let expected =
        decimals == 0
        ? Int64(sign + digits).map { "\($0)" }
        : Double("\(sign)\(digits)e-\(decimals)").map { "\($0 == 0 ? 0 : $0)" }
      #expect(fields.last == expected.map { "q=\($0)" }, "\(element)")
    }
  }

  @Test("Whatever the bytes are, there is a result")
  func hostile() {
    let frames = [
      SL651Frames.report(
        0x34, "F0F0 2603041105 F460 000000000000000000000000 F5C0 \(String(repeating: "0A2D", count: 12))"),
      SL651Frames.report(0x31, "F0F0 2603041115 04180000 15 3923 00000001 00000002 38121203"),
      SL651Frames.report(0x33, "F0F0 2603041200 3923FFFFFFFF 452000000001 FF14120123 05120130 7979 0000000001"),
      SL651Frames.frame(0x33, hexBytes("003001 0102 260304120110 F1F1 0012345678 48 F0F0 2603041200"), start: 0x16),
    ]
    readHostile(format, examples: frames + [Array("7e 7E".utf8)], seed: testSeed())
    readRepaired(frames)
  }

  /// Changed bodies whose length and CRC are right again, so that what lies behind the check is reached.
  private func readRepaired(_ frames: [[UInt8]]) {
    var random = RandomSource(seed: testSeed())
    for frame in frames {
      for _ in 0..<2000 {
        var body = Array(frame[14..<frame.count - 3])
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          body[Int.random(in: 0..<body.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        body.removeLast(Int.random(in: 0..<body.count, using: &random) / 4)
        _ = refusal(SL651Frames.frame(frame[10], body, start: frame[13]))
      }
    }
  }

  private func refusal(_ payload: [UInt8]) -> Refusal? {
    do {
      _ = try format.records(of: payload)
      return nil
    } catch {
      return error as? Refusal
    }
  }

  private func refusal(_ payload: String) -> Refusal? { refusal(Array(payload.utf8)) }
}

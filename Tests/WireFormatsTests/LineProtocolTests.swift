import Simulator
import Telemetry
import TestSupport
import Testing
import WireFormats

/// InfluxDB line protocol.
@Suite
struct LineProtocolTests {
  private let format = LineProtocol()

  @Test("A line is a record: the measurement, its fields, then its tags, at its time")
  func line() throws {
    let read = try format.records(
      of: "pump,site=north,bay=3 flow=12.5,strokes=42i,total=18446744073709551615u,on=T,note=\"ok\" 1700000000123456789"
    )
    #expect(
      read == [
        ReadRecord(
          time: .at(Timestamp(microseconds: 1_700_000_000_123_456)),
          fields: [
            "_measurement='pump'", "flow=12.5", "strokes=42", "total=18446744073709551615", "on=true", "note='ok'",
            "site='north'", "bay='3'",
          ])
      ])
  }

  @Test("Lines end in LF, CR LF or the end; empty lines, comments and a byte order mark are let go")
  func lines() throws {
    let text = "\u{FEFF}# pumps\tof the day\n\na f=1\r\n   \n  b f=2  \n#\r\nc f=3 5\r\nd f=4 6  \r"
    let read = try format.records(of: text)
    #expect(read.map(\.fields) == (1...4).map { ["_measurement='\("abcd".letter($0 - 1))'", "f=\($0).0"] })
    let fifth = FieldRecords.Time.at(Timestamp(microseconds: 0))
    #expect(read.map(\.time) == [.unknown, .unknown, fifth, fifth])
    #expect(try format.records(of: "\n#nothing\n  \n").isEmpty)
  }

  @Test(
    "Time stamps are counted in the units that the profile says, and rounded towards the past",
    arguments: [
      (LineProtocol.Precision.nanoseconds, "1700000000123456999", 1_700_000_000_123_456),
      (.nanoseconds, "-1", -1), (.nanoseconds, "-1000", -1), (.nanoseconds, "-1001", -2), (.nanoseconds, "0", 0),
      (.nanoseconds, "9223372036854775807", 9_223_372_036_854_775),
      (.microseconds, "1700000000123456", 1_700_000_000_123_456),
      (.milliseconds, "1700000000123", 1_700_000_000_123_000), (.seconds, "1700000000", 1_700_000_000_000_000),
      (.seconds, "253402300799", 253_402_300_799_000_000), (.seconds, "-62135596800", -62_135_596_800_000_000),
    ])
  func times(precision: LineProtocol.Precision, stamp: String, microseconds: Int64) throws {
    let read = try LineProtocol(precision: precision).records(of: "a f=1 \(stamp)")
    #expect(read.map(\.time) == [.at(Timestamp(microseconds: microseconds))])
  }

  @Test(
    "A time stamp that is none costs its line's fields; its tags and other lines stay good",
    arguments: [
      (LineProtocol.Precision.nanoseconds, "12-", "type"), (.nanoseconds, "1.5", "type"), (.nanoseconds, "1e3", "type"),
      (.nanoseconds, "+5", "type"), (.nanoseconds, "2026-11-21T00:00:00Z", "type"), (.nanoseconds, "-", "type"),
      (.nanoseconds, "9223372036854775808", "overflow"), (.seconds, "253402300800", "overflow"),
      (.seconds, "-62135596801", "overflow"), (.milliseconds, "9223372036854775807", "overflow"),
    ])
  func badTimes(precision: LineProtocol.Precision, stamp: String, quality: String) throws {
    let read = try LineProtocol(precision: precision).records(of: "a,t=x f=1,g=,h=2i \(stamp)\nb f=1 0")
    #expect(
      read == [
        ReadRecord(fields: ["_measurement='a'", "f=1.0!\(quality)", "g=null!missing", "h=2!\(quality)", "t='x'"]),
        ReadRecord(time: .at(Timestamp(microseconds: 0)), fields: ["_measurement='b'", "f=1.0"]),
      ])
  }

  @Test(
    "Backslashes escape commas, blanks and equals signs in names and tags, quotes and backslashes in texts",
    arguments: [
      (#"a\,b\ c=d f=1"#, ["_measurement='a,b c=d'", "f=1.0"]),
      (#"a\b f=1"#, [#"_measurement='a\b'"#, "f=1.0"]),
      (#"a,k\=\,\ \x=v\=\,\ \x f=1"#, ["_measurement='a'", "f=1.0", #"k=, \x='v=, \x'"#]),
      (#"a,k=v\\\ w f\\,g=1,\=\ =2"#, ["_measurement='a'", #"f\,g=1.0"#, "= =2.0", #"k='v\\ w'"#]),
      (#"a f="x\"y\\z\n\,= ,""#, ["_measurement='a'", #"f='x"y\z\n\,= ,'"#]),
      (#"a f="\\""#, ["_measurement='a'", #"f='\'"#]),
      ("a f=\"two\nlines\\\nthree\r\n\",g=1", ["_measurement='a'", "f='two\nlines\\\nthree\r\n'", "g=1.0"]),
      (#""a",k="v" "f"=1"#, [#"_measurement='"a"'"#, #""f"=1.0"#, #"k='"v"'"#]),
      ("水,站=北 水位=1", ["_measurement='水'", "水位=1.0", "站='北'"]),
    ])
  func escapes(text: String, fields: [String]) throws {
    #expect(try format.records(of: text).first?.fields == fields)
  }

  @Test(
    "Numbers and booleans are read as the format has them",
    arguments: [
      ("1", "1.0"), ("-0.0", "-0.0"), (".5", "0.5"), ("5.", "5.0"), ("-.5e1", "-5.0"), ("007", "7.0"),
      ("1e+3", "1000.0"), ("1E-3", "0.001"), ("1e-999", "0.0"), ("12345678901234567890", "1.2345678901234567e+19"),
      ("-9223372036854775808i", "-9223372036854775808"), ("9223372036854775807i", "9223372036854775807"),
      ("0000i", "0"), ("-0i", "0"), ("0042u", "42"), ("9223372036854775808u", "9223372036854775808"),
      ("t", "true"), ("T", "true"), ("true", "true"), ("True", "true"), ("TRUE", "true"),
      ("f", "false"), ("F", "false"), ("false", "false"), ("False", "false"), ("FALSE", "false"),
    ])
  func values(text: String, value: String) throws {
    #expect(try format.records(of: "a f=\(text),g=1").first?.fields == ["_measurement='a'", "f=\(value)", "g=1.0"])
  }

  @Test(
    "A value that is none costs only itself",
    arguments: [
      ("", "null!missing"), ("NaN", "'NaN'!type"), ("+1", "'+1'!type"), ("1ii", "'1ii'!type"), ("i", "'i'!type"),
      ("-u", "'-u'!type"), ("-1u", "'-1u'!type"), ("1.5i", "'1.5i'!type"), ("1e3u", "'1e3u'!type"), ("-", "'-'!type"),
      (".", "'.'!type"), ("1e", "'1e'!type"), ("0x10", "'0x10'!type"), ("1_000", "'1_000'!type"),
      ("tRUE", "'tRUE'!type"), ("TRue", "'TRue'!type"), ("truer", "'truer'!type"), ("fALSE", "'fALSE'!type"),
      ("yes", "'yes'!type"), ("1\u{1}", "'1\u{1}'!type"),
      ("1e999", "unheld!overflow"), ("-1e999", "unheld!overflow"), ("9223372036854775808i", "unheld!overflow"),
      ("-9223372036854775809i", "unheld!overflow"), ("18446744073709551616u", "unheld!overflow"),
    ])
  func badValues(text: String, value: String) throws {
    let read = try format.records(of: "a f=\(text),g=1 0\nb f=2")
    #expect(
      read == [
        ReadRecord(
          time: .at(Timestamp(microseconds: 0)), fields: ["_measurement='a'", "f=\(value)", "g=1.0"]),
        ReadRecord(fields: ["_measurement='b'", "f=2.0"]),
      ])
  }

  @Test("A text that is not UTF-8 costs only itself; a key that is not refuses the message")
  func notUTF8() throws {
    let text = Array("m?,k=v? f=\"x?\",g=1".utf8).map { $0 == UInt8(ascii: "?") ? 0xFF : $0 }
    let broken = "\u{FFFD}"
    #expect(
      try format.records(of: text).first?.fields
        == ["_measurement='m\(broken)'!type", "f='x\(broken)'!type", "g=1.0", "k='v\(broken)'!type"])
    for payload in ["a f?=1", "a,k?=v f=1"] {
      let bytes = Array(payload.utf8).map { $0 == UInt8(ascii: "?") ? 0xFF : $0 }
      #expect(throws: Refusal.self) { try format.records(of: bytes) }
    }
  }

  @Test("Of two values under one name one stays: measurement, then field, then tag; it is bad as soon as one is")
  func names() throws {
    func fields(_ text: String) throws -> [String]? { try format.records(of: text).first?.fields }
    #expect(try fields("a,f=tag,t=1,t=2 f=1,f=2") == ["_measurement='a'", "f=1.0", "t='1'"])
    #expect(try fields("a,_measurement=b _measurement=1,f=1") == ["_measurement='a'", "f=1.0"])
    #expect(try fields("a f=1,f=x,g=y,g=2") == ["_measurement='a'", "f=1.0!type", "g='y'!type"])
    let many = (0..<500).map { "f\($0)=\($0)i" }.joined(separator: ",")
    let expected = ["_measurement='a'"] + (0..<500).map { "f\($0)=\($0)" }
    #expect(try fields("a \(many),\(many)") == expected)
    #expect(try format.records(of: "a f=1\nb f=2").map(\.fields.count) == [2, 2])
  }

  @Test(
    "What is not line protocol refuses the message, and says where and why",
    arguments: [
      ("a", "expected a blank and the fields at byte 1 of the payload, in line 1, but it ends there"),
      ("a f=1\n,t=1 f=1", "expected a measurement at byte 6 of the payload, in line 2, but ',' stands there"),
      ("{\"a\": 1, \"b\": 2}", "expected '=' behind the field key '1' at byte 7 of the payload, in line 1, but ','"),
      ("\u{FEFF}a", "expected a blank and the fields at byte 4"), ("a,", "expected a tag's key at byte 2"),
      ("a, f=1", "expected a tag's key at byte 2"),
      ("a,t f=1", "expected '=' behind the tag key 't' at byte 3"), ("a,t= f=1", "expected a value of the tag 't'"),
      (#"a,t=1\ f=1 f=2"#, "expected a blank and the fields at byte 8"),
      ("a,t=1=2 f=1", "expected a blank and the fields at byte 5"), ("a,t=1", "expected a blank and the fields"),
      ("a =1", "expected a field's key at byte 2"), ("a f", "expected '=' behind the field key 'f' at byte 3"),
      ("a f=1,", "expected a field's key at byte 6"), ("a f=1, g=2", "expected a field's key at byte 6"),
      ("a f=\"x", "the text of the field 'f' at byte 4 of the payload has no closing quote"),
      (#"a f="x\""#, "the text of the field 'f' at byte 4 of the payload has no closing quote"),
      ("a f=\"x\"y", "expected ',', a blank or the line's end behind a field at byte 7"),
      ("a f=1 2 3", "expected the line's end behind its time stamp at byte 8"),
      ("a f=1\r2", "expected ',', a blank or the line's end behind a field at byte 5"),
      ("a f=1 2\r3", "expected the line's end behind its time stamp at byte 7"),
      ("a\tf=1", "expected a blank and the fields at byte 1 of the payload, in line 1, but the byte 9 stands there"),
      ("# \u{1}\na f=1", "expected the text of a comment at byte 2"),
    ])
  func refused(text: String, detail: String) {
    let refusal = #expect(throws: Refusal.self) { try format.records(of: text) }
    #expect(refusal?.reason == .malformed && refusal?.detail.hasPrefix(detail) == true, "\(refusal?.detail ?? "")")
  }

  @Test("An empty payload is refused as empty; too many names on a line are refused, too many fields are said")
  func limits() throws {
    #expect(throws: Refusal(.empty, "the payload is empty")) { try format.records(of: "") }
    func line(_ count: Int) -> String { "a " + (0..<count).map { "f\($0)=1" }.joined(separator: ",") }
    #expect(try format.records(of: line(LineProtocol.mostNames)).first?.fields.count == LineProtocol.mostNames + 1)
    #expect(throws: Refusal.self) { try format.records(of: line(LineProtocol.mostNames + 1)) }
    let records = FieldRecords()
    let text = String(repeating: line(1000) + "\n", count: 20)
    let refusal = Array(text.utf8).withUnsafeBytes { format.read($0, into: records) }
    #expect(refusal == nil && records.isOverfull && records.fields.count == FieldRecords.mostFields)
  }

  @Test("Any double reads as the nearest one to its text")
  func doubles() throws {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<20_000 {
      let digits = String(
        UInt64.random(in: 0...UInt64.max, using: &random) >> UInt64.random(in: 0..<64, using: &random))
      let point = Int.random(in: 0...digits.count, using: &random)
      var text = "\(digits.prefix(point)).\(digits.dropFirst(point))"
      if Bool.random(using: &random) { text += "e\(Int.random(in: -340...320, using: &random))" }
      let value = try #require(Double(text))
      let expected = value.isFinite ? "f=\(value)" : "f=unheld!overflow"
      #expect(try format.records(of: "a f=\(text)").first?.fields.last == expected, "\(text)")
    }
  }

  @Test("Random points that are written as lines read as themselves")
  func roundTrips() throws {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<2000 {
      let points = (0..<Int.random(in: 1...4, using: &random)).map { _ in LinePoint(&random) }
      let text = points.map(\.line).joined(
        separator: ["\n", "\r\n", "\n\n# x\n"].randomElement(using: &random) ?? "\n")
      #expect(try format.records(of: text) == points.map(\.record), "\(text.debugDescription)")
    }
  }

  @Test("Whatever the bytes are, nothing traps")
  func hostile() {
    let examples = [
      "pump,site=north,bay\\ no=3 flow=12.5,strokes=42i,n=7u,on=T,note=\"o\\\"k\" 1700000000123456789\n# x\r\n",
      "a,k\\=\\,\\ \\x=v\\=\\,\\ \\x f=1e10,g=-5i,h=\"two\nlines\\\\\" -12\r\nb f=TRUE\r\n",
    ].map { Array($0.utf8) }
    readHostile(format, examples: examples, changes: 20_000, seed: testSeed())
  }

  @Test("A number of as many digits as a payload holds is read")
  func manyDigits() throws {
    let digits = String(repeating: "9", count: 100_000)
    let read = try format.records(of: "a f=\(digits)e-99999,g=0.\(digits),h=\(digits)i,i=1e\(digits),j=1e-\(digits)")
    #expect(
      read.first?.fields
        == ["_measurement='a'", "f=10.0", "g=1.0", "h=unheld!overflow", "i=unheld!overflow", "j=0.0"])
  }
}

/// A point as a simple writer makes a line of it, and as it should be read.
private struct LinePoint {
  private(set) var line: String
  private(set) var record: ReadRecord

  init(_ random: inout RandomSource) {
    let measurement = LinePoint.word(&random)
    line = LinePoint.escaped(measurement, ", ")
    var tags: [String] = []
    for number in 0..<Int.random(in: 0...3, using: &random) {
      let key = LinePoint.word(&random) + "t\(number)"
      let value = LinePoint.word(&random)
      line += ",\(LinePoint.escaped(key, ",= "))=\(LinePoint.escaped(value, ",= "))"
      tags.append("\(key)='\(value)'")
    }
    record = ReadRecord(fields: ["_measurement='\(measurement)'"])
    for number in 0...Int.random(in: 0...3, using: &random) {
      let key = LinePoint.word(&random) + "f\(number)"
      let value = LinePoint.value(&random)
      line += "\(number == 0 ? " " : ",")\(LinePoint.escaped(key, ",= "))=\(value.written)"
      record.fields.append("\(key)=\(value.read)")
    }
    record.fields += tags
    if Bool.random(using: &random) {
      let microseconds = Int64.random(in: -9_000_000_000_000_000...9_000_000_000_000_000, using: &random)
      line += " \(microseconds * 1000 + Int64.random(in: 0...999, using: &random))"
      record.time = .at(Timestamp(microseconds: microseconds))
    }
  }

  /// No backslash at its end, where it would escape what follows.
  private static func word(_ random: inout RandomSource) -> String {
    let letters = (0..<Int.random(in: 0...5, using: &random)).compactMap { _ in
      ["a", "ü", "水", "\\", ",", " ", "=", "\"", "#"].randomElement(using: &random)
    }
    return "w" + letters.joined() + "w"
  }

  private static func escaped(_ text: String, _ escapable: String) -> String {
    text.map { escapable.contains($0) ? "\\\($0)" : String($0) }.joined()
  }

  private static func value(_ random: inout RandomSource) -> (written: String, read: String) {
    switch Int.random(in: 0..<5, using: &random) {
    case 0:
      let value = Double(bitPattern: UInt64.random(in: 0...UInt64.max, using: &random))
      return value.isFinite ? ("\(value)", "\(value)") : ("\(value)", "'\(value)'!type")
    case 1:
      let value = Int64.random(in: .min ... .max, using: &random)
      return ("\(value)i", "\(value)")
    case 2:
      let value = UInt64.random(in: 0 ... .max, using: &random)
      return ("\(value)u", "\(value)")
    case 3:
      let value = Bool.random(using: &random)
      return (value ? "true" : "false", "\(value)")
    default:
      let value = word(&random) + ["", "\n", "\r\n", "\\"].randomElement(using: &random)!
      return ("\"\(escaped(value, "\"\\"))\"", "'\(value)'")
    }
  }
}

extension String {
  fileprivate func letter(_ index: Int) -> Character { Array(self)[index] }
}

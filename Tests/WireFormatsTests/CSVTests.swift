import Simulator
import Telemetry
import TestSupport
import Testing
import WireFormats

/// Tables in text.
@Suite
struct CSVTests {
  @Test("A header names the columns; every line below it is a record of unknown time")
  func header() throws {
    let read = try CSV().records(of: "time,flow,\"a,b\",note\r\n2026-11-21,12.5,-3,ok\r\n\r\n,1e3,,\"x\"\"y\nz\"")
    #expect(
      read == [
        ReadRecord(fields: ["time='2026-11-21'", "flow=12.5", "a,b=-3", "note='ok'"]),
        ReadRecord(fields: ["time=null", "flow=1000.0", "a,b=null", "note='x\"y\nz'"]),
      ])
  }

  @Test("Names that are given leave the first line for data; a column without a name is let go")
  func named() throws {
    let format = try CSV(separator: UInt8(ascii: ";"), columns: .named(["a", "", "c"]))
    #expect(
      try format.records(of: "1;2;3\n4;5;x;\n")
        == [ReadRecord(fields: ["a=1", "c=3"]), ReadRecord(fields: ["a=4", "c='x'"])])
    #expect(try format.records(of: "\n\r\n").isEmpty)
    #expect(try CSV().records(of: "a,b\n").isEmpty)
  }

  @Test(
    "A cell is a number where all of it is one as JSON writes it, in quotes or not; else a text",
    arguments: [
      ("0", "0"), ("-0", "0"), ("42", "42"), ("\"42\"", "42"), ("-1.5", "-1.5"), ("\"1.5\"", "1.5"),
      ("1e5", "100000.0"),
      ("1E-2", "0.01"), ("9223372036854775807", "9223372036854775807"),
      ("-9223372036854775808", "-9223372036854775808"),
      ("9223372036854775808", "9223372036854775808"), ("18446744073709551615", "18446744073709551615"),
      ("18446744073709551616", "unheld!overflow"), ("-9223372036854775809", "unheld!overflow"),
      ("1e999", "unheld!overflow"), ("", "null"), ("\"\"", "null"),
      ("007", "'007'"), ("-01", "'-01'"), ("+1", "'+1'"), (".5", "'.5'"), ("5.", "'5.'"), ("1e", "'1e'"),
      ("-", "'-'"), ("1 ", "'1 '"), (" 1", "' 1'"), ("1,5", "'1,5'"), ("0x1", "'0x1'"), ("NaN", "'NaN'"),
      ("true", "'true'"), ("温度", "'温度'"), ("\"a;b\"", "'a;b'"), ("\"a\"\"\"", "'a\"'"), ("\"\"\"\"", "'\"'"),
      ("5\" pipe", "'5\" pipe'!type"), ("a\"b\"", "'a\"b\"'!type"),
    ])
  func cells(text: String, value: String) throws {
    let format = try CSV(separator: UInt8(ascii: ";"))
    #expect(try format.records(of: "a;b\n\(text);1") == [ReadRecord(fields: ["a=\(value)", "b=1"])])
    #expect(try format.records(of: "a;b\n1;\(text)\n") == [ReadRecord(fields: ["a=1", "b=\(value)"])])
  }

  @Test("With a decimal comma numbers have that and no point")
  func decimalComma() throws {
    let format = try CSV(separator: UInt8(ascii: ";"), hasDecimalComma: true)
    #expect(
      try format.records(of: "a;b;c;d\n1,5;-2,25e1;1.5;3")
        == [ReadRecord(fields: ["a=1.5", "b=-22.5", "c='1.5'", "d=3"])])
    let long = "0," + String(repeating: "3", count: 40)
    #expect(try format.records(of: "a\n\(long)") == [ReadRecord(fields: ["a=0.3333333333333333"])])
    let quoted = try CSV(hasDecimalComma: true)
    #expect(try quoted.records(of: "a,b\n\"1,5\",2") == [ReadRecord(fields: ["a=1.5", "b=2"])])
  }

  @Test("Lines end in LF, CR LF, CR or the end; a byte order mark, empty and skipped lines are let go")
  func lines() throws {
    for end in ["\n", "\r\n", "\r"] {
      for last in ["", end, end + end] {
        let text = "\u{FEFF}\(end)a,b\(end)1,2\(end)\(end)3,4\(last)"
        #expect(try CSV().records(of: text).map(\.fields) == [["a=1", "b=2"], ["a=3", "b=4"]])
      }
      let titled = try CSV(skippedLines: 2)
      #expect(try titled.records(of: "Logger \"7\(end)at noon\(end)a\(end)1").map(\.fields) == [["a=1"]])
    }
  }

  @Test("Blanks are part of a cell, or let go where the profile says so")
  func blanks() throws {
    let text = "a , b\n 1 ,\t2\n  \n\" 3 \" , \"4\" \n"
    let trimmed = try CSV(trimsBlanks: true)
    #expect(try trimmed.records(of: text).map(\.fields) == [["a=1", "b=2"], ["a=' 3 '", "b=4"]])
    let tabs = try CSV(separator: UInt8(ascii: "\t"), trimsBlanks: true)
    #expect(try tabs.records(of: "a\tb\tc\n1\t\t 3").map(\.fields) == [["a=1", "b=null", "c=3"]])
    #expect(try CSV().records(of: "a , b\n 1 ,2").map(\.fields) == [["a =' 1 '", " b=2"]])
  }

  @Test("A line with too few or too many cells costs its own fields; empty cells behind the last column do not")
  func wrongCounts() throws {
    let read = try CSV().records(of: "a,b,c\n1,2\n1,2,3,4\n1,,3,,\n\"\"\n5,6,7")
    #expect(
      read.map(\.fields) == [
        ["a=1!type", "b=2!type", "c=null!type"], ["a=1!type", "b=2!type", "c=3!type"], ["a=1", "b=null", "c=3"],
        ["a=null!type", "b=null!type", "c=null!type"], ["a=5", "b=6", "c=7"],
      ])
    #expect(
      try CSV().records(of: "a,b,\n1,2\n1,2,\n1\n1,2,3").map(\.fields)
        == [["a=1", "b=2"], ["a=1", "b=2"], ["a=1!type", "b=null!type"], ["a=1", "b=2"]])
  }

  @Test("A text that is not UTF-8 costs itself; a column with a name that was there, or none, is let go")
  func texts() throws {
    let bytes = Array("a,,a,b\nx?,1,2,3\n".utf8).map { $0 == UInt8(ascii: "?") ? 0xCE : $0 }
    #expect(try CSV().records(of: bytes).map(\.fields) == [["a='x\u{FFFD}'!type", "b=3"]])
  }

  @Test(
    "What is no table refuses the message, and says where and why",
    arguments: [
      ("\n\r\n", "expected a header of column names, but there is none"),
      ("a,b\n1,\"2\n3,4\n", "the quoted cell at byte 6 of the payload has no closing quote"),
      ("\u{FEFF}\"a", "the quoted cell at byte 3 of the payload has no closing quote"),
      ("a,b\n\"", "the quoted cell at byte 4 of the payload has no closing quote"),
      ("a,b\n\"1\"2,3", "expected a separator or a line's end behind the quote, at byte 7 of the payload"),
      ("a,b\n\"1\" ,3", "expected a separator or a line's end behind the quote, at byte 7 of the payload"),
      ("\"a\"b,c", "expected a separator or a line's end behind the quote, at byte 3 of the payload"),
      (",,\n1,2,3", "the header names no column"), ("\"\"\n1", "the header names no column"),
    ])
  func refused(text: String, detail: String) throws {
    let format = CSV()
    #expect(throws: Refusal(.malformed, detail)) { try format.records(of: text) }
  }

  @Test("An empty payload is refused as empty, a header that is not UTF-8 or too long as malformed")
  func limits() throws {
    let format = CSV()
    #expect(throws: Refusal(.empty, "the payload is empty")) { try format.records(of: "") }
    #expect(throws: Refusal(.malformed, "the name of column 2 is not UTF-8")) {
      try format.records(of: Array("a,".utf8) + [0xCE, 0xC2])
    }
    func table(_ columns: Int) -> String { (0..<columns).map { "c\($0)" }.joined(separator: ",") + "\n1" }
    #expect(try format.records(of: table(CSV.mostColumns)).first?.fields.count == CSV.mostColumns)
    #expect(throws: Refusal.self) { try format.records(of: table(CSV.mostColumns + 1)) }
    let records = FieldRecords()
    let many = Array(("a,b\n" + String(repeating: "1,2\n", count: 10_000)).utf8)
    #expect(many.withUnsafeBytes { format.read($0, into: records) } == nil)
    #expect(records.isOverfull && records.fields.count == FieldRecords.mostFields)
  }

  @Test("Options that contradict each other are refused")
  func options() {
    for separator in "\"\r\n+-.5eE".utf8 + [0xC2] {
      #expect(throws: CSV.Malformed.self) { try CSV(separator: separator) }
    }
    for names in [[], ["", ""], ["a", "b", "a"], (0...CSV.mostColumns).map { "c\($0)" }] {
      #expect(throws: CSV.Malformed.self) { try CSV(columns: .named(names)) }
    }
    for separator in ",;\t|: ".utf8 { #expect(throws: Never.self) { try CSV(separator: separator) } }
  }

  @Test("Random tables that are written after RFC 4180 read as themselves")
  func roundTrips() throws {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<2000 {
      let separator = [",", ";", "\t", "|"].randomElement(using: &random) ?? ","
      let end = ["\n", "\r\n"].randomElement(using: &random) ?? "\n"
      let columns = Int.random(in: 1...4, using: &random)
      let rows = (0..<Int.random(in: 0...4, using: &random)).map { _ in (0..<columns).map { _ in word(&random) } }
      let header = (0..<columns).map { word(&random) + "c\($0)" }
      let written = ([header] + rows).map { row in
        row.map { quoted($0, separator, isForced: Bool.random(using: &random)) }.joined(separator: separator)
      }
      let format = try CSV(separator: separator.utf8.first ?? 0)
      let expected = rows.map { row in
        ReadRecord(
          fields: zip(header, row).map { "\($0)=\($1.isEmpty ? "null" : Int64($1).map(String.init) ?? "'\($1)'")" })
      }
      let text = written.joined(separator: end) + end
      // A line of one empty cell that is not quoted is an empty line.
      if columns > 1 || !written.contains("") {
        #expect(try format.records(of: text) == expected, "\(text.debugDescription)")
      }
    }
  }

  @Test("Whatever the bytes are, nothing traps")
  func hostile() throws {
    let examples = [
      "\u{FEFF}a,\"b\"\"\n\",,c\r\n1,-2.5e3,x,\"\"\"\"\r\n\r\n,\"9\",18446744073709551616", "1;2,5;\" x \" \n;;",
    ]
    .map { Array($0.utf8) }
    readHostile(CSV(), examples: examples, changes: 20_000, seed: testSeed())
    let other = try CSV(
      separator: UInt8(ascii: ";"), columns: .named(["a", "", "c"]), hasDecimalComma: true, trimsBlanks: true,
      skippedLines: 1)
    readHostile(other, examples: examples, changes: 20_000, seed: testSeed())
  }

  /// A text that is no number but for whole ones.
  private func word(_ random: inout RandomSource) -> String {
    if Int.random(in: 0..<4, using: &random) == 0 { return "\(Int64.random(in: .min ... .max, using: &random))" }
    let letters = (0..<Int.random(in: 0...4, using: &random)).compactMap { _ in
      ["a", "温", "\"", ",", ";", "\t", "|", "\n", "\r\n", " "].randomElement(using: &random)
    }
    return letters.joined()
  }

  private func quoted(_ text: String, _ separator: String, isForced: Bool) -> String {
    let needsQuotes = text.unicodeScalars.contains { "\"\r\n".unicodeScalars.contains($0) } || text.contains(separator)
    guard needsQuotes || isForced else { return text }
    return "\"" + text.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
  }
}

import DeviceCatalog
import StrictYAML
import Telemetry
import Testing
import WireFormats

/// How layouts are read from YAML.
@Suite
struct LayoutReaderTests {
  private func layout(_ yaml: String) throws -> BinaryLayout {
    try BinaryLayout(YAMLValue.parse(yaml, file: "probe.yaml"))
  }

  private func problem(_ yaml: String) -> String? {
    do {
      _ = try layout(yaml)
      return nil
    } catch {
      return "\(error)"
    }
  }

  private func read(_ layout: BinaryLayout, _ payload: [UInt8], port: UInt8? = nil) throws -> [String] {
    let records = FieldRecords()
    return try payload.withUnsafeBytes { bytes in
      if let refusal = layout.read(bytes, port: port, into: records) { throw refusal }
      return records.records.flatMap { record in
        [record.time == .unknown ? "-" : "\(record.time)"]
          + records.fields[record.fields].map { field in
            let quality = field.quality == .good ? "" : "!\(field.quality.reason)"
            return String(decoding: field.name, as: UTF8.self) + "=" + text(field.value) + quality
          }
      }
    }
  }

  private func text(_ value: RawValue) -> String {
    switch value {
    case .boolean(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .double(let value): "\(value)"
    case .text(let bytes): String(decoding: bytes, as: UTF8.self)
    default: "?"
    }
  }

  @Test("Types, widths and places as they are written")
  func fields() throws {
    let layout = try layout(
      """
      endian: little
      fields:
        - { name: a, type: uint16 }
        - { name: b, bits: 12 }
        - { name: c, type: int, bits: 4, missing: [-1, 0b111] }
        - { name: d, at: 4, bit: 0 }
        - { name: e, at: same, bit: 1, bits: 3 }
        - { name: f, at: 0, word: 16, bit: 8, bits: 8, endian: big }
        - { name: g, at-bit: 4, bits: 4 }
        - { name: h, at: -2, type: bcd16, endian: big }
        - { name: i, at: 0, type: hex, bytes: 2 }
        - { name: j, at: 0, type: hex, bytes: 2, endian: little }
        - { name: k, at: 4, type: bool }
        - { name: l, at: 0, bytes: 3, endian: big }
        - { skip-bits: 8 }
        - { name: m, type: uint8, epoch: 1970-01-02 }
        - { name: n, type: int8, optional: true }
        - { name: o, type: int8, optional: true }
        - { name: p, parts: [{ at: 1, type: uint8 }, { at: 0, type: uint8 }] }
      """)
    #expect(
      try read(layout, [0x12, 0x34, 0x56, 0xF7, 0x0B, 0x25, 0x81]) == [
        "-", "a=13330", "b=1878", "c=-1!missing", "d=true", "e=5", "f=18", "g=1", "h=2581",
        "i=1234", "j=3412", "k=true", "l=1193046", "m=86411", "n=37", "o=-127", "p=13330",
      ])
  }

  @Test("Times have an offset; digits may be binary")
  func times() throws {
    let layout = try layout(
      """
      fields:
        - { name: a, type: time, format: YYMMDDhhmmss, zone: "+08:00" }
        - { name: b, at: 0, type: time, format: YYMMDD, digits: binary }
        - { name: c, at: 0, type: digits, bytes: 1 }
        - { name: d, at: 0, type: text, bytes: rest }
      """)
    let fields = try read(layout, [0x26, 0x11, 0x12, 0x08, 0x30, 0x15])
    #expect(fields[1...3] == ["a=1794443415", "b=?!type", "c=?!type"])
  }

  @Test("Repeats, streams, selections and ports as they are written")
  func blocks() throws {
    let layout = try layout(
      """
      ports:
        1:
          - { name: kind, type: uint8 }
          - select: kind
            bit: 4
            bits: 4
            cases: { 0x1: [{ name: one, type: uint8 }], 2: [] }
            otherwise: nothing
          - { when: kind, is: [0x10, 0x30], fields: [{ name: when, type: uint8 }] }
          - { repeat: 1, number-from: 7, fields: [{ name: "r_{n}", type: uint8 }] }
        0x02:
          - { repeat: end, each: record, every: 10m, first: oldest, size: 1, leave: 1, fields: [{ name: v, type: uint8 }] }
          - { const: "0x81" }
        3:
          - stream: [channel, type: 4, length: 4]
            types: { 1: [{ name: "v_{channel}", type: uint8 }] }
            unknown: refuse
      """)
    #expect(try read(layout, [0x10, 1, 2, 3], port: 1) == ["-", "kind=16", "one=1", "when=2", "r_7=3"])
    #expect(try read(layout, [0x30, 2, 3], port: 1) == ["-", "kind=48", "when=2", "r_7=3"])
    #expect(try read(layout, [0x20, 3], port: 1) == ["-", "kind=32", "r_7=3"])
    let times = [FieldRecords.Time.sinceReceipt(.seconds(-600)), .sinceReceipt(.zero)].map { "\($0)" }
    #expect(try read(layout, [5, 6, 0x81], port: 2) == [times[0], "v=5", times[1], "v=6"])
    #expect(try read(layout, [9, 0x11, 7, 3, 0x22, 0, 0], port: 3) == ["-", "v_9=7"])
    #expect(throws: Refusal.self) { try read(layout, [9, 0x11, 7]) }
  }

  @Test(
    "What cannot be right is said with its line, its key and the nearest word",
    arguments: [
      ("field: []", "probe.yaml:1:1: field: unknown key 'field' (did you mean 'fields'?)"),
      (
        "endian: large\nfields: []",
        "probe.yaml:1:9: endian: 'large' is none of big, little, word-swapped, byte-swapped"
      ),
      ("fields:\n  - { nam: a }", "probe.yaml:2:5: fields[0]: expected one of the keys"),
      (
        "fields:\n  - { name: a, typ: uint8 }",
        "probe.yaml:2:16: fields[0].typ: unknown key 'typ' (did you mean 'type'?)"
      ),
      ("fields:\n  - { name: a, type: unit8 }", "did you mean 'uint'?"),
      ("fields:\n  - { name: a, type: int65 }", "fields[0].type: 'int65': a number has 1 to 64 bits"),
      ("fields:\n  - { name: a }", "how wide is it?"),
      ("fields:\n  - { name: a, type: uint8, bits: 8 }", "the width stands in the type"),
      ("fields:\n  - { name: a, type: uint8, at: 1, at-bit: 3 }", "a field has 'at' or 'at-bit', not both"),
      ("fields:\n  - { name: a, type: uint8, format: YY }", "only a field of type time has 'format'"),
      ("fields:\n  - { name: a, type: float24 }", "fields[0]: a float has 16, 32 or 64 bits, not 24"),
      ("fields:\n  - { name: a, type: int8, missing: [-129] }", "fields[0].missing[0]: -129 does not fit in 8 bits"),
      ("fields:\n  - { name: a, type: int8, missing: [0x1FF] }", "missing: 0x1FF does not fit in 8 bits"),
      ("fields:\n  - { name: a, type: int8, missing: [x] }", "expected a whole number, such as 12, -1, 0x7F or 0b11"),
      (
        "fields:\n  - { name: flags, type: uint8 }\n  - { when: flag, fields: [] }",
        "probe.yaml:3:5: fields[1]: no field 'flag' with a whole number stands before this (did you mean 'flags'?)"
      ),
      (
        "fields:\n  - repeat: 2\n    fields:\n      - { name: a, type: uint8 }",
        "probe.yaml:4:9: fields[0].fields[0]: 'a' would stand there in every round"
      ),
      ("fields:\n  - { name: 'a_{chanel}', type: uint8 }", "did you mean 'channel'?"),
      ("fields:\n  - { repeat: end, every: 10m, fields: [] }", "only rounds with 'each: record' have 'every'"),
      ("fields:\n  - { stream: [typ], types: {} }", "'typ' is none of channel, type, length (did you mean 'type'?)"),
      ("fields:\n  - { const: '8' }", "expected bytes as hexadecimal digits, two each"),
      ("fields:\n  - { checksum: crc16 }", "fields[0].checksum: 'crc16' is none of"),
      ("fields:\n  - { name: a, type: uint8, epoch: soon }", "'soon' is no moment such as 2000-01-01"),
      ("fields:\n  - { name: a, type: time, format: YYMMDD, zone: east }", "'east' is no offset from UTC"),
      ("ports: { 256: [] }", "256 is outside 0 to 255"),
      ("ports: { 1: [], 0x1: [] }", "the port 1 stands twice"),
      ("endian: big", "a layout has fields, for all ports or for some"),
    ])
  func errors(_ yaml: String, expected: String) {
    let problem = problem(yaml) ?? "nothing"
    #expect(problem.contains(expected))
    #expect(problem.hasPrefix("probe.yaml:"))
  }

  @Test("Aliases that multiply end at the limits of a layout")
  func aliases() {
    var yaml = "fields:\n  - { when: length, fields: &a0 [\(String(repeating: "{ skip: 1 },", count: 20))] }\n"
    for level in 1...6 {
      let many = String(repeating: "{ when: length, fields: *a\(level - 1) },", count: 20)
      yaml += "  - { when: length, fields: &a\(level) [\(many)] }\n"
    }
    #expect(problem(yaml)?.contains("at most 4096 steps") == true)
  }
}

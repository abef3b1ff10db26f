import Simulator
import Telemetry
import TestSupport
import Testing
import WireFormats

/// SenML in CBOR: how values may be written, what is refused, and that no bytes trap.
@Suite
struct SenMLCBORTests {
  private typealias Value = CBORWriter.Value

  private let format = SenMLCBOR()

  private func pack(_ records: [(Int64, Value)]...) -> [UInt8] {
    CBORWriter.bytes(.list(records.map { .map($0.map { (.integer($0.0), $0.1) }) }))
  }

  /// What a value reads as, under the label 2.
  private func value(_ bytes: [UInt8]) throws -> String {
    try format.records(of: pack([(0, .text("x")), (2, .raw(bytes))])).flatMap(\.fields).joined(separator: " ")
  }

  private func refusal(_ bytes: [UInt8]) -> Refusal? {
    do {
      _ = try format.records(of: bytes)
      return nil
    } catch { return error as? Refusal }
  }

  private var bin: [UInt8] {
    pack(
      [
        (-2, .text("urn:dev:mac:0024befffe804ff1:")), (-3, .double(1_763_700_000.25)), (-4, .text("%EL")),
        (-1, .integer(10)),
        (0, .text("level")), (1, .text("%")), (2, .double(0.5)),
      ],
      [(0, .text("battery")), (2, .integer(81)), (7, .integer(60))],
      [(0, .text("battery")), (2, .integer(80)), (6, .integer(-60))],
      [(0, .text("lid")), (4, .boolean(true)), (6, .integer(-60))])
  }

  @Test("A pack is records by device and time, with numbers for labels")
  func whole() throws {
    let moment = Timestamp(microseconds: 1_763_700_000_250_000)
    let head = ["_device='urn:dev:mac:0024befffe804ff1'", "_id='0024befffe804ff1'"]
    #expect(
      try format.records(of: bin) == [
        ReadRecord(time: .at(moment), fields: head + ["level=0.5 1", "battery=81 %"]),
        ReadRecord(time: .at(moment - .seconds(60)), fields: head + ["battery=80 %", "lid=true %"]),
      ])
  }

  @Test("Every label is the number that RFC 8428 gives it, and texts are taken too")
  func labels() throws {
    let texts = [
      "bver": -1, "bn": -2, "bt": -3, "bu": -4, "bv": -5, "bs": -6, "n": 0, "u": 1, "v": 2, "vs": 3, "vb": 4, "s": 5,
      "t": 6, "ut": 7, "vd": 8,
    ]
    for (text, number) in texts {
      let label = Array(text.utf8).withUnsafeBytes { SenMLLabel(text: $0) }
      #expect(label != nil && label == SenMLLabel(rawValue: Int64(number)), "\(text)")
    }
    for text in ["", "x", "b", "bx", "vx", "us", "st", "bve", "bverx", "nn"] {
      #expect(Array(text.utf8).withUnsafeBytes { SenMLLabel(text: $0) } == nil, "\(text)")
    }
    let named = CBORWriter.bytes(.list([.map([(.text("n"), .text("x")), (.text("v"), .integer(1))])]))
    #expect(try format.records(of: named).map(\.fields) == [["x=1"]])
  }

  @Test("Numbers: whole, half, single, double, decimal fractions; what no 64 bits hold is bad")
  func numbers() throws {
    #expect(try value([0x1B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]) == "x=9223372036854775807")
    #expect(try value([0x1B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]) == "x=18446744073709551615")
    #expect(try value([0x3B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]) == "x=-9223372036854775808")
    #expect(try value([0x3B, 0x80, 0, 0, 0, 0, 0, 0, 0]) == "x=unheld!overflow")
    #expect(try value([0xF9, 0x3E, 0x00]) == "x=1.5")
    #expect(try value([0xFA, 0x47, 0xC3, 0x50, 0x00]) == "x=100000.0")
    #expect(try value([0xF9, 0x7E, 0x00]) == "x=nan!not-finite")
    #expect(try value([0xF9, 0xFC, 0x00]) == "x=-inf!not-finite")
    #expect(try value([0xC4, 0x82, 0x21, 0x19, 0x6A, 0xB3]) == "x=273.15")
    #expect(try value([0xC4, 0x9F, 0x21, 0x39, 0x6A, 0xB2, 0xFF]) == "x=-273.15")
    #expect(try value([0xC4, 0x82, 0x00, 0x07]) == "x=7")
    #expect(try value([0xC4, 0x82, 0x19, 0x04, 0x00, 0x07]) == "x=unheld!overflow")
    #expect(
      try value([0xC4, 0x82, 0x38, 0x1D, 0x1B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        == "x=9.223372036854777e-12")
    for bytes in [
      [0xC4, 0x81, 0x01], [0xC4, 0x83, 1, 1, 1], [0x82, 1, 1], [0xC2, 0x41, 1], [0xC4, 0x82, 0x01, 0xF4],
    ] {
      #expect(try value(bytes.map { UInt8($0) }).hasSuffix("!type"), "\(bytes)")
    }
    #expect(try value([0xC1, 0x05]) == "x=5")
    #expect(try value([0xF6]) == "x=null!missing" && value([0xF7]) == "x=null!missing")
    #expect(try value([0xF5]) == "x=true!type" && value([0x61, 0x31]) == "x='1'!type")
  }

  @Test("Lists, maps and texts of any length; other values and the tag of CBOR are passed over")
  func lengths() throws {
    let open: [UInt8] =
      [0xD9, 0xD9, 0xF7, 0x9F, 0xBF, 0x00, 0x7F, 0x62] + Array("te".utf8) + [0x60, 0x61] + Array("m".utf8)
      + [0xFF, 0x02, 0x05, 0x18, 0x63, 0x82, 0xA1, 0x01, 0x9F, 0x5F, 0x41, 0x00, 0xFF, 0xFF, 0x40, 0xFF, 0xFF]
    #expect(try format.records(of: open).map(\.fields) == [["tem=5"]])
    #expect(
      try format.records(
        of: pack([(0, .text("d")), (8, .raw([0x42, 1, 2]))], [(0, .text("e")), (3, .raw([0x61, 0xFF]))])
      )
      .map(\.fields) == [["d=object", "e=object!type"]])
    let deep = [UInt8](repeating: 0x81, count: 40) + [0x01]
    #expect(refusal(pack([(0, .text("x")), (99, .raw(deep))]))?.detail.contains("deep") == true)
    #expect(
      try format.records(of: pack([(0, .text("x")), (2, .integer(1)), (99, .raw(Array(deep[10...])))])).count == 1)
    let tags = [UInt8](repeating: 0xC1, count: 100_000) + [0x05]
    #expect(try value(tags) == "x=5")
  }

  @Test("What is no pack is refused with what was expected")
  func refused() {
    let no = DeadLetterReason.malformed
    #expect(refusal([])?.reason == .empty && refusal([0x80])?.reason == .noMetric)
    #expect(refusal([0xA0])?.reason == no && refusal([0x81, 0x01])?.reason == no && refusal([0xFF])?.reason == no)
    #expect(refusal([0x9F])?.reason == no && refusal([0x81, 0xA1, 0xFF, 0x01])?.reason == no)
    #expect(refusal([0x81, 0xA1, 0x00, 0x7F, 0x41, 0x00, 0xFF])?.detail.contains("pieces") == true)
    #expect(refusal([0x81, 0xA1, 0x00, 0x1C])?.detail == "no CBOR value begins at byte 3")
    #expect(refusal(Array(bin.dropLast()))?.detail.hasPrefix("the payload ends in the value of byte") == true)
    #expect(refusal(bin + [0])?.detail == "something follows the pack, which ends at byte \(bin.count)")
    #expect(refusal([0x9B] + [UInt8](repeating: 0xFF, count: 8))?.reason == no)
    #expect(refusal([0x81, 0xBB] + [UInt8](repeating: 0xFF, count: 8))?.reason == no)
    #expect(refusal([0x81, 0xA1, 0x00, 0x7B] + [UInt8](repeating: 0xFF, count: 8))?.reason == no)
    let unknown = CBORWriter.bytes(.list([.map([(.text("x_"), .integer(1))])]))
    #expect(refusal(unknown)?.detail.contains("'x_'") == true)
  }

  @Test("More values than are kept refuse nothing here and are told")
  func overfull() {
    let one: [(Int64, Value)] = [(0, .text("x")), (2, .integer(1)), (6, .integer(1))]
    let bytes = CBORWriter.bytes(
      .list((0..<20_000).map { _ in .map(one.map { (.integer($0.0), $0.1) }) }))
    let records = FieldRecords()
    bytes.withUnsafeBytes { #expect(format.read($0, into: records) == nil) }
    #expect(records.isOverfull && records.fields.count == FieldRecords.mostFields)
  }

  @Test("Packs that are cut off or changed are answered, whatever they are")
  func hostile() {
    let odd = pack(
      [
        (-2, .text("x/")), (-5, .raw([0xC4, 0x82, 0x21, 0x19, 0x6A, 0xB3])), (0, .raw([0x7F, 0x61, 0x61, 0xFF])),
        (6, .double(1e9)),
      ],
      [(5, .integer(4)), (-6, .integer(.max)), (3, .text("on")), (99, .raw([0xBF, 0x01, 0x9F, 0xFF, 0xFF]))])
    readHostile(
      format, examples: [bin, odd, [0x9F, 0xBF, 0x00, 0x61, 0x61, 0x02, 0xF9, 0x3C, 0x00, 0xFF, 0xFF]], changes: 3000,
      seed: testSeed())
  }
}

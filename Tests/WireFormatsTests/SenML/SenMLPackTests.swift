import Simulator
import Telemetry
import TestSupport
import Testing
import WireFormats

/// How base values, names, times and sums of a pack are resolved.
@Suite
struct SenMLPackTests {
  private typealias Value = CBORWriter.Value

  /// `device metric=value unit time`, of each value.
  private func values(_ records: [[(String, Value)]]) throws -> [String] {
    let pack = CBORWriter.bytes(.list(records.map { .map($0.map { (.text($0.0), $0.1) }) }))
    return try SenMLCBOR().records(of: pack).flatMap { record in
      let device = record.fields.first { $0.hasPrefix("_device=") }?.dropFirst(8) ?? "-"
      let time =
        switch record.time {
        case .unknown: "?"
        case .at(let moment): "\(moment.microseconds)"
        case .sinceReceipt(let span): "now\(span.microseconds)"
        }
      return record.fields.filter { !$0.hasPrefix("_") }.map { "\(device) \($0) \(time)" }
    }
  }

  private func refusal(_ records: [[(String, Value)]]) -> Refusal? {
    do {
      _ = try values(records)
      return nil
    } catch { return error as? Refusal }
  }

  private func one(_ fields: (String, Value)...) throws -> [String] { try values([fields]) }

  @Test("A base name and a name part themselves; one alone is parted behind its last separator, but for a URN's id")
  func names() throws {
    func name(_ base: String?, _ name: String?) throws -> String {
      var fields: [(String, Value)] = [("v", .integer(1)), ("u", .text("Cel"))]
      if let base { fields.append(("bn", .text(base))) }
      if let name { fields.append(("n", .text(name))) }
      return try values([fields]).map { String($0.dropLast(2)) }.joined()
    }
    #expect(try name("urn:dev:ow:10e2:", "voltage") == "'urn:dev:ow:10e2' voltage=1 Cel")
    #expect(try name("urn:dev:ow:10e2", "/room1/t") == "'urn:dev:ow:10e2' /room1/t=1 Cel")
    #expect(try name(nil, "urn:dev:ow:10e2:voltage") == "'urn:dev:ow:10e2' voltage=1 Cel")
    #expect(try name("urn:dev:ow:10e2", nil) == "'urn:dev:ow:10e2' Cel=1 Cel")
    #expect(try name(nil, "urn:dev:ow:10e2") == "'urn:dev:ow:10e2' Cel=1 Cel")
    #expect(try name("urn:dev:ow:10e2:", nil) == "'urn:dev:ow:10e2' Cel=1 Cel")
    #expect(try name(nil, "urn:imei:35") == "'urn:imei:35' Cel=1 Cel")
    #expect(try name(nil, "urn:imei:35/t") == "'urn:imei:35' t=1 Cel")
    #expect(try name(nil, "urn:dev:ow") == "'urn:dev:ow' Cel=1 Cel")
    #expect(try name("2001:db8::2/", "humidity") == "'2001:db8::2' humidity=1 Cel")
    #expect(try name(nil, "2001:db8::2/humidity") == "'2001:db8::2' humidity=1 Cel")
    #expect(try name(nil, "temperature") == "- temperature=1 Cel")
    #expect(try name("/", "temperature") == "- temperature=1 Cel")
    #expect(try name("/", nil) == "- Cel=1 Cel" && name(nil, nil) == "- Cel=1 Cel" && name("", "") == "- Cel=1 Cel")
    #expect(try one(("bn", .text("urn:dev:ow:1")), ("v", .integer(2))) == ["'urn:dev:ow:1' value=2 ?"])
  }

  @Test("Base fields hold from their record on, until the next of the kind")
  func base() throws {
    let found = try values([
      [("bn", .text("a/")), ("bu", .text("V")), ("bv", .integer(100)), ("bt", .integer(1_763_700_000))],
      [("n", .text("x")), ("v", .integer(1))],
      [("n", .text("y")), ("v", .double(0.5)), ("u", .text("A")), ("t", .integer(1))],
      [("bn", .text("b/")), ("bu", .text("W")), ("bv", .integer(0)), ("n", .text("x")), ("v", .integer(7))],
      [("n", .text("z"))],
      [("n", .text("s")), ("vs", .text("on"))],
    ])
    #expect(
      found == [
        "'a' x=101 V 1763700000000000", "'a' y=100.5 A 1763700001000000", "'b' x=7 W 1763700000000000",
        "'b' z=0 W 1763700000000000", "'b' s='on' W 1763700000000000",
      ])
  }

  @Test("Whole numbers stay whole, with a base value too, as far as 64 bits go")
  func exact() throws {
    func sum(_ base: Value, _ value: Value) throws -> String {
      try one(("n", .text("x")), ("bv", base), ("v", value)).joined()
    }
    #expect(try sum(.integer(1 << 62), .integer(1 << 62)) == "- x=9223372036854775808 ?")
    #expect(try sum(.integer(.min), .integer(-1)) == "- x=unheld!overflow ?")
    #expect(try sum(.integer(-1), .raw([0x1B] + [UInt8](repeating: 0xFF, count: 8))) == "- x=18446744073709551614 ?")
    #expect(try sum(.double(1e308), .double(1e308)) == "- x=inf!not-finite ?")
    #expect(try sum(.integer(1), .text("2")) == "- x='2'!type ?")
    #expect(try sum(.integer(1), .raw([0xF6])) == "- x=1 ?")
  }

  @Test("Sums are fields of their own, in the unit times seconds where that has a name")
  func sums() throws {
    #expect(
      try one(("n", .text("p")), ("u", .text("W")), ("v", .integer(2)), ("s", .integer(3600)))
        == ["- p=2 W ?", "- p/sum=3600 J ?"])
    #expect(
      try values([
        [("bs", .integer(10)), ("bn", .text("d:"))], [("n", .text("p")), ("u", .text("A")), ("s", .integer(5))],
      ])
        == ["'d' p/sum=15 ?"])
    #expect(try one(("bs", .integer(10)), ("n", .text("p")), ("v", .integer(1))) == ["- p=1 ?", "- p/sum=10 ?"])
    #expect(try one(("n", .text("p")), ("s", .text("x"))) == ["- p/sum='x'!type ?"])
  }

  @Test("Units that SenML calls otherwise are told by their UCUM codes")
  func units() throws {
    let codes = [
      "%": "1", "/": "1", "%RH": "%", "%EL": "%", "1/s": "Hz", "lat": "deg", "Cel": "Cel", "kWh": "kWh", "/100": "%",
    ]
    for (symbol, code) in codes {
      #expect(try one(("n", .text("x")), ("u", .text(symbol)), ("v", .integer(1))) == ["- x=1 \(code) ?"])
    }
  }

  @Test("Times of 2^28 s or more are of 1970, others of the receipt, zero is unknown; fractions to the microsecond")
  func times() throws {
    func time(_ base: Value?, _ own: Value?) throws -> String {
      var fields: [(String, Value)] = [("n", .text("x")), ("v", .integer(1))]
      if let base { fields.append(("bt", base)) }
      if let own { fields.append(("t", own)) }
      return String(try values([fields]).joined().dropFirst(4))
    }
    #expect(try time(nil, nil) == "1 ?" && time(.integer(0), .integer(0)) == "1 ?")
    #expect(try time(.integer(5), .integer(-5)) == "1 ?")
    #expect(try time(nil, .integer(-60)) == "1 now-60000000")
    #expect(try time(nil, .integer(268_435_455)) == "1 now268435455000000")
    #expect(try time(nil, .integer(268_435_456)) == "1 268435456000000")
    #expect(try time(.double(1_276_020_076.001), .integer(-5)) == "1 1276020071001000")
    #expect(try time(.double(1_763_700_000.1), .double(0.2)) == "1 1763700000300000")
    #expect(try time(.raw([0xC4, 0x82, 0x22, 0x1B, 0, 0, 1, 0x9A, 0xA4, 0xA8, 0x12, 0x34]), nil).hasPrefix("1 17"))
    #expect(try time(nil, .integer(-268_435_456)) == "1!overflow ?")
    #expect(try time(nil, .double(1e300)) == "1!overflow ?" && time(nil, .integer(.max)) == "1!overflow ?")
    #expect(try time(nil, .integer(1 << 40)) == "1!overflow ?")
    #expect(try time(.integer(9_223_372_036_854), .integer(9_223_372_036_854)) == "1!overflow ?")
    #expect(try time(nil, .text("now")) == "1!type ?" && time(nil, .raw([0xF9, 0x7E, 0])) == "1!not-finite ?")
  }

  @Test("Values of one device and time stand together, and a name that comes again begins a record")
  func grouping() throws {
    func record(_ name: String, _ time: Int64, base: String? = nil) -> Value {
      let base: [(Value, Value)] = base.map { [(.text("bn"), .text($0))] } ?? []
      return .map(base + [(.text("n"), .text(name)), (.text("t"), .integer(time)), (.text("v"), .integer(1))])
    }
    let pack = CBORWriter.bytes(
      .list([
        record("t", -2, base: "a:"), record("h", -2), record("t", -1), record("t", -1), record("h", -1, base: "b:"),
        record("h", -1, base: "b/"), record("t", -1),
      ]))
    let found = try SenMLCBOR().records(of: pack).map { $0.fields.filter { $0.hasSuffix("=1") } }
    #expect(found == [["t=1", "h=1"], ["t=1"], ["t=1"], ["h=1"], ["h=1", "t=1"]])
    // So many names that they are put into two records.
    let many = CBORWriter.bytes(.list((0..<1500).map { record("n\($0)", -2) }))
    #expect(try SenMLCBOR().records(of: many).map(\.fields.count) == [1024, 476])
  }

  @Test("One value a record: of two nobody knows which counts; null is a field that is left out")
  func values() throws {
    #expect(try one(("n", .text("x")), ("v", .integer(1)), ("vs", .text("a"))) == ["- x=list!type ?"])
    #expect(try one(("n", .text("x")), ("v", .raw([0xF6])), ("vs", .text("a"))) == ["- x='a' ?"])
    #expect(try one(("n", .text("x")), ("v", .raw([0xF6])), ("u", .raw([0xF6]))) == ["- x=null!missing ?"])
    #expect(try one(("n", .text("x")), ("v", .integer(1)), ("v", .integer(2))) == ["- x=1 ?"])
    #expect(try one(("n", .text("x")), ("vb", .integer(1))) == ["- x=1!type ?"])
    #expect(try one(("n", .text("x")), ("vd", .text("aGk"))) == ["- x=object ?"])
    #expect(try one(("n", .text("x")), ("u", .integer(1)), ("v", .integer(1))) == ["- x=1!type ?"])
  }

  @Test("What makes all that follows wrong refuses the pack")
  func refused() {
    let value: [(String, Value)] = [("n", .text("x")), ("v", .integer(1))]
    for version in [Value.integer(10), .integer(5), .double(10)] {
      #expect(refusal([[("bver", version)] + value]) == nil)
    }
    for version in [Value.integer(11), .text("10"), .double(10.5), .raw([0xF9, 0x7E, 0])] {
      #expect(refusal([[("bver", version)] + value])?.reason == .malformed)
    }
    for label in ["bn", "bu", "bv", "bs"] {
      #expect(refusal([value, [(label, .list([]))]])?.detail.contains("\(label) is a") == true)
      #expect(refusal([value, [(label, .list([]))]])?.detail.contains("record 2") == true)
    }
    #expect(refusal([[("bt", .text("x"))] + value])?.reason == .time)
    #expect(refusal([[("bt", .double(1e300))] + value])?.reason == .time)
    #expect(refusal([[("n", .integer(1)), ("v", .integer(1))]])?.reason == .malformed)
    #expect(refusal([[("new_", .integer(1))] + value])?.reason == .malformed)
    #expect(refusal([[("new", .integer(1))] + value]) == nil)
    #expect(refusal([[("bn", .text("x"))]])?.reason == .noMetric)
    #expect(refusal([])?.reason == .noMetric)
  }

  @Test("Random packs read as a slow resolver has them")
  func random() throws {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<2000 {
      let pack = SenMLReference.Record.randomPack(&random)
      let expected = SenMLReference.values(of: pack)
      let found = try? values(pack.map { $0.fields })
      #expect(found ?? [] == expected, "\(pack)")
    }
  }
}

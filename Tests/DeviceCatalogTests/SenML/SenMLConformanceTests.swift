import Foundation
import TestSupport
import Testing
import WireFormats

@testable import DeviceCatalog

/// The examples of RFC 8428, with the resolved forms and the CBOR packs that its authors keep.
@Suite
struct SenMLConformanceTests {
  private static let folder = conformanceFolder("senml")
  /// "Now" in the resolved forms.
  private static let now = 1_498_780_179.0

  private func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: try #require(Self.folder).appendingPathComponent(name)))
  }

  private func resolved(_ name: String) throws -> [[String: Any]] {
    try #require(try JSONSerialization.jsonObject(with: Data(bytes(name))) as? [[String: Any]])
  }

  private func expect(_ found: [SenMLPacks.Value], _ expected: [[String: Any]], _ pack: String) throws {
    try #require(found.count == expected.count, "\(pack)")
    for (value, record) in zip(found, expected) {
      let name = try #require(record["n"] as? String)
      let unit = try #require(record["u"] as? String)
      let isWhole = name == value.device && value.metric == unit
      let isParted = name == "\(value.device):\(value.metric)" || name == "\(value.device)/\(value.metric)"
      #expect(isWhole || isParted, "\(pack): \(name)")
      #expect(["%RH": "%", "%EL": "%", "lon": "deg", "lat": "deg", "/": "1"][unit] ?? unit == value.unit, "\(pack)")
      #expect(Number("\(try #require(record["v"] as? NSNumber))") == value.valueText.flatMap { Number($0) })
      let time =
        switch value.time {
        case .unknown: Self.now
        case .at(let moment): Double(moment.microseconds) / 1e6
        case .sinceReceipt(let span): Self.now + Double(span.components.seconds)
        }
      #expect(time == record["t"] as? Double, "\(pack): \(name)")
    }
  }

  @Test(
    "Each pack with a resolved form reads as that, and the resolved form as itself",
    .enabled(if: folder != nil, "shared/conformance/senml is absent"),
    arguments: ["ex1", "ex2", "ex3", "ex5", "ex6", "ex8", "ex9", "ex11"])
  func pairs(pack: String) throws {
    let expected = try resolved("\(pack).gen.resolved.json")
    try expect(SenMLPacks.read(json: bytes("\(pack).json")), expected, pack)
    try expect(SenMLPacks.read(json: bytes("\(pack).gen.resolved.json")), expected, pack)
  }

  @Test(
    "CBOR packs read as the resolved forms of their JSON",
    .enabled(if: folder != nil, "shared/conformance/senml is absent"),
    arguments: ["ex3", "ex5"])
  func cbor(pack: String) throws {
    try expect(SenMLPacks.read(cbor: bytes("\(pack).gen.cbor")), resolved("\(pack).gen.resolved.json"), pack)
  }

  @Test(
    "A pack without a resolved form: addresses that are names, times of a fraction",
    .enabled(if: folder != nil, "shared/conformance/senml is absent"))
  func unresolved() throws {
    let found = try SenMLPacks.read(json: bytes("ex13.json"))
    #expect(found.map(\.text) == ["2001:db8 3=0.5 1", "2001:db8 4=0.5 1", "2001:db8 3=0 1", "2001:db8 4=0 1"])
    #expect(
      found.map(\.time)
        == [1_320_078_429_000_000, 1_320_078_429_000_000, 1_320_078_429_100_000, 1_320_078_429_100_000]
        .map { .at(.init(microseconds: $0)) })
  }

  @Test(
    "Every unit of RFC 8428 is one of units.yaml, or is listed here",
    .enabled(if: folder != nil, "shared/conformance/senml is absent"))
  func units() throws {
    let text = String(decoding: try bytes("rfc8428-units.txt"), as: UTF8.self)
    let rows = text.matches(of: /\|\s+(\S+) \|.*\| float \|/).map { String($0.output.1) }
    #expect(rows.count == 58)
    let files = CatalogueFiles(CatalogueFiles.builtIn.all.filter(\.isUnitTable))
    let table = try Catalogue(files).units
    let missing = rows.filter { symbol in
      let code = SenMLPacks.unitCode(symbol)
      return table[code] == nil && !table.all.contains { $0.spellings.contains(code) }
    }
    // F, farad, is told as what people write for degrees Fahrenheit: there is no dimension of its own.
    #expect(
      missing == [
        "cd", "mol", "sr", "S", "Wb", "T", "H", "lm", "Bq", "Gy", "Sv", "kat", "cd/m2", "bit", "bit/s", "dBW",
        "Bspl",
      ])
  }
}

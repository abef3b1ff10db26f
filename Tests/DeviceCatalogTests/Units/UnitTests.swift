import DeviceCatalog
import Foundation
import FoundationXML
import StrictYAML
import Testing

@Suite
struct UnitTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../../shared/conformance/ucum").standardized
  static let hasUCUM = FileManager.default.fileExists(atPath: folder.appendingPathComponent("ucum-essence.xml").path)

  private func reference() throws -> UCUMReference {
    try UCUMReference(essence: Self.folder.appendingPathComponent("ucum-essence.xml"))
  }

  @Test("The table has 60 codes in 15 dimensions and more, each with its names in English and Chinese")
  func size() throws {
    let units = try Catalogue(.builtIn).units.all
    #expect(units.count >= 60)
    #expect(Set(units.map(\.dimension)).count >= 15)
    for unit in units { #expect(unit.names.keys.sorted() == ["en", "zh"], "\(unit.code)") }
  }

  @Test("No spelling stands for two units, and none is a code of another unit")
  func spellings() throws {
    let units = try Catalogue(.builtIn).units.all
    var seen: [String: String] = [:]
    for unit in units {
      for spelling in unit.spellings {
        #expect(seen[spelling] == nil, "\(spelling): \(unit.code) and \(seen[spelling] ?? "")")
        #expect(!units.contains { $0.code == spelling && $0.code != unit.code }, "\(spelling)")
        seen[spelling] = unit.code
      }
    }
  }

  @Test(
    "Units of everyday life come out as everybody knows them",
    arguments: [
      ("[degF]", 212.0, 100.0), ("K", 273.15, 0), ("km/h", 36, 10), ("bar", 1, 100), ("m[H2O]", 10, 98.0665),
      ("MJ", 3.6, 1), ("/min", 3000, 50), ("[psi]", 100, 689.4757293168361), ("[gal_us]", 1000, 3.785411784),
    ])
  func everyday(code: String, value: Double, canonical: Double) throws {
    let unit = try #require(Catalogue(.builtIn).units[code])
    #expect(abs(value * unit.factor + unit.offset - canonical) <= 1e-12 * max(1, abs(canonical)))
  }

  @Test(
    "What people write for a unit is refused with the code",
    arguments: [
      ("°C", "Cel"), ("psi", "[psi]"), ("kWh", "kW.h"), ("m³/h", "m3/h"), ("摄氏度", "Cel"), ("kPA", "kPa"), ("Mg", "mg"),
      ("Celsius", "Cel"), ("fahrenheit", "[degF]"), ("KELVIN", "K"), ("Watts", "W"), ("PSI", "[psi]"), ("摄氏", "Cel"),
      ("分贝", "dB[SPL]"),
    ])
  func hints(word: String, code: String) throws {
    #expect(try refusal(of: word).hasPrefix("no unit '\(word)' (did you mean '\(code)'?)"))
  }

  @Test(
    "What is measured, and a word in the names of several units, means none of them",
    arguments: ["pressure", "Power", "square", "us", "立方", "furlong"])
  func noHint(word: String) throws {
    #expect(try refusal(of: word).hasPrefix("no unit '\(word)'; "))
  }

  private func refusal(of unit: String) throws -> String {
    let profile = CatalogueTests.profile.replacing("unit: Cel", with: "unit: \"\(unit)\"")
    return try #require(throws: YAMLError.self) {
      try Catalogue(
        CatalogueFiles(
          CatalogueFiles.builtIn.all + [CatalogueFiles.File(name: "p.yaml", text: profile, isBuiltIn: false)]))
    }.message
  }

  // MARK: Against UCUM's own tables and cases

  @Test("The reference passes UCUM's own conversion cases", .enabled(if: hasUCUM, "shared/conformance/ucum is absent"))
  func referenceIsRight() throws {
    let reference = try reference()
    let cases = try ConversionCases(file: Self.folder.appendingPathComponent("UcumFunctionalTests.xml")).all
    #expect(cases.count >= 28)
    for test in cases {
      let source = try reference.quantity(test.source)
      let target = try reference.quantity(test.target)
      #expect(source.exponents == target.exponents, "\(test.id)")
      let outcome = test.value * source.factor / target.factor
      // The cases give two to four digits where their value has as many.
      #expect(abs(outcome - test.outcome) <= 0.02 * abs(test.outcome), "\(test.id): \(outcome), \(test.outcome)")
    }
  }

  @Test(
    "Every factor is UCUM's, and every dimension one dimension",
    .enabled(if: hasUCUM, "shared/conformance/ucum is absent"))
  func factors() throws {
    let reference = try reference()
    let table = try Catalogue(.builtIn).units
    var checked = 0
    for unit in table.all where unit.offset == 0 {
      let canonical = table.canonicalCode(of: unit)
      guard !reference.isSpecial(unit.code) else {
        // A scale of its own: nothing to convert with.
        #expect(unit.code == canonical, "\(unit.code)")
        continue
      }
      if canonical == "Cel" { continue }
      let (from, to) = (try reference.quantity(unit.code), try reference.quantity(canonical))
      #expect(from.exponents == to.exponents, "\(unit.code) in \(canonical)")
      #expect(abs(unit.factor / (from.factor / to.factor) - 1) < 1e-14, "\(unit.code): \(from.factor / to.factor)")
      checked += 1
    }
    #expect(checked >= 60)
  }
}

/// The conversion cases of UCUM's functional tests.
private final class ConversionCases: NSObject, XMLParserDelegate {
  struct Case {
    let id: String
    let value: Double
    let source: String
    let target: String
    let outcome: Double
  }

  private(set) var all: [Case] = []
  private var isInside = false

  init(file: URL) throws {
    super.init()
    let parser = XMLParser(data: try Data(contentsOf: file))
    parser.delegate = self
    guard parser.parse() else { throw parser.parserError ?? UCUMReference.Unknown(code: file.path) }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    if name == "conversion" { isInside = true }
    guard isInside, name == "case", let value = attributes["value"].flatMap(Double.init),
      let source = attributes["srcUnit"], let target = attributes["dstUnit"],
      let outcome = attributes["outcome"].flatMap(Double.init)
    else { return }
    all.append(Case(id: attributes["id"] ?? "", value: value, source: source, target: target, outcome: outcome))
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    if name == "conversion" { isInside = false }
  }
}

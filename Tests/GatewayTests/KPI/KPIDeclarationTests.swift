import DeviceCatalog
import Foundation
import StrictYAML
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// The declarations that come with the build, and what is said of wrong ones.
@Suite
struct KPIDeclarationTests {
  private let listing: CatalogueListing

  init() throws {
    listing = CatalogueListing(try Catalogue(.builtIn).profiles)
  }

  @Test("Every built-in KPI asks for metrics, units, states and profiles that the built-in profiles have")
  func namesWhatExists() {
    #expect(KPICatalogue.builtIn.all.count >= 12)
    for kpi in KPICatalogue.builtIn.all {
      #expect(kpi.problems(with: listing).isEmpty, "\(kpi.file):\(kpi.line)")
    }
    let names = KPICatalogue.builtIn.all.map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test("Every built-in KPI groups by, and filters by, tags that a profile of it has")
  func tagsExist() {
    for kpi in KPICatalogue.builtIn.all {
      let metrics = Set(kpi.formula.measures.map(\.source.metric))
      let profiles = listing.profiles.filter { profile in
        kpi.formula.filters.contains { $0.includes(profile: profile.profile) }
          && (metrics.isEmpty || profile.metrics.contains { metrics.contains($0.metric) })
      }
      let tags = Set(profiles.flatMap(\.tags) + ["device", "code"])
      for name in kpi.groupBy + kpi.formula.filters.flatMap(\.tags).map(\.name) {
        #expect(tags.contains(name), "\(kpi.name): \(name)")
      }
    }
  }

  @Test("Every built-in KPI is described in both languages, and what is divided is said so")
  func descriptions() {
    for kpi in KPICatalogue.builtIn.all {
      for chinese in [kpi.title.zh, kpi.definition.zh] {
        #expect(chinese.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }, "\(kpi.name)")
      }
      #expect(kpi.definition.en.hasSuffix(".") && kpi.definition.zh.hasSuffix("。"), "\(kpi.name)")
      if kpi.formula.isRatio {
        #expect(kpi.definition.en.contains(" ÷ ") && kpi.definition.zh.contains("÷"), "\(kpi.name)")
      }
    }
  }

  @Test("What profiles do not have is told")
  func problems() throws {
    func problems(_ form: String) throws -> [String] {
      let text = "kpis:\n  - kpi: x\n    \(KPITestCatalogue.words(unit: "\"%\""))\n    \(form)\n"
      return try KPICatalogue.builtIn.adding(text, file: "k").declaration(called: "x").problems(with: listing)
    }
    #expect(
      try problems("sum: { metric: weight_aded, fn: sum, unit: kg }")
        == ["no profile of it has a metric 'weight_aded' (did you mean 'weight_added'?)"])
    #expect(
      try problems("sum: { metric: weight_added, fn: sum, unit: g }") == ["'weight_added' is stored in kg, not in g"])
    #expect(
      try problems("sum: { metric: weight_added, fn: increase, unit: kg }")
        == ["fn: increase is not for 'weight_added', which is of the kind event"])
    #expect(
      try problems("time_share: { metric: facilities, states: [broken] }")
        == ["'facilities' has no state 'broken'; it has faulty, working"])
    #expect(
      try problems("device_share: { metric: facilities, fn: last, is: [broken] }").first?.contains("no state") == true)
    #expect(
      try problems("heard_share: { where: { profile: warping-machin } }")
        == ["there is no profile 'warping-machin' (did you mean 'warping-machine'?)"])
  }

  @Test("A declaration of a built-in name replaces it; another is added")
  func replaces() throws {
    let words = KPITestCatalogue.words(unit: "kg")
    let text = """
      kpis:
        - kpi: kitchen-waste
          \(words)
          sum: { metric: weight, fn: sum, unit: kg }
        - kpi: mine
          \(words)
          sum: { metric: weight, fn: sum, unit: kg }
      """
    let kpis = try KPICatalogue.builtIn.adding(text, file: "mine.yaml")
    #expect(kpis.all.count == KPICatalogue.builtIn.all.count + 1)
    let replaced = try kpis.declaration(called: "kitchen-waste")
    #expect(!replaced.isBuiltIn && replaced.title.en == "Test" && replaced.file == "mine.yaml" && replaced.line == 2)
    #expect(kpis.all.map(\.name) == kpis.all.map(\.name).sorted())
  }

  /// What is wrong with a declaration, by what stands in it, and what is said of it.
  private static let wrong: [(form: String, message: String)] = [
    ("summ: { metric: w, fn: sum, unit: kg }", "k.yaml:9:5: kpis[0].summ: unknown key 'summ' (did you mean 'sum'?)"),
    (
      "unitt: kg",
      "k.yaml:9:5: kpis[0].unitt: unknown key 'unitt' (did you mean 'unit'?)"
    ),
    ("", "k.yaml:2:5: kpis[0]: 'x' is made by exactly one of sum, ratio, time_share"),
    (
      "sum: { metric: w, fn: count }\n    completeness: {}",
      "k.yaml:2:5: kpis[0]: 'x' is made by exactly one of sum, ratio, time_share, device_share, minute_share, heard_share, completeness; here stand sum, completeness"
    ),
    ("sum: { metric: w, fn: summ, unit: kg }", "k.yaml:9:27: kpis[0].sum.fn: 'summ' is none of count, bad_count, sum"),
    ("sum: { metric: w, fn: sum }", "kpis[0].sum.fn: fn: sum needs 'unit' beside it"),
    ("sum: { metric: w, fn: count, unit: kg }", "kpis[0].sum.unit: fn: count has no unit"),
    ("sum: { metric: w, fn: count, states: [a] }", "kpis[0].sum.states: only fn: seconds has states"),
    ("sum: { metric: w, fn: count, tims: 2 }", "unknown key 'tims' (did you mean 'times'?)"),
    ("sum: { metric: w, fn: count, times: two }", "kpis[0].sum.times: expected a number"),
    ("sum: { fn: count }", "kpis[0].sum: the key 'metric' is missing"),
    ("sum: []", "kpis[0].sum: expected at least one term"),
    ("ratio: { part: { metric: w, fn: count } }", "kpis[0].ratio: the key 'whole' is missing"),
    ("ratio: { part: { metric: w, fn: count }, wole: 1 }", "unknown key 'wole' (did you mean 'whole'?)"),
    (
      "time_share: { metric: w, states: [a], of: [b, c] }",
      "kpis[0].time_share.states: 'a' is none of the states under 'of'"
    ),
    ("time_share: { metric: w, states: [a] }", "kpis[0].unit: a time_share is in %"),
    ("device_share: { metric: w, fn: mean, unit: kg }", "one of 'is', 'at_least' and 'at_most' is missing"),
    ("device_share: { metric: w, fn: mean, unit: kg, at_least: 2, at_most: 1 }", "it never holds"),
    ("device_share: { metric: w, fn: mean, is: [a] }", "kpis[0].device_share.is: 'is' names states"),
    ("device_share: { metric: w, fn: last, is: [a], at_most: 1 }", "kpis[0].device_share.at_most: 'is' stands alone"),
    (
      "device_share: { metric: w, fn: last, is: [a], of: herd }",
      "'herd' is none of heard, listed (did you mean 'heard'?)"
    ),
    (
      "minute_share: { metric: w, unit: kg, within: [2, 1] }",
      "kpis[0].minute_share.within: expected [lowest, greatest]"
    ),
    ("minute_share: { metric: w, within: [1, 2] }", "kpis[0].minute_share: the key 'unit' is missing"),
    ("completeness: { were: {} }", "unknown key 'were' (did you mean 'where'?)"),
    ("completeness: { where: { profile: [] } }", "kpis[0].completeness.where.profile: expected at least one"),
  ]

  @Test("A wrong declaration is refused with file, line, key and what is expected", arguments: wrong)
  func refused(form: String, message: String) throws {
    let text = "kpis:\n  - kpi: x\n    \(KPITestCatalogue.words(unit: "kg"))\n    \(form)\n"
    let error = #expect(throws: YAMLError.self) { _ = try KPICatalogue.builtIn.adding(text, file: "k.yaml") }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test(
    "Names, windows, spans and texts are checked",
    arguments: [
      ("kpi: x", "kpi: X y", "2:10: kpis[0].kpi: 'X y' is no name of a KPI"),
      ("window: 15m", "window: 7m", "6:13: kpis[0].window: '7m': expected 1d"),
      ("span: 1h", "span: 400d", "7:11: kpis[0].span: expected 1m to 366d"),
      ("group_by: [site]", "group_by: []", "8:15: kpis[0].group_by: expected at least one"),
      (", zh: 测试", "", "3:12: kpis[0].title: the key 'zh' is missing"),
    ])
  func wordsRefused(right: String, wrong: String, message: String) throws {
    let text =
      "kpis:\n  - kpi: x\n    \(KPITestCatalogue.words(unit: "kg"))\n    sum: { metric: w, fn: count }\n"
    _ = try KPICatalogue.builtIn.adding(text, file: "k.yaml")
    let error = #expect(throws: YAMLError.self) {
      _ = try KPICatalogue.builtIn.adding(text.replacing(right, with: wrong), file: "k.yaml")
    }
    #expect(error?.description.hasPrefix("k.yaml:\(message)") == true, "\(error?.description ?? "")")
  }

  @Test("The configuration names the file; what is wrong in it is told with the file's name")
  func configuration() throws {
    let scratch = try ScratchDirectory()
    let file = try scratch.file("ganglion.yaml", "mqtt: { url: mqtt://b }\nkpis: kpis.yaml\n")
    let missing = #expect(throws: YAMLError.self) { _ = try GatewayConfiguration(file: file) }
    #expect(missing?.description.contains(":2:7: kpis: the file") == true)
    try scratch.file("kpis.yaml", KPITestCatalogue.text)
    #expect(try GatewayConfiguration(file: file).kpis.all.contains { $0.name == "minutes-mild" })
    try scratch.file("kpis.yaml", "kpi: x")
    let wrong = #expect(throws: YAMLError.self) { _ = try GatewayConfiguration(file: file) }
    #expect(wrong?.description.hasSuffix("kpis.yaml:1:1: kpi: unknown key 'kpi' (did you mean 'kpis'?)") == true)
  }

  @Test("The documentation has every built-in KPI as it is declared")
  func page() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
      .standardized
    let page = try String(
      contentsOf: root.appendingPathComponent("Sources/Ganglion.docc/KPIs.md"), encoding: .utf8)
    #expect(
      page.contains(KPICatalogue.builtIn.markdown + "\n"), "put this table there:\n\(KPICatalogue.builtIn.markdown)")
    // What it shows as a declaration is one.
    let parts = page.components(separatedBy: "```yaml\n")
    #expect(parts.count > 1)
    for part in parts.dropFirst() {
      let text = String(part.prefix(upTo: try #require(part.firstRange(of: "```")).lowerBound))
      for kpi in try KPICatalogue.builtIn.adding(text, file: "KPIs.md").all {
        #expect(kpi.problems(with: listing).isEmpty, "\(kpi.name)")
      }
    }
  }
}

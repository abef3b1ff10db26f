import Simulator
import StrictYAML
import Telemetry
import TestSupport
import Testing
import WireFormats

@testable import DeviceCatalog

@Suite
struct NormalizationStepsTests {
  @Test("The steps lead where the normalizer does, for random metrics and values")
  func steps() throws {
    var random = RandomSource(seed: testSeed())
    let units = try Catalogue(.builtIn).units
    var metrics: [Metric] = []
    for number in 0..<60 {
      let text = random.metric(number)
      let profile = "profile: p\ntopics: [a]\npayload: json\ndevice: d\nmetrics: [\(text)]\n"
      metrics.append(try Profile(YAMLValue.parse(profile, file: "p.yaml"), units: units).metrics[0])
    }
    for metric in metrics {
      let normalizer = Normalizer(metric)
      defer { normalizer.deallocate() }
      for _ in 0..<200 {
        var text = random.text()
        var unit = ["", "", "Cel", "[degF]", "K", "kPa", "°C"].randomElement(using: &random) ?? ""
        text.withUTF8 { text in
          unit.withUTF8 { unit in
            let raw = random.raw(text: UnsafeRawBufferPointer(text))
            let unit = UnsafeRawBufferPointer(unit)
            let normal = normalizer.normalize(raw, unit: unit)
            let steps = NormalizationSteps(
              FoundValue(raw) ?? .null, remark: .good, unit: String(decoding: unit, as: UTF8.self), of: metric)
            #expect(steps.quality == normal.quality, "\(metric) \(raw) \(steps.sentences)")
            #expect(steps.number == normal.value, "\(metric) \(raw) \(steps.sentences)")
            #expect(!steps.sentences.isEmpty || steps.quality == .good)
          }
        }
      }
    }
  }
}

extension RandomSource {
  private mutating func chance(_ text: String) -> String { happens(onceIn: 2) ? text : "" }

  /// A metric of a profile, in YAML.
  fileprivate mutating func metric(_ number: Int) -> String {
    if happens(onceIn: 4) {
      return
        "{ name: m\(number), at: /m, kind: state, states: { \"0\": off, \"1\": on, 'true': yes, ON: on, \"-3\": bad } }"
    }
    let options = [
      chance("scale: \(Double.random(in: -3...3, using: &self))"),
      chance("offset: \(Int.random(in: -9...9, using: &self))"),
      chance("range: [-40, \(Int.random(in: 0...1000, using: &self))]"),
      chance("missing: [-999, 5, 0.5, 9007199254740993]"),
      ["", "text: number", "text: quantity"].randomElement(using: &self) ?? "", chance("unit_at: /u"),
    ].filter { !$0.isEmpty }
    let unit = ["Cel", "\"[degF]\"", "K"].randomElement(using: &self) ?? "Cel"
    return "{ \((["name: m\(number)", "at: /m", "kind: gauge", "unit: \(unit)"] + options).joined(separator: ", ")) }"
  }

  fileprivate mutating func text() -> String {
    ["", "on", "ON", "true", "21.5", "21,5 °C", "-999", "5 [degF]", "70 K", "5 kPa", "2 e", "1e200", "01"]
      .randomElement(using: &self) ?? ""
  }

  /// - Parameter text: where it is a text.
  fileprivate mutating func raw(text: UnsafeRawBufferPointer) -> WireFormats.RawValue {
    switch Int.random(in: 0..<12, using: &self) {
    case 0: .null
    case 1: .boolean(.random(using: &self))
    case 2: .integer(.random(in: -10...10, using: &self))
    case 3: .integer(.random(in: .min ... .max, using: &self))
    case 4: .integer([-999, 5, 9_007_199_254_740_993].randomElement(using: &self) ?? 0)
    case 5: .unsigned(.random(in: UInt64(Int64.max)...UInt64.max, using: &self))
    case 6: .double([0.5, 1, 0, -0.0, 5, 1e300, -1e151].randomElement(using: &self) ?? 0)
    case 7: .double(.random(in: -1000...1000, using: &self))
    case 8: .list
    case 9: .unheld
    default: .text(text)
    }
  }
}

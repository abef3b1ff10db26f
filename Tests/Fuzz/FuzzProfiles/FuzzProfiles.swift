import DeviceCatalog
import FuzzDriver
import StrictYAML
import Telemetry

// libFuzzer feeds the text of files, parted by lines of `%%%`; where there are several the first is a table of units.
// Either there is a catalogue, and what it says of itself holds together, or an error that names a file and a line.

private let units = """
  - dimension: mass
    canonical: kg
    units: [{ code: kg, factor: 1, en: kilogram }, { code: g, factor: 0.001, also: [gr] }]
  - dimension: temperature
    canonical: Cel
    units: [{ code: Cel, factor: 1 }, { code: "[degF]", factor: 0.5555555555555556, offset: -17.77777777777778 }]
  """

private func files(_ text: String) -> [CatalogueFiles.File] {
  let texts = text.split(separator: "\n%%%\n", omittingEmptySubsequences: false).prefix(4).map(String.init)
  let own = texts.enumerated().map { index, text in
    CatalogueFiles.File(
      name: index == 0 && texts.count > 1 ? "fuzz/units.yaml" : "fuzz/\(index).yaml", text: text, isBuiltIn: false)
  }
  return [CatalogueFiles.File(name: "units.yaml", text: units, isBuiltIn: true)] + own
}

private func check(_ error: YAMLError, of files: [CatalogueFiles.File]) {
  guard let file = files.first(where: { $0.name == error.file }) else { preconditionFailure("\(error)") }
  let lines = file.text.unicodeScalars.count { ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0) } + 1
  precondition(error.line >= 1 && error.line <= lines + 1 && error.column >= 1, "\(error)")
  precondition(error.description.hasPrefix("\(file.name):\(error.line):") && !error.message.isEmpty, "\(error)")
}

/// A topic of a template.
private func topic(of template: TopicTemplate) -> [UInt8] {
  var text = template.text
  for name in template.captureNames { text = text.replacing("{\(name)}", with: "x") }
  return Array(text.utf8)
}

private func check(_ profile: Profile, in catalogue: Catalogue) {
  precondition((1...256).contains(profile.metrics.count) && !profile.topics.isEmpty)
  for metric in profile.metrics {
    precondition(
      (metric.kind == .state) == (metric.unit == nil) && (metric.kind != .state) == metric.states.names.isEmpty)
    precondition(metric.scale.isFinite && metric.offset.isFinite && metric.modulus.isFinite && metric.modulus >= 0)
    precondition(metric.line >= 1)
    if let code = metric.canonicalUnit {
      precondition(catalogue.units[code]?.factor == 1 && catalogue.units[code]?.offset == 0, code)
    }
  }
  for template in profile.topics {
    precondition(TopicFilters.problem(with: template.filter) == nil, template.filter)
    topic(of: template).withUnsafeBytes { topic in
      guard let match = catalogue.matches(topic).first else { preconditionFailure(template.text) }
      precondition(catalogue.profiles[match.profile].priority >= profile.priority)
      precondition(Set(match.captures.keys) == Set(match.template.captureNames))
      let subscribed = catalogue.topicFilters.filter { TopicFilter($0).matches(topic) }
      precondition(subscribed.count == 1 || topic.first == UInt8(ascii: "$"), "\(template.text): \(subscribed)")
    }
  }
}

// The name is the one that libFuzzer's library looks for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzProfiles(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: start, count: count)
  // A file that is no UTF-8 is refused before.
  guard let text = String(validating: input, as: UTF8.self) else { return 0 }
  let files = files(text)
  do throws(YAMLError) {
    let catalogue = try Catalogue(CatalogueFiles(files))
    for profile in catalogue.profiles { check(profile, in: catalogue) }
    for filter in catalogue.topicFilters { precondition(TopicFilters.problem(with: filter) == nil, filter) }
    for unit in catalogue.units.all { precondition(unit.factor.isFinite && unit.factor != 0 && unit.offset.isFinite) }
    try ExampleRunner(catalogue).requireAll()
  } catch {
    check(error, of: files)
  }
  return 0
}

@main
enum FuzzProfiles {
  static func main() {
    fuzz({ fuzzProfiles($0, $1) })
  }
}

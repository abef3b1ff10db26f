import FuzzDriver
import StrictYAML
import Telemetry

@testable import DeviceCatalog
@testable import Gateway

// libFuzzer feeds one word, which is read as everything that is written in one: a place in a payload, a topic, a
// duration, a size, a number, a time, a broker's address, a unit. What is read means what is written.

private func checkPath(_ word: String) {
  guard let path = try? ValuePath(word) else { return }
  let written = path.steps.map { step in
    guard case .key(let key) = step else { return "/*" }
    if let index = ValuePath.index(of: key) { precondition(index >= 0 && String(index) == key, key) }
    return "/" + key.unicodeScalars.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }.joined()
  }.joined()
  // A number in front may have zeros before it.
  let digits = word.utf8.prefix { $0 >= 0x30 && $0 <= 0x39 }
  precondition(Int(String(decoding: digits, as: UTF8.self)) ?? 0 == path.levelsUp)
  precondition(Array(written.utf8) == Array(word.utf8.dropFirst(digits.count)), "\(path.steps)")
}

private func checkTopics(_ word: String) {
  if TopicFilters.problem(with: word) == nil { precondition(TopicFilters.cover([word, word]) == [word], word) }
  guard let template = try? TopicTemplate(word) else { return }
  precondition(TopicFilters.problem(with: template.filter) == nil, template.filter)
  precondition(template.overlaps(template))
  let topic = template.levels.map { level in
    if case .literal(let bytes) = level { bytes } else { Array("x".utf8) }
  }.joined(separator: Array("/".utf8))
  precondition(Array(topic).withUnsafeBytes { template.captures(of: $0) }?.count == template.captureNames.count)
}

private func checkQuantities(_ word: String) {
  if let duration = Duration(text: word) {
    precondition(duration >= .zero && Duration(text: duration.text) == duration, duration.text)
  }
  if let number = Number(word) { precondition(Number(number.text) == number, number.text) }
  let value: YAMLValue
  do throws(YAMLError) { value = try YAMLValue.parse(word, file: "word") } catch { return }
  if let size = try? value.size() { precondition((0...(1 << 40)).contains(size)) }
  if let number = try? value.number() { precondition(number.isFinite) }
  _ = try? value.integer(in: -9...9)
  _ = try? value.boolean()
  _ = try? value.choice(TimeFormat.self)
}

private func checkTimes(_ word: String) {
  let zones: [Int64] = [0, 28_800, -12_600]
  for zone in zones {
    var word = word
    let civil = word.withUTF8 { CivilTime.parse(UnsafeRawBufferPointer($0)) }
    guard let moment = civil?.timestamp(zoneOffset: { _ in zone }) else { continue }
    precondition(Timestamp.accepted.contains(moment))
    var text = CivilTime(moment, zoneOffset: zone).text
    // The wall clock of the first and the last hours may stand in a year that cannot be written.
    guard let again = text.withUTF8({ CivilTime.parse(UnsafeRawBufferPointer($0)) }) else { continue }
    precondition(again.timestamp { _ in 0 } == moment, text)
  }
  let now = Timestamp(seconds: 1_763_700_000)
  if let moment = QueryTime.parse(word, now: now, zone: .gmt) { precondition(Timestamp.accepted.contains(moment)) }
}

private func checkNames(_ word: String) {
  if let url = try? BrokerURL(word) {
    precondition(!url.host.isEmpty && (1...65535).contains(url.port) && word.hasPrefix("mqtt"), "\(url)")
  }
  if let unit = units[word] { precondition(units.all.contains(unit)) }
  _ = units.hint(for: word)
  let known = ["temperature", "weight", "district", ""]
  if word.utf8.count <= 64 {
    for name in known { precondition(editDistance(word, name) == editDistance(name, word)) }
    precondition(editDistance(word, word) == 0)
  }
  if let nearest = nearestWord(to: word, among: known) { precondition(known.contains(nearest)) }
}

/// A few, for each that is compared makes the run slower.
private let units: UnitTable = {
  let text = """
    - dimension: mass
      canonical: kg
      units: [{ code: kg, factor: 1, en: kilogram, zh: 千克 }, { code: g, factor: 0.001, also: [gr] }]
    - { dimension: speed, canonical: m/s, units: [{ code: m/s, factor: 1 }, { code: "[kn_i]", factor: 0.5144 }] }
    """
  do {
    var units = UnitTable()
    try units.add(YAMLValue.parse(text, file: "units.yaml"))
    return units
  } catch { fatalError("\(error)") }
}()

// The name is the one that libFuzzer's library looks for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWords(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: start, count: count)
  guard let word = String(validating: input, as: UTF8.self) else { return 0 }
  checkPath(word)
  checkTopics(word)
  checkQuantities(word)
  checkTimes(word)
  checkNames(word)
  return 0
}

@main
enum FuzzWords {
  static func main() {
    fuzz({ fuzzWords($0, $1) })
  }
}

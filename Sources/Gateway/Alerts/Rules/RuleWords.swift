import Alerting
import StrictYAML
import Telemetry

/// The words that rule files are made of.
extension YAMLValue {
  /// A rule's or hook's id: it stands in URLs, topics and environments.
  func alertName(of what: String) throws(YAMLError) -> String {
    let name = try string()
    let isPlain = name.utf8.allSatisfy { byte in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        || byte == UInt8(ascii: "-")
    }
    guard isPlain, !name.isEmpty, name.utf8.count <= 64 else {
      throw error("'\(name)' is no name of a \(what): expected lower-case letters, digits and hyphens, at most 64")
    }
    return name
  }

  /// A metric's canonical name. Whether there is one of it the catalogue knows.
  func metricName() throws(YAMLError) -> String {
    let name = try string()
    let first = name.utf8.first.map { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 } ?? false
    let isPlain = name.utf8.allSatisfy { byte in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        || byte == UInt8(ascii: "_")
    }
    guard first, isPlain else {
      throw error("'\(name)' is no name of a metric: expected a letter, then lower-case letters, digits and '_'")
    }
    return name
  }

  /// A duration within a range.
  func span(_ range: ClosedRange<Duration>) throws(YAMLError) -> Duration {
    let span = try duration()
    guard range.contains(span) else {
      throw error("\(span.text) is outside \(range.lowerBound.text) to \(range.upperBound.text)")
    }
    return span
  }

  /// `[lowest, greatest]`, the one below the other.
  func numberRange() throws(YAMLError) -> ClosedRange<Double> {
    let numbers = try items().map { item throws(YAMLError) in try item.number() }
    guard numbers.count == 2, numbers[0] < numbers[1] else { throw error("expected [lowest, greatest], two numbers") }
    return numbers[0]...numbers[1]
  }

  /// A list of texts that are not empty, each once.
  func names(_ what: String) throws(YAMLError) -> [String] {
    var names: [String] = []
    for item in try items() {
      let name = try item.string()
      if names.contains(name) { throw item.error("'\(name)' stands in the list twice") }
      names.append(name)
    }
    guard !names.isEmpty else { throw error("expected at least one \(what)") }
    return names
  }

  /// `{ TAG: VALUE … }`, with `device` for a device's id.
  func deviceFilter() throws(YAMLError) -> DeviceFilter {
    var filter = DeviceFilter()
    for (key, value) in try entries() {
      let name = try key.string()
      if name == "device" { filter.device = try value.string() } else { filter.tags[name] = try value.string() }
    }
    guard filter != DeviceFilter() else { throw error("expected at least one tag with its value") }
    return filter
  }

  /// A text with places for what an alert knows.
  func alertText() throws(YAMLError) -> AlertText {
    guard let text = AlertText(try string()) else {
      throw error("a '{' is not closed, or nothing stands in it; '{{' stands for a brace")
    }
    return text
  }

  /// One of the words of `Severity`.
  func severity() throws(YAMLError) -> Severity {
    let word = try string()
    if let severity = Severity(word: word) { return severity }
    let words = Severity.allCases.map(\.word)
    throw error("'\(word)' is none of \(words.joined(separator: ", "))\(nearestHint(to: word, among: words))")
  }

  /// A name that must be among those that are declared.
  func named(_ what: String, among names: [String]) throws(YAMLError) -> String {
    let name = try string()
    guard names.contains(name) else {
      throw error("there is no \(what) '\(name)'\(nearestHint(to: name, among: names))")
    }
    return name
  }

  /// A list of such names, each once.
  func namesDeclared(_ what: String, among declared: [String]) throws(YAMLError) -> [String] {
    _ = try names(what)
    return try items().map { item throws(YAMLError) in try item.named(what, among: declared) }
  }
}

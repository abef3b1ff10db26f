import StrictYAML
import Telemetry

extension Profile {
  static let knownKeys = [
    "profile", "title", "priority", "topics", "payload", "device", "time", "interval", "identity", "tags", "metrics",
    "examples",
  ]

  /// Reads a profile; what cannot be right is refused with its place.
  public init(_ document: YAMLValue, units: UnitTable) throws(YAMLError) {
    let root = try document.mapping(known: Profile.knownKeys)
    name = try root.required("profile").string()
    file = document.file
    titles = try Profile.titles(root["title"])
    priority = if let value = root["priority"] { try value.integer(in: -1000...1000) } else { 0 }
    topics = try Profile.topics(root.required("topics"))
    payload = try root.required("payload").choice(PayloadFormat.self)
    let captures = Profile.commonCaptures(of: topics)
    device = try Profile.device(root.required("device"), captures: captures)
    time = if let value = root["time"] { try TimeSource(value) } else { nil }
    interval = if let value = root["interval"] { try Profile.interval(value) } else { nil }
    identity =
      if let value = root["identity"] { try Identity(value, hasTime: time != nil) } else {
        time == nil ? .none : .time
      }
    tags = if let value = root["tags"] { try Profile.tags(value, captures: captures) } else { [] }
    metrics = try Profile.metrics(root.required("metrics"), units: units)
    examples = if let value = root["examples"] { try value.items().map(throwing: Example.init) } else { [] }
  }

  private static func device(_ value: YAMLValue, captures: Set<String>) throws(YAMLError) -> FieldSource {
    let source = try FieldSource(value, captures: captures)
    if case .topic(let parts) = source, case .literal(let text) = parts[0], parts.count == 1, !captures.isEmpty {
      throw value.error(
        "'\(text)' is one device for all messages; a place in the payload begins with '/', a topic level stands in braces"
      )
    }
    return source
  }

  private static func titles(_ value: YAMLValue?) throws(YAMLError) -> [String: String] {
    var titles: [String: String] = [:]
    for (language, title) in try value?.entries() ?? [] { titles[try language.string()] = try title.string() }
    return titles
  }

  private static func topics(_ value: YAMLValue) throws(YAMLError) -> [TopicTemplate] {
    let topics = try value.items().map(throwing: TopicTemplate.init)
    guard !topics.isEmpty else { throw value.error("expected at least one topic") }
    return topics
  }

  /// The names that every topic has: only those can be relied on.
  private static func commonCaptures(of topics: [TopicTemplate]) -> Set<String> {
    topics.map { Set($0.captureNames) }.reduce(nil as Set<String>?) { $0?.intersection($1) ?? $1 } ?? []
  }

  private static func interval(_ value: YAMLValue) throws(YAMLError) -> Duration {
    let interval = try value.duration()
    guard interval > .zero else { throw value.error("an interval is longer than nothing") }
    return interval
  }

  private static func tags(_ value: YAMLValue, captures: Set<String>) throws(YAMLError) -> [TagSource] {
    try value.entries().map { entry throws(YAMLError) in
      let name = try entry.key.string()
      guard isName(name) else { throw entry.key.error("'\(name)' is no name of letters, digits and '_'") }
      return TagSource(name: name, source: try FieldSource(entry.value, captures: captures))
    }
  }

  private static func metrics(_ value: YAMLValue, units: UnitTable) throws(YAMLError) -> [Metric] {
    var metrics: [Metric] = []
    for item in try value.items() {
      let metric = try Metric(item, units: units)
      guard !metrics.contains(where: { $0.name == metric.name }) else {
        throw item.error("the metric \(metric.name) stands twice")
      }
      metrics.append(metric)
    }
    guard !metrics.isEmpty else { throw value.error("expected at least one metric") }
    guard metrics.count <= 256 else { throw value.error("a profile has at most 256 metrics") }
    return metrics
  }
}

extension FieldSource {
  init(_ value: YAMLValue, captures: Set<String>) throws(YAMLError) {
    let text = try value.string()
    if JSONPointer.begins(text) {
      self = .payload(try JSONPointer(value))
      return
    }
    var parts: [Part] = []
    var rest = text[...]
    while let open = rest.firstIndex(of: "{") {
      guard let close = rest[open...].firstIndex(of: "}") else { throw value.error("'\(text)' has a '{' without '}'") }
      let name = String(rest[rest.index(after: open)..<close])
      guard captures.contains(name) else {
        throw value.error(
          "no topic level '{\(name)}' in every topic of this profile\(nearestHint(to: name, among: captures.sorted()))")
      }
      if open > rest.startIndex { parts.append(.literal(String(rest[..<open]))) }
      parts.append(.capture(name))
      rest = rest[rest.index(after: close)...]
    }
    if !rest.isEmpty { parts.append(.literal(String(rest))) }
    guard !parts.isEmpty else { throw value.error("expected a text with {names} of topic levels, or a JSON pointer") }
    self = .topic(parts)
  }
}

extension TopicTemplate {
  init(_ value: YAMLValue) throws(YAMLError) {
    let text = try value.string()
    do { try self.init(text) } catch { throw value.error(error.message) }
  }
}

extension JSONPointer {
  init(_ value: YAMLValue) throws(YAMLError) {
    let text = try value.string()
    do { try self.init(text) } catch { throw value.error(error.message) }
  }
}

extension Number {
  init(_ value: YAMLValue) throws(YAMLError) {
    guard let number = try Number(value.string()) else { throw value.error("expected a number") }
    self = number
  }
}

extension TimeSource {
  init(_ value: YAMLValue) throws(YAMLError) {
    let time = try value.mapping(known: ["at", "as"])
    at = try JSONPointer(time.required("at"))
    format = try time.required("as").choice(TimeFormat.self)
  }
}

extension Identity {
  init(_ value: YAMLValue, hasTime: Bool) throws(YAMLError) {
    switch try value.string() {
    case "none": self = .none
    case "time":
      guard hasTime else { throw value.error("without 'time:' no two readings have the same time; use none") }
      self = .time
    case let text where JSONPointer.begins(text): self = .message(try JSONPointer(value))
    default: throw value.error("expected time, none, or the place of a message id, such as /msgId")
    }
  }
}

extension Metric {
  static let knownKeys = [
    "name", "at", "kind", "unit", "range", "scale", "offset", "missing", "states", "modulus", "quantiles",
  ]

  init(_ value: YAMLValue, units: UnitTable) throws(YAMLError) {
    let entry = try value.mapping(known: Metric.knownKeys)
    let nameValue = try entry.required("name")
    name = try nameValue.string()
    guard isName(name) else { throw nameValue.error("'\(name)' is no name of letters, digits and '_'") }
    line = value.line
    at = try JSONPointer(entry.required("at"))
    kind = try entry.required("kind").choice(MetricKind.self)
    scale = if let number = entry["scale"] { try number.number() } else { 1 }
    offset = if let number = entry["offset"] { try number.number() } else { 0 }
    missing =
      if let list = entry["missing"] { try list.items().map(throwing: Number.init) } else { [] }
    range = if let list = entry["range"] { try Metric.range(list) } else { nil }
    wantsQuantiles = if let value = entry["quantiles"] { try value.boolean() } else { false }
    if let value = entry["modulus"], kind != .counter { throw value.error("only a counter has a modulus") }
    if kind == .state {
      for key in ["unit", "range", "scale", "offset", "missing", "quantiles"] {
        if let extra = entry[key] { throw extra.error("a state has names, no \(key)") }
      }
      unit = nil
      canonicalUnit = nil
      modulus = 0
      states = try Metric.states(entry.required("states"))
    } else {
      if let extra = entry["states"] { throw extra.error("only a metric of kind state has states") }
      let unit = try Metric.unit(entry.required("unit"), units: units)
      self.unit = unit
      canonicalUnit = units.canonicalCode(of: unit)
      modulus = if let value = entry["modulus"] { try Metric.modulus(value, unit: unit) } else { 0 }
      states = StateNames([])
    }
  }

  private static func unit(_ value: YAMLValue, units: UnitTable) throws(YAMLError) -> Unit {
    let code = try value.string()
    guard let unit = units[code] else {
      throw value.error(
        "no unit '\(code)'\(units.hint(for: code)); `ganglion devices units` lists them, a units.yaml of yours adds to them"
      )
    }
    return unit
  }

  /// In the unit, as `range`; kept in the canonical one.
  private static func modulus(_ value: YAMLValue, unit: Unit) throws(YAMLError) -> Double {
    let modulus = try value.number()
    guard modulus > 0 else { throw value.error("expected more than 0") }
    return modulus * unit.factor
  }

  private static func range(_ value: YAMLValue) throws(YAMLError) -> ClosedRange<Double> {
    let limits = try value.items().map { item throws(YAMLError) in try item.number() }
    guard limits.count == 2 else { throw value.error("expected [lowest, highest]") }
    guard limits[0] <= limits[1] else {
      throw value.error("the lowest, \(limits[0]), is above the highest, \(limits[1])")
    }
    return limits[0]...limits[1]
  }

  /// A mapping from raw texts to names, or a list of names that stand for themselves.
  private static func states(_ value: YAMLValue) throws(YAMLError) -> StateNames {
    let pairs: [(raw: String, name: String)]
    if let items = try? value.items() {
      pairs = try items.map { item throws(YAMLError) in (try item.string(), try item.string()) }
    } else {
      pairs = try value.entries().map { entry throws(YAMLError) in
        (try entry.key.string(), try entry.value.string())
      }
    }
    guard !pairs.isEmpty else { throw value.error("expected at least one state") }
    return StateNames(pairs)
  }
}

extension Array {
  /// `map` with typed errors, for functions that take one argument.
  func map<Result, Failure: Error>(
    throwing transform: (Element) throws(Failure) -> Result
  ) throws(Failure) -> [Result] {
    try map(transform)
  }
}

import StrictYAML
import Telemetry
import WireFormats

extension Profile {
  static let knownKeys = [
    "profile", "title", "priority", "topics", "payload", "when", "records", "device", "time", "interval", "identity",
    "tags", "named", "metrics", "examples",
  ]

  /// Reads a profile; what cannot be right is refused with its place.
  public init(_ document: YAMLValue, units: UnitTable) throws(YAMLError) {
    let root = try document.mapping(known: Profile.knownKeys + PayloadFormat.optionKeys)
    name = try root.required("profile").string()
    file = document.file
    titles = try Profile.titles(root["title"])
    priority = if let value = root["priority"] { try value.integer(in: -1000...1000) } else { 0 }
    topics = try Profile.topics(root.required("topics"))
    let layout = try root["layout"].map(BinaryLayout.init)
    let (format, server) = try PayloadFormat.read(root, layout: layout)
    payload = format
    payloadName = try root.required("payload").string()
    if case .sparkplugB = format { try Profile.checkSparkplug(root, topics) }
    let places = PlaceReader(isFlat: payload.isFlat)
    let reader = try BytesReader(root, layout: layout, server: server)
    let defaults = server?.defaults(form: reader.form)
    bytes = if let defaults { defaults.bytes } else { try reader.bytes(places) }
    conditions = if let value = root["when"] { try places.conditions(value) } else { [] }
    records = if let value = root["records"] { try places.records(value) } else { defaults?.records ?? [.here] }
    let captures = Profile.commonCaptures(of: topics)
    let keys = records.map { Set($0.names) }.reduce(nil as Set<String>?) { $0?.intersection($1) ?? $1 } ?? []
    if let defaults, root["device"] == nil {
      device = defaults.device
    } else {
      device = try Profile.device(root.required("device"), places, captures: captures, keys: keys)
    }
    time = if let value = root["time"] { try places.time(value) } else { defaults?.time }
    interval = if let value = root["interval"] { try Profile.interval(value) } else { nil }
    let hasTime = time != nil || payload.hasTimes || bytes?.hasTimes == true
    identity =
      if let value = root["identity"] { try places.identity(value, hasTime: hasTime) } else {
        defaults?.identity ?? (hasTime ? .time : .none)
      }
    tags = if let value = root["tags"] { try Profile.tags(value, places, captures: captures, keys: keys) } else { [] }
    let metricPlaces = PlaceReader(
      isFlat: payload.isFlat || bytes != nil, isInBytes: bytes != nil,
      hasUnits: payload.hasUnits || bytes?.hasUnits == true)
    named = if let value = root["named"] { try metricPlaces.named(value) } else { [] }
    metrics = try Profile.metrics(root.required("metrics"), metricPlaces, hasNamed: !named.isEmpty, units: units)
    examples = if let value = root["examples"] { try value.items().map(throwing: Example.init) } else { [] }
  }

  private static func device(
    _ value: YAMLValue, _ places: PlaceReader, captures: Set<String>, keys: Set<String>
  ) throws(YAMLError) -> FieldSource {
    let source = try places.field(value, captures: captures, keys: keys)
    if source.parts.count == 1, case .literal(let text) = source.parts[0], !captures.isEmpty {
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

  /// A node's births give its data their meaning, and its deaths end it: all of them have to come.
  private static func checkSparkplug(_ root: YAMLMapping, _ topics: [TopicTemplate]) throws(YAMLError) {
    for topic in topics where !SparkplugTopics.isWhole(topic) {
      throw try root.required("topics").error(
        "'\(topic.text)': Sparkplug topics are spBv1.0/{group}/{type}/{node}, or the same with /{device} behind it; the "
          + "third level is {type}, others may be texts")
    }
    if let when = root["when"] {
      throw when.error("a Sparkplug message holds what has changed, and no more: tell devices apart by their topics")
    }
    if let time = root["time"] {
      throw time.error("Sparkplug metrics have times of their own; leave 'time' out")
    }
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

  private static func tags(
    _ value: YAMLValue, _ places: PlaceReader, captures: Set<String>, keys: Set<String>
  ) throws(YAMLError) -> [TagSource] {
    try value.entries().map { entry throws(YAMLError) in
      let name = try entry.key.string()
      guard isName(name) else { throw entry.key.error("'\(name)' is no name of letters, digits and '_'") }
      return TagSource(name: name, source: try places.field(entry.value, captures: captures, keys: keys))
    }
  }

  private static func metrics(
    _ value: YAMLValue, _ places: PlaceReader, hasNamed: Bool, units: UnitTable
  ) throws(YAMLError) -> [Metric] {
    var metrics: [Metric] = []
    for item in try value.items() {
      let metric = try Metric(item, places, hasNamed: hasNamed, units: units)
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

extension TopicTemplate {
  init(_ value: YAMLValue) throws(YAMLError) {
    let text = try value.string()
    do { try self.init(text) } catch { throw value.error(error.message) }
  }
}

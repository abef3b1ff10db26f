import Alerting
import StrictYAML
import Telemetry

/// Reads `rules`, and notes what has to be compared with hooks and catalogue.
struct RuleReader {
  private(set) var uses: [RuleFile.Use] = []
  private(set) var hooksNamed: [(name: String, value: YAMLValue)] = []

  private static let keys =
    [
      "id", "title", "metric", "where", "clear", "for", "keep", "severity", "levels", "overrides", "live_limit",
      "hooks",
      "group", "escalate", "enabled", "all", "on",
    ] + Condition.forms
  private static let spans = Duration.zero...Duration.seconds(30 * 86400)
  private static let liveLimits = Duration.seconds(1)...Duration.seconds(30 * 86400)
  private static let waits = Duration.zero...Duration.seconds(3600)
  private static let escalations = Duration.seconds(1)...Duration.seconds(30 * 86400)

  mutating func rules(_ value: YAMLValue?) throws(YAMLError) -> [AlertRule] {
    var rules: [AlertRule] = []
    var lines: [String: Int] = [:]
    for item in try value?.items() ?? [] {
      let rule = try rule(item)
      if let line = lines[rule.id] { throw item.error("the rule '\(rule.id)' stands in line \(line) already") }
      lines[rule.id] = item.line
      rules.append(rule)
    }
    return rules
  }

  private mutating func rule(_ value: YAMLValue) throws(YAMLError) -> AlertRule {
    let keys = try value.mapping(known: Self.keys)
    let id = try keys.required("id").alertName(of: "rule")
    guard id != AlertRule.hookFailingID else {
      throw try keys.required("id").error("'\(id)' is the gateway's own, of hooks that keep failing; expected another")
    }
    let subject: AlertRule.Subject
    if keys["all"] != nil {
      subject = .joined(try joined(keys))
    } else {
      if let on = keys["on"] { throw on.error("'on' is for rules with 'all'") }
      subject = .series(try series(keys))
    }
    return AlertRule(
      id: id, title: try keys["title"].map { value throws(YAMLError) in try Self.title(value) } ?? AlertTitle(),
      subject,
      spans: try ruleSpans(keys, subject),
      liveLimit: try keys["live_limit"]?.span(Self.liveLimits), hooks: try hooks(keys["hooks"]),
      group: try keys["group"].map { value throws(YAMLError) in try Self.group(value) },
      escalations: try escalations(keys["escalate"]), isEnabled: try keys["enabled"]?.boolean() ?? true)
  }

  /// Who is called for a hook that keeps failing.
  mutating func hookFailing(_ value: YAMLValue?) throws(YAMLError) -> AlertRule {
    guard let keys = try value?.mapping(known: ["title", "hooks", "group", "escalate"]) else { return .hookFailing() }
    return .hookFailing(
      title: try keys["title"].map { value throws(YAMLError) in try Self.title(value) },
      hooks: try hooks(keys.required("hooks")),
      group: try keys["group"].map { value throws(YAMLError) in try Self.group(value) },
      escalations: try escalations(keys["escalate"]))
  }

  private static func title(_ value: YAMLValue) throws(YAMLError) -> AlertTitle {
    let keys = try value.mapping(known: ["en", "zh"])
    return AlertTitle(
      english: try keys.required("en").alertText(), chinese: try keys.required("zh").alertText())
  }

  /// Absences and windows have their own time: to hold for longer, they are given another one.
  private func ruleSpans(_ keys: YAMLMapping, _ subject: AlertRule.Subject) throws(YAMLError) -> AlertRule.Spans {
    let spans = AlertRule.Spans(
      for: try keys["for"]?.span(Self.spans) ?? .zero, keep: try keys["keep"]?.span(Self.spans) ?? .zero)
    guard case .series(let series) = subject else { return spans }
    for level in series.levels {
      switch level.condition {
      case .absent:
        if let hold = keys["for"] { throw hold.error("'for' is not for 'absent': name the whole time there") }
      case .window:
        if let span = keys["for"] ?? keys["keep"] {
          throw span.error("a window has its own length: neither 'for' nor 'keep' is for it")
        }
      default: break
      }
    }
    return spans
  }

  // MARK: One metric

  private mutating func series(_ keys: YAMLMapping) throws(YAMLError) -> SeriesSubject {
    let metric = try keys.required("metric")
    let name = try metric.metricName()
    let levels = try levels(keys, metric, keys.whole)
    let overrides = try (keys["overrides"]?.items() ?? []).map { item throws(YAMLError) in
      try self.override(item, metric, levels)
    }
    return SeriesSubject(
      metric: name, filter: try keys["where"]?.deviceFilter() ?? DeviceFilter(), levels: levels, overrides: overrides)
  }

  /// `levels`, or `severity` and one condition.
  private mutating func levels(
    _ keys: YAMLMapping, _ metric: YAMLValue, _ whole: YAMLValue
  ) throws(YAMLError) -> [SeriesSubject.Level] {
    guard let value = keys["levels"] else {
      let severity = try keys["severity"]?.severity() ?? .warning
      return [.init(severity, try condition(keys, metric, whole, of: Condition.forms))]
    }
    for key in Condition.forms + ["severity", "clear"] {
      if let other = keys[key] { throw other.error("'\(key)' stands in each of 'levels', not beside them") }
    }
    return try levels(value, metric)
  }

  private mutating func levels(_ value: YAMLValue, _ metric: YAMLValue) throws(YAMLError) -> [SeriesSubject.Level] {
    var levels: [(level: SeriesSubject.Level, value: YAMLValue)] = []
    for (key, value) in try value.entries() {
      let keys = try value.mapping(known: Condition.forms + ["clear"])
      let severity = try key.severity()
      levels.append((.init(severity, try condition(keys, metric, value, of: Condition.forms)), value))
    }
    guard !levels.isEmpty else { throw value.error("expected at least one of info, warning, critical") }
    levels.sort { $0.level.severity < $1.level.severity }
    for (lower, upper) in zip(levels, levels.dropFirst()) {
      try Self.requireOrder(lower.level, upper.level, upper.value)
    }
    return levels.map(\.level)
  }

  /// A worse level lies farther out, and is of the same kind.
  private static func requireOrder(
    _ lower: SeriesSubject.Level, _ upper: SeriesSubject.Level, _ value: YAMLValue
  ) throws(YAMLError) {
    let isFarther =
      switch (lower.condition, upper.condition) {
      case (.value(.above(let a, _)), .value(.above(let b, _))): b > a
      case (.value(.below(let a, _)), .value(.below(let b, _))): b < a
      case (.value(.outside(let a, _)), .value(.outside(let b, _))):
        b.lowerBound <= a.lowerBound && a.upperBound <= b.upperBound
      case (.rateAbove(let a, _, let spanA), .rateAbove(let b, _, let spanB)): b / spanB.seconds > a / spanA.seconds
      case (.absent, .absent), (.window, .window), (.equals, .equals): true
      default:
        throw value.error(
          "the levels of a rule have one kind of condition; '\(lower.severity.word)' has '\(lower.condition.word)'")
      }
    guard isFarther else {
      throw value.error("'\(upper.severity.word)' would hold before '\(lower.severity.word)' does")
    }
  }

  private mutating func condition(
    _ keys: YAMLMapping, _ metric: YAMLValue, _ whole: YAMLValue, of known: [String]
  ) throws(YAMLError) -> Condition {
    let forms = known.filter { keys[$0] != nil }
    guard forms.count == 1, let place = keys[forms[0]] else {
      throw whole.error(
        "expected exactly one of \(known.joined(separator: ", ")); here "
          + (forms.isEmpty ? "stands none" : "stand \(forms.joined(separator: ", "))"))
    }
    let condition = try Condition(forms[0], keys)
    uses.append(
      RuleFile.Use(
        metric: try metric.string(), condition: condition, metricPlace: FilePlace(metric),
        conditionPlace: FilePlace(place)))
    return condition
  }

  private mutating func override(
    _ value: YAMLValue, _ metric: YAMLValue, _ levels: [SeriesSubject.Level]
  ) throws(YAMLError) -> SeriesSubject.Override {
    let keys = try value.mapping(known: ["device", "where", "for", "keep", "levels", "clear"] + Condition.forms)
    guard (keys["device"] == nil) != (keys["where"] == nil) else {
      throw value.error("an override is for one 'device' or for devices 'where' tags have values")
    }
    var override = SeriesSubject.Override(filter: try keys["where"]?.deviceFilter() ?? DeviceFilter())
    override.filter.device = try keys["device"]?.string() ?? override.filter.device
    override.for = try keys["for"]?.span(Self.spans)
    override.keep = try keys["keep"]?.span(Self.spans)
    if let own = keys["levels"] {
      override.levels = try self.levels(own, metric)
    } else if Condition.forms.contains(where: { keys[$0] != nil }) || keys["clear"] != nil {
      guard levels.count == 1 else { throw value.error("the rule has 'levels': an override names them as well") }
      override.levels = [.init(levels[0].severity, try condition(keys, metric, value, of: Condition.forms))]
    }
    if override.levels.isEmpty, override.for == nil, override.keep == nil {
      throw value.error("this override changes nothing")
    }
    return override
  }

  // MARK: Several metrics

  private mutating func joined(_ keys: YAMLMapping) throws(YAMLError) -> JoinedSubject {
    for key in Condition.forms + ["metric", "clear", "levels", "overrides"] {
      if let other = keys[key] { throw other.error("'\(key)' does not stand beside 'all'") }
    }
    let whole = try keys["where"]?.deviceFilter() ?? DeviceFilter()
    let value = try keys.required("all")
    let parts = try value.items().map { item throws(YAMLError) in try part(item, whole) }
    guard parts.count >= 2 else { throw value.error("expected two conditions or more") }
    let ground = try keys["on"]?.string() ?? "device"
    return JoinedSubject(
      parts, on: ground == "device" ? .device : .tag(ground), severity: try keys["severity"]?.severity() ?? .warning)
  }

  private mutating func part(_ value: YAMLValue, _ whole: DeviceFilter) throws(YAMLError) -> JoinedSubject.Part {
    let keys = try value.mapping(known: ["metric", "where", "clear"] + Condition.partForms)
    if let clear = keys["clear"] {
      throw clear.error("a part of 'all' has no 'clear'; the rule's 'keep' keeps it from flapping")
    }
    let metric = try keys.required("metric")
    var filter = whole
    if let own = try keys["where"]?.deviceFilter() {
      filter.device = own.device ?? filter.device
      filter.tags.merge(own.tags) { _, own in own }
    }
    return .init(
      metric: try metric.metricName(), filter: filter, try condition(keys, metric, value, of: Condition.partForms))
  }

  // MARK: People

  private mutating func hooks(_ value: YAMLValue?) throws(YAMLError) -> [String] {
    guard let value else { return [] }
    let names = try value.names("hook")
    for item in try value.items() { hooksNamed.append((try item.string(), item)) }
    return names
  }

  private static func group(_ value: YAMLValue) throws(YAMLError) -> AlertRule.Grouping {
    let keys = try value.mapping(known: ["by", "wait"])
    return AlertRule.Grouping(
      by: try keys.required("by").names("tag, or rule, severity or device"),
      wait: try keys["wait"]?.span(waits) ?? .seconds(10))
  }

  private mutating func escalations(_ value: YAMLValue?) throws(YAMLError) -> [AlertRule.Escalation] {
    var steps: [AlertRule.Escalation] = []
    for item in try value?.items() ?? [] {
      let keys = try item.mapping(known: ["after", "hooks"])
      let after = try keys.required("after").span(Self.escalations)
      if let last = steps.last, after <= last.after {
        throw try keys.required("after").error("this step comes after one of \(last.after.text), and must be later")
      }
      steps.append(.init(after: after, hooks: try hooks(try keys.required("hooks"))))
    }
    return steps
  }

  /// - Throws: where a hook is named that is not declared.
  func requireHooks(_ declared: [String]) throws(YAMLError) {
    for (_, value) in hooksNamed { _ = try value.named("hook", among: declared) }
  }
}

import StrictYAML

extension KPIFormula {
  /// The keys of a declaration of which exactly one says what the KPI is made of.
  static let forms = [
    "sum", "ratio", "time_share", "device_share", "minute_share", "heard_share", "completeness",
  ]

  /// - Parameter form: one of `forms`, under which the value stands.
  init(_ form: String, _ value: YAMLValue) throws(YAMLError) {
    switch form {
    case "sum": self = .sum(try KPITerm.list(value))
    case "ratio":
      let ratio = try value.mapping(known: ["part", "whole"])
      self = .ratio(
        part: try KPITerm.list(try ratio.required("part")), whole: try KPITerm.list(try ratio.required("whole")))
    case "time_share":
      let shares = try value.oneOrMore.map { item throws(YAMLError) in try Self.timeShare(item) }
      self = .ratio(part: shares.map(\.part), whole: shares.map(\.whole))
    case "device_share": self = try Self.deviceShare(value)
    case "minute_share":
      let keys = try value.mapping(known: ["metric", "unit", "within", "where"])
      self = .minutes(
        KPILimits(
          source: try KPISource(keys), unit: try keys.required("unit").string(),
          range: try keys.required("within").numberRange()))
    case "heard_share": self = .heard(try KPIFilter(try value.mapping(known: ["where"])["where"]))
    default: self = .completeness(try KPIFilter(try value.mapping(known: ["where"])["where"]))
    }
  }

  /// Seconds in some states, and in all those that they are a share of.
  private static func timeShare(_ value: YAMLValue) throws(YAMLError) -> (part: KPITerm, whole: KPITerm) {
    let keys = try value.mapping(known: ["metric", "states", "of", "where"])
    let source = try KPISource(keys)
    let states = try keys.required("states").words()
    let whole = try keys["of"]?.words()
    if let whole, let stray = states.first(where: { !whole.contains($0) }) {
      throw try keys.required("states").error("'\(stray)' is none of the states under 'of', of which they are a share")
    }
    func seconds(_ states: [String]?) -> KPITerm {
      KPITerm(measure: KPIMeasure(source: source, function: .seconds, unit: nil, states: states), times: 1)
    }
    return (seconds(states), seconds(whole))
  }

  private static func deviceShare(_ value: YAMLValue) throws(YAMLError) -> KPIFormula {
    let keys = try value.mapping(known: KPIMeasure.keys + ["is", "at_least", "at_most", "of"])
    let measure = try KPIMeasure(keys)
    let test: KPICondition.Test
    if let states = keys["is"] {
      if let other = keys["at_least"] ?? keys["at_most"] { throw other.error("'is' stands alone: it names states") }
      guard [.first, .last].contains(measure.function) else {
        throw states.error("'is' names states, which only fn: first and fn: last answer")
      }
      test = .isOne(of: try states.words())
    } else {
      let (least, most) = (try keys["at_least"]?.number(), try keys["at_most"]?.number())
      guard least != nil || most != nil else { throw value.error("one of 'is', 'at_least' and 'at_most' is missing") }
      let range = (least ?? -.greatestFiniteMagnitude, most ?? .greatestFiniteMagnitude)
      guard range.0 <= range.1 else { throw value.error("'at_least' is greater than 'at_most': it never holds") }
      test = .lies(in: range.0...range.1)
    }
    return .devices(
      KPICondition(measure: measure, test: test), of: try keys["of"]?.choice(KPICondition.Devices.self) ?? .heard)
  }
}

extension KPIFilter {
  /// `{ profile: a name, or a list of them; TAG: VALUE … }`; nil lets all devices through.
  init(_ value: YAMLValue?) throws(YAMLError) {
    for (key, value) in try value?.entries() ?? [] {
      let name = try key.string()
      if name == "profile" {
        profiles = try value.words()
      } else {
        tags.append(Tag(name: name, value: try value.string()))
      }
    }
  }
}

extension KPISource {
  fileprivate init(_ keys: YAMLMapping) throws(YAMLError) {
    self.init(metric: try keys.required("metric").name(), filter: try KPIFilter(keys["where"]))
  }
}

extension KPIMeasure {
  static let keys = ["metric", "fn", "unit", "states", "where"]

  fileprivate init(_ keys: YAMLMapping) throws(YAMLError) {
    source = try KPISource(keys)
    function = try keys.required("fn").choice(AggregateFunction.self)
    unit = try keys["unit"]?.string()
    states = try keys["states"]?.words()
    if let states = keys["states"], function != .seconds { throw states.error("only fn: seconds has states") }
    if function.hasUnit, unit == nil, !(keys["is"] != nil) {
      throw try keys.required("fn").error(
        "fn: \(function.rawValue) needs 'unit' beside it, the one that the metric is stored in")
    }
    if !function.hasUnit, let unit = keys["unit"] { throw unit.error("fn: \(function.rawValue) has no unit") }
  }
}

extension KPITerm {
  fileprivate static func list(_ value: YAMLValue) throws(YAMLError) -> [KPITerm] {
    try value.oneOrMore.map { item throws(YAMLError) in
      let keys = try item.mapping(known: KPIMeasure.keys + ["times"])
      return KPITerm(measure: try KPIMeasure(keys), times: try keys["times"]?.number() ?? 1)
    }
  }
}

extension AggregateFunction {
  /// Its answer is in the unit of the metric.
  fileprivate var hasUnit: Bool { ![.count, .badCount, .seconds].contains(self) }
}

extension YAMLValue {
  /// The items of a list that has any, or else the value itself.
  fileprivate var oneOrMore: [YAMLValue] {
    get throws(YAMLError) {
      guard let items = try? items() else { return [self] }
      guard !items.isEmpty else { throw error("expected at least one term") }
      return items
    }
  }

  /// One text, or a list of them.
  func words() throws(YAMLError) -> [String] {
    try oneOrMore.map { item throws(YAMLError) in try item.string() }
  }

  /// A text that can stand in a question's list: not empty, and without commas.
  func name() throws(YAMLError) -> String {
    let text = try string()
    guard !text.isEmpty, !text.contains(",") else { throw error("expected a name, without commas") }
    return text
  }
}

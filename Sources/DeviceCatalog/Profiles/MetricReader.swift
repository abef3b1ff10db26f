import StrictYAML
import Telemetry

extension Number {
  init(_ value: YAMLValue) throws(YAMLError) {
    guard let number = try Number(value.string()) else { throw value.error("expected a number") }
    self = number
  }
}

extension Metric {
  static let knownKeys = [
    "name", "at", "called", "count", "where", "text", "time", "kind", "unit", "unit_at", "range", "scale", "offset",
    "missing",
    "states", "modulus", "quantiles",
  ]

  init(
    _ value: YAMLValue, _ places: PlaceReader, hasNamed: Bool, units: UnitTable
  ) throws(YAMLError) {
    let entry = try value.mapping(known: Metric.knownKeys)
    let nameValue = try entry.required("name")
    name = try nameValue.string()
    guard isName(name) else { throw nameValue.error("'\(name)' is no name of letters, digits and '_'") }
    line = value.line
    source = try Metric.source(entry, value, name: name, places, hasNamed: hasNamed)
    textForm = if let form = entry["text"] { try form.choice(TextForm.self) } else { nil }
    time = if let value = entry["time"] { try places.metricTime(value) } else { nil }
    kind = try entry.required("kind").choice(MetricKind.self)
    scale = if let number = entry["scale"] { try number.number() } else { 1 }
    offset = if let number = entry["offset"] { try number.number() } else { 0 }
    missing =
      if let list = entry["missing"] { try list.items().map(throwing: Number.init) } else { [] }
    range = if let list = entry["range"] { try Metric.range(list) } else { nil }
    wantsQuantiles = if let value = entry["quantiles"] { try value.boolean() } else { false }
    if let value = entry["modulus"], kind != .counter { throw value.error("only a counter has a modulus") }
    if kind == .state {
      for key in ["unit", "unit_at", "text", "range", "scale", "offset", "missing", "quantiles"] {
        if let extra = entry[key] { throw extra.error("a state has names, no \(key)") }
      }
      unit = nil
      unitPlaces = []
      quantityUnits = [:]
      canonicalUnit = nil
      modulus = 0
      states = try Metric.states(entry.required("states"))
    } else {
      if let extra = entry["states"] { throw extra.error("only a metric of kind state has states") }
      let unit = try Metric.unit(entry.required("unit"), units: units)
      self.unit = unit
      unitPlaces = if let value = entry["unit_at"] { try places.metricUnit(value) } else { [] }
      let bringsUnit = textForm == .quantity || !unitPlaces.isEmpty || places.hasUnits
      quantityUnits = bringsUnit ? units.words(ofDimension: unit.dimension) : [:]
      canonicalUnit = units.canonicalCode(of: unit)
      modulus = if let value = entry["modulus"] { try Metric.modulus(value, unit: unit) } else { 0 }
      states = StateNames([])
    }
  }

  /// `at`, `called` or `count`; where a metric has none of them, it is called by its name.
  private static func source(
    _ entry: YAMLMapping, _ value: YAMLValue, name: String, _ places: PlaceReader, hasNamed: Bool
  ) throws(YAMLError) -> Source {
    let given = ["at", "called", "count"].compactMap { entry[$0] }
    guard given.count <= 1 else { throw given[1].error("a metric has one of 'at', 'called' and 'count'") }
    if let extra = entry["where"], entry["count"] == nil { throw extra.error("'where' says what 'count' counts") }
    if let at = entry["at"] { return .at(try places.alternatives(at)) }
    if let count = entry["count"] {
      return .count(try places.counted(count), try entry["where"].map(places.conditions) ?? [])
    }
    let names = try entry["called"].map(PlaceReader.texts) ?? [name]
    if places.isFlat { return .at(try names.map { name throws(YAMLError) in try places.field(named: name, value) }) }
    guard hasNamed else {
      throw value.error(
        entry["called"] == nil
          ? "missing 'at': where the value stands, such as /weigh/kg"
          : "'called' is the name by which 'named' finds values, and this profile has no 'named'")
    }
    return .called(names)
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

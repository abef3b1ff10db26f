/// What a KPI is made of, in each group and window.
enum KPIFormula: Equatable, Sendable {
  /// `sum`: terms, added up.
  case sum([KPITerm])
  /// `ratio`, and `time_share`, whose terms are seconds in states: terms ÷ terms.
  case ratio(part: [KPITerm], whole: [KPITerm])
  /// `device_share`: devices of which a condition holds ÷ devices.
  case devices(KPICondition, of: KPICondition.Devices)
  /// `minute_share`: minutes within limits ÷ minutes with a reading, of all devices.
  case minutes(KPILimits)
  /// `heard_share`: listed devices that were heard ÷ listed devices.
  case heard(KPIFilter)
  /// `completeness`: readings that came ÷ readings that were to come.
  case completeness(KPIFilter)
}

/// The devices that count in a term: those of some profiles, with some tags.
struct KPIFilter: Hashable, Sendable {
  /// A tag with the value that it must have at the start of a stored window.
  struct Tag: Hashable, Sendable {
    let name: String
    let value: String
  }

  /// Empty: of any profile.
  var profiles: [String] = []
  /// All must hold.
  var tags: [Tag] = []

  func includes(profile: String) -> Bool { profiles.isEmpty || profiles.contains(profile) }
}

/// A metric of some devices.
struct KPISource: Hashable, Sendable {
  let metric: String
  let filter: KPIFilter
}

/// What a function says of a metric in a window.
struct KPIMeasure: Hashable, Sendable {
  let source: KPISource
  let function: AggregateFunction
  /// Canonical: only series that are stored in it count. Nil for counts and seconds.
  let unit: String?
  /// Of `seconds`: in one of these states; nil for any.
  let states: [String]?
}

/// A measure, times a number.
struct KPITerm: Hashable, Sendable {
  let measure: KPIMeasure
  let times: Double
}

/// What is to hold of a device's measure.
struct KPICondition: Equatable, Sendable {
  /// The devices that it is a share of.
  enum Devices: String, CaseIterable, Sendable {
    /// Those of which the measure is known.
    case heard
    /// Those that the registry lists, known or not.
    case listed
  }

  enum Test: Equatable, Sendable {
    /// A state that is one of these.
    case isOne(of: [String])
    /// A number that is neither smaller nor greater.
    case lies(in: ClosedRange<Double>)
  }

  let measure: KPIMeasure
  let test: Test

  func holds(for value: AnswerValue) -> Bool {
    switch (test, value) {
    case (.isOne(let states), .text(let state)): states.contains(state)
    case (.lies(let range), .number(let number)): range.contains(number)
    case (.lies(let range), .integer(let number)): range.contains(Double(number))
    default: false
    }
  }
}

/// Limits within which all readings of a minute lie.
struct KPILimits: Equatable, Sendable {
  let source: KPISource
  /// Canonical.
  let unit: String
  let range: ClosedRange<Double>
}

extension KPIFormula {
  /// What it asks of metrics, each once.
  var measures: [KPIMeasure] {
    switch self {
    case .sum(let terms): terms.map(\.measure)
    case .ratio(let part, let whole): (part + whole).map(\.measure)
    case .devices(let condition, _): [condition.measure]
    case .minutes(let limits):
      [.min, .max].map { KPIMeasure(source: limits.source, function: $0, unit: limits.unit, states: nil) }
    case .heard, .completeness: []
    }
  }

  /// The filters of all its terms.
  var filters: [KPIFilter] {
    switch self {
    case .heard(let filter), .completeness(let filter): [filter]
    default: measures.map(\.source.filter)
    }
  }

  /// Whether it is part ÷ whole, and not a sum.
  var isRatio: Bool { if case .sum = self { false } else { true } }
}

import Telemetry

@testable import Alerting

/// Seconds since 1970, as a moment.
func at(_ seconds: Int64) -> Timestamp { Timestamp(seconds: seconds) }

/// An engine with series that are called by name, and readings in whole seconds.
struct EngineDriver {
  var engine: AlertEngine
  private(set) var sequence: UInt64 = 0
  private var numbers: [String: UInt32] = [:]

  init(_ rules: [AlertRule], listensSince: Int64? = nil) {
    engine = AlertEngine(RuleSet(rules: rules), listensSince: listensSince.map(at))
  }

  /// Binds `device/metric`.
  mutating func bind(
    _ name: String, kind: MetricKind = .gauge, interval: Int64? = 10, tags: [String: String] = [:],
    states: [String: Double] = [:], latest: LatestReading? = nil
  ) {
    let parts = name.split(separator: "/").map(String.init)
    let number = numbers[name] ?? UInt32(numbers.count + 1)
    numbers[name] = number
    engine.bind(
      SeriesBinding(
        series: SeriesID(rawValue: number), device: parts[0], metric: parts[1], kind: kind,
        interval: interval.map { .seconds($0) }, states: states, tags: tags, latest: latest))
  }

  func series(_ name: String) -> SeriesID { SeriesID(rawValue: numbers[name]!) }

  /// A reading of the time of its receipt, or of an earlier one. Nil is a bad one.
  mutating func read(
    _ name: String, _ value: Double?, at receipt: Int64, time: Int64? = nil, isLive: Bool = true,
    stepping: Bool = true, sequence given: UInt64? = nil
  ) {
    sequence = given ?? sequence + 1
    var sample = Sample(
      series: series(name), quality: value == nil ? .range : .good, time: at(time ?? receipt), value: value ?? 0)
    withUnsafePointer(to: &sample) {
      engine.observe(
        UnsafeBufferPointer(start: $0, count: 1), receivedAt: at(receipt), sequence: sequence, isLive: isLive,
        stepping: stepping)
    }
  }

  /// What has happened since the last call: `severity kind` each, with the time of the readings that it is of.
  mutating func drain() -> [String] {
    engine.drain().transitions.map { "\($0.key.rule) \($0.key.severity.word) \($0.kind.rawValue) \($0.at.seconds)" }
  }
}

extension AlertRule {
  /// A rule of one severity on one metric.
  static func simple(
    _ id: String = "r", _ metric: String = "m", _ condition: Condition, for hold: Int64 = 0, keep: Int64 = 0,
    severity: Severity = .warning, filter: DeviceFilter = DeviceFilter()
  ) -> AlertRule {
    AlertRule(
      id: id, .series(SeriesSubject(metric: metric, filter: filter, levels: [.init(severity, condition)])),
      spans: Spans(for: .seconds(hold), keep: .seconds(keep)))
  }
}

extension Condition {
  static func above(_ limit: Double, clear: Double? = nil) -> Condition {
    .value(.above(limit, clear: clear ?? limit))
  }

  static func below(_ limit: Double, clear: Double? = nil) -> Condition {
    .value(.below(limit, clear: clear ?? limit))
  }

  static func outside(_ range: ClosedRange<Double>, clear: ClosedRange<Double>? = nil) -> Condition {
    .value(.outside(range, clear: clear ?? range))
  }
}

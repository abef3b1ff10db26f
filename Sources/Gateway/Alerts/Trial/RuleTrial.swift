import Alerting
import Foundation
import Storage
import StrictYAML
import Telemetry

/// `ganglion alerts try FILE`: what the rules of a file would have found in the minutes that a store has.
///
/// It rests on minutes, not on readings, and on what devices said, not on when that came: everything counts as having
/// come in time, and a time in which the gateway heard nobody is one in which all were silent. See `MinuteReadings`.
///
/// Invariants
/// - Nothing is written, and nobody is called.
/// - The store is read an hour at a time, so that its gateway can clear up meanwhile.
public final class RuleTrial {
  private let reader: StoreReader
  private let rules: RuleSet
  private let zone: TimeZone
  private var engine: AlertEngine
  private var policy: NotificationPolicy
  private var windows: OpenWindows
  private var series: [SeriesID: SeriesRecord] = [:]
  private var seriesOfRules: [String: Int] = [:]
  private var records: [AlertID: AlertRecord] = [:]
  /// In the order in which they fired.
  private var order: [AlertID] = []
  private var calls: [String: Int] = [:]
  private var sequence: UInt64 = 0
  private let span: Range<Int64>

  private static let secondsAtOnce: Int64 = 3600
  private static let minute = WindowLength.minute.seconds

  /// - Parameters:
  ///   - file: of rules.
  ///   - from: as questions take times.
  ///   - to: the same; nil for now.
  /// - Throws: `YAMLError` for rules that cannot be right, `QueryError` for a span that is none, `DatabaseFailure`.
  public init(
    file: String, from: String, to: String?, _ reader: StoreReader, zone: TimeZone, now: Timestamp = .now
  ) throws {
    let parameters = QueryParameters([(name: "from", value: from)] + (to.map { [(name: "to", value: $0)] } ?? []))
    let begin = try parameters.time("from", now: now, zone: zone) ?? now
    let end = min(try parameters.time("to", now: now, zone: zone) ?? now, now)
    guard begin < end else { throw QueryError("'from' is not before 'to'") }
    rules = try RuleFile.read(file).rules
    self.reader = reader
    self.zone = zone
    span = WindowLength.minute.start(of: begin)..<end.seconds
    engine = AlertEngine(rules, listensSince: Timestamp(seconds: span.lowerBound))
    policy = NotificationPolicy(rules)
    windows = OpenWindows(ZoneDays(zone))
    try reader.readNow { try bind($0) }
  }

  /// Series whose metrics rules name, with the tags and intervals that they have now.
  private func bind(_ snapshot: StoreSnapshot) throws {
    let devices = try snapshot.devices().reduce(into: [:]) { $0[$1.id] = $1.name }
    let history = TagHistory(try snapshot.tags())
    let states = try snapshot.stateNames().reduce(into: [String: Double]()) { $0[$1.value] = Double($1.key) }
    let metrics = Set(rules.rules.filter(\.isEnabled).flatMap(\.metrics))
    for record in try snapshot.series() where metrics.contains(record.metric) {
      guard let device = devices[record.deviceID] else { continue }
      let tags = history.current(of: record.deviceID)
      series[record.id] = record
      for rule in rules.rules where rule.isEnabled && rule.looks(at: record.metric, device: device, tags: tags) {
        seriesOfRules[rule.id, default: 0] += 1
      }
      engine.bind(SeriesBinding(record, of: device, tags: tags, states: states))
    }
  }

  // MARK: Time passes

  /// Goes through the whole span.
  ///
  /// - Returns: what was found, as JSON.
  public func run() throws -> Data {
    for begin in stride(from: span.lowerBound, to: span.upperBound, by: Int(Self.secondsAtOnce)) {
      try reader.readNow { try pass(begin..<min(begin + Self.secondsAtOnce, span.upperBound), $0) }
    }
    return try reader.readNow { snapshot in
      try Answer.json(
        report(keptFrom: snapshot.levels().minute.keptFrom, AlertWording(rules, snapshot, .whole, zone: zone)))
    }
  }

  private typealias Stored = (key: WindowKey, aggregate: Aggregate)

  private func pass(_ span: Range<Int64>, _ snapshot: StoreSnapshot) throws {
    var minutes: [Int64: [Stored]] = [:]
    try snapshot.forEachWindow(
      length: .minute, starts: span, sketch: false, isWanted: { series[$0] != nil }
    ) { key, state in minutes[key.start, default: []].append((key, state.aggregate)) }
    for start in stride(from: span.lowerBound, to: span.upperBound, by: Int(Self.minute)) {
      try pass(start, minutes[start] ?? [], snapshot)
    }
  }

  private func pass(_ start: Int64, _ stored: [Stored], _ snapshot: StoreSnapshot) throws {
    let samples = stored.flatMap { key, aggregate in
      MinuteReadings.samples(of: key, aggregate, kind: series[key.series]?.kind ?? .gauge)
    }
    for sample in samples.sorted(by: { ($0.time, $0.series) < ($1.time, $1.series) }) { observe(sample) }
    let end = Timestamp(seconds: min(start + Self.minute, span.upperBound))
    engine.tick(end)
    engine.windows(changed: try changes(stored, snapshot))
    take(engine.drain().transitions, at: end)
  }

  private func observe(_ sample: Sample) {
    sequence += 1
    withUnsafePointer(to: sample) { sample in
      engine.observe(
        UnsafeBufferPointer(start: sample, count: 1), receivedAt: sample.pointee.time, sequence: sequence)
    }
  }

  private func changes(_ stored: [Stored], _ snapshot: StoreSnapshot) throws -> [WindowChange] {
    try windows.changes(stored, snapshot) { id in
      let lengths = engine.windowLengths(of: id)
      return lengths.isEmpty ? nil : series[id].map { OpenWindows.Asked(rule: $0.rule, lengths: lengths) }
    }
  }

  // MARK: What comes of it

  private func take(_ transitions: [AlertTransition], at now: Timestamp) {
    for transition in transitions { note(transition) }
    policy.take(transitions)
    let due = policy.calls(at: now, zoneOffset: Int64(zone.secondsFromGMT(for: Date(now))))
    for call in due {
      calls[call.hook, default: 0] += 1
      for item in call.items where records[item.alert]?.alert.calledAt == nil {
        records[item.alert]?.alert.calledAt = now
      }
    }
    _ = policy.drain()
  }

  private func note(_ transition: AlertTransition) {
    let id = transition.alert
    if transition.kind == .firing, records[id] == nil {
      order.append(id)
      records[id] = AlertRecord(
        CalledAlert(transition, hooks: []), since: transition.since, firedAt: transition.at, changedAt: transition.at,
        value: transition.value, unit: transition.unit, isState: transition.isState)
    }
    records[id]?.take(transition)
    records[id]?.alert.phase = CalledAlert.Phase(behind: transition.kind)
  }

  private func report(keptFrom: Int64, _ wording: AlertWording) throws -> RuleTrialReport {
    let found = order.compactMap { records[$0] }
    return RuleTrialReport(
      from: QueryTime.text(Timestamp(seconds: span.lowerBound), in: zone),
      to: QueryTime.text(Timestamp(seconds: span.upperBound), in: zone),
      keptFrom: keptFrom > span.lowerBound ? QueryTime.text(Timestamp(seconds: keptFrom), in: zone) : nil,
      rules: rules.rules.map { rule in
        RuleTrialReport.Rule(
          rule: rule.id, series: seriesOfRules[rule.id] ?? 0, alerts: found.count { $0.alert.key.rule == rule.id })
      }, calls: rules.hooks.map { RuleTrialReport.Hook(hook: $0.name, calls: calls[$0.name] ?? 0) },
      alerts: try found.prefix(RuleTrialReport.mostAlerts).map { try AlertAnswer.Alert($0, wording) })
  }
}

extension AlertRule {
  /// Whether a series is one of its own.
  fileprivate func looks(at metric: String, device: String, tags: [String: String]) -> Bool {
    switch subject {
    case .series(let series): series.metric == metric && series.filter.includes(device: device, tags: tags)
    case .joined(let joined):
      joined.parts.contains { $0.metric == metric && $0.filter.includes(device: device, tags: tags) }
    }
  }
}

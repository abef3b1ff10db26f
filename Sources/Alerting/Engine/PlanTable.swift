import Telemetry

/// The plans of all series, each made once.
struct PlanTable {
  let rules: [AlertRule]
  /// By metric the numbers of the rules that look at it.
  private var byMetric: [String: [Int]] = [:]
  private var numbers: [SeriesPlan.Key: Int] = [:]
  private(set) var all = [SeriesPlan()]

  private static let leastLiveLimit = Duration.seconds(60)
  private static let intervalsUntilSilent: Int64 = 3

  init(_ rules: [AlertRule]) {
    self.rules = rules
    for (number, rule) in rules.enumerated() where rule.isEnabled {
      for metric in Set(rule.metrics) { byMetric[metric, default: []].append(number) }
    }
  }

  /// The number of the plan of a series; 0 where no rule looks at it.
  mutating func plan(for series: SeriesBinding) -> Int {
    let applied = (byMetric[series.metric] ?? []).flatMap { applications(of: $0, to: series) }
    guard !applied.isEmpty else { return 0 }
    let key = SeriesPlan.Key(
      applied: applied, interval: series.interval, kind: series.kind, modulus: series.modulus, states: series.states)
    if let number = numbers[key] { return number }
    all.append(make(applied, series))
    numbers[key] = all.count - 1
    return all.count - 1
  }

  /// Rule, part and override; the last two are -1 for none.
  private func applications(of number: Int, to series: SeriesBinding) -> [[Int]] {
    switch rules[number].subject {
    case .series(let subject):
      guard subject.filter.includes(device: series.device, tags: series.tags) else { return [] }
      let fit = subject.overrides.firstIndex { $0.filter.includes(device: series.device, tags: series.tags) }
      return [[number, -1, fit ?? -1]]
    case .joined(let joined):
      if case .tag(let name) = joined.ground, series.tags[name] == nil { return [] }
      return joined.parts.indices.filter {
        joined.parts[$0].metric == series.metric
          && joined.parts[$0].filter.includes(device: series.device, tags: series.tags)
      }.map { [number, $0, -1] }
    }
  }

  private func make(_ applied: [[Int]], _ series: SeriesBinding) -> SeriesPlan {
    var plan = SeriesPlan()
    plan.kind = series.kind
    plan.modulus = series.modulus
    plan.states = series.states
    plan.silence = series.interval.flatMap { Self.span($0, times: Self.intervalsUntilSilent) }
    for application in applied {
      let rule = rules[application[0]]
      switch rule.subject {
      case .series(let subject):
        let force = subject.inForce(device: series.device, tags: series.tags, rule.spans)
        for level in force.levels {
          let check = check(application[0], level.severity, level.condition, force.spans, plan, series)
          if var check {
            check.fingerprint = subject.fingerprint(of: level.condition)
            plan.append(check, level.condition.window)
          }
        }
      case .joined(let joined):
        let condition = joined.parts[application[1]].condition
        guard var check = check(application[0], joined.severity, condition, rule.spans, plan, series) else { continue }
        check.form = .part
        check.part = application[1]
        check.fingerprint = joined.fingerprint
        plan.append(check, nil)
      }
    }
    return plan
  }

  /// Nil where the condition cannot be judged on such a series: a state that it has not, an interval that nobody knows.
  private func check(
    _ rule: Int, _ severity: Severity, _ condition: Condition, _ spans: AlertRule.Spans, _ plan: SeriesPlan,
    _ series: SeriesBinding
  ) -> Check? {
    var check = Check(
      form: .threshold, rule: rule, severity: severity, level: StableHash(rules[rule].id, severity.word).value,
      fingerprint: 0, spans: AlertMachine.Spans(for: spans.for, keep: spans.keep),
      threshold: Threshold(fires: .nothing, clears: .nothing),
      liveLimit: liveLimit(rules[rule], series.interval).microseconds)
    if case .absent(let limit) = condition {
      guard let span = Self.span(limit, series.interval) else { return nil }
      (check.form, check.span) = (.absence, span)
      return check
    }
    guard let threshold = condition.threshold(number: plan.number) else { return nil }
    check.threshold = threshold
    if case .rateAbove(_, _, let span) = condition { (check.form, check.span) = (.rate, span.microseconds) }
    if condition.window != nil { check.form = .window }
    return check
  }

  private func liveLimit(_ rule: AlertRule, _ interval: Duration?) -> Duration {
    rule.liveLimit ?? max(Self.leastLiveLimit, (interval ?? .zero) * 2)
  }

  private static func span(_ limit: Condition.AbsenceLimit, _ interval: Duration?) -> Int64? {
    switch limit {
    case .span(let span): span.microseconds
    case .intervals(let count): interval.flatMap { span($0, times: Int64(count)) }
    }
  }

  /// Nil where it is longer than time lasts.
  private static func span(_ interval: Duration, times count: Int64) -> Int64? {
    let (span, isTooLong) = interval.microseconds.multipliedReportingOverflow(by: count)
    return isTooLong || span > -never / 2 ? nil : span
  }
}

import Alerting
import DeviceCatalog
import Storage
import Telemetry

/// An alert of a rule as it might be, to try hooks with: about the device and tags that the rule names, with a value
/// beyond its limit.
struct SampleAlert {
  let record: AlertRecord
  /// Names of states, by the numbers that they have in it.
  let states: [Int64: String]

  init(_ rule: AlertRule, _ catalogue: Catalogue, now: Timestamp) {
    let severity = rule.severities.max() ?? .warning
    let (target, tags) = Self.target(of: rule)
    let key = AlertKey(rule: rule.id, severity: severity, target: target)
    // No reading has made it: like the gateway's own alerts it is told from others by its moment.
    let transition = AlertTransition(ownStart: key, since: now, at: now, tags: tags)
    let metric = Self.metric(of: rule, catalogue)
    states = (metric?.states ?? []).enumerated().reduce(into: [:]) { $0[Int64($1.offset)] = $1.element }
    record = AlertRecord(
      CalledAlert(transition, hooks: rule.hooks), since: now, firedAt: now, changedAt: now,
      value: Self.value(of: rule, severity, states), unit: metric?.unit,
      isState: metric?.kind == .state && Self.level(of: rule, severity)?.condition.word != "window")
  }

  private static let device = "sample"

  private static func target(of rule: AlertRule) -> (target: AlertTarget, tags: [String: String]) {
    switch rule.subject {
    case .series(let series):
      return (.series(device: series.filter.device ?? device, metric: series.metric), series.filter.tags)
    case .joined(let joined):
      let tags = joined.parts.reduce(into: [String: String]()) { $0.merge($1.filter.tags) { $1 } }
      switch joined.ground {
      case .device: return (.device(joined.parts.lazy.compactMap(\.filter.device).first ?? device), tags)
      case .tag(let name):
        let value = tags[name] ?? device
        return (.tag(name: name, value: value), [name: value])
      }
    }
  }

  private static func metric(of rule: AlertRule, _ catalogue: Catalogue) -> RuleMetric? {
    guard case .series(let series) = rule.subject else { return nil }
    return catalogue.ruleMetrics.first { $0.name == series.metric }
  }

  private static func level(of rule: AlertRule, _ severity: Severity) -> SeriesSubject.Level? {
    guard case .series(let series) = rule.subject else { return nil }
    return series.levels.first { $0.severity == severity }
  }

  private static func value(of rule: AlertRule, _ severity: Severity, _ states: [Int64: String]) -> Double {
    switch level(of: rule, severity)?.condition {
    case nil: return 0
    case .value(let comparison): return value(beyond: comparison)
    case .window(let window): return value(beyond: window.comparison)
    case .rateAbove(let limit, _, _): return limit + step(limit)
    case .equals(let text):
      return states.first { $0.value == text }.map { Double($0.key) } ?? Double(text) ?? 0
    case .absent: return 0
    }
  }

  private static func value(beyond comparison: Comparison) -> Double {
    switch comparison {
    case .above(let limit, _): limit + step(limit)
    case .below(let limit, _): limit - step(limit)
    case .outside(let range, _): range.upperBound + step(range.upperBound)
    }
  }

  private static func step(_ limit: Double) -> Double { limit == 0 ? 1 : abs(limit) / 4 }
}

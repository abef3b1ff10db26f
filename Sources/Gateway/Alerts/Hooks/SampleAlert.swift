import Alerting
import DeviceCatalog
import Storage
import Telemetry

/// An alert of a rule as it might be, to try hooks with: about the device and tags that the rule names, with a value
/// beyond its limit.
struct SampleAlert {
  let record: AlertRecord

  init(_ rule: AlertRule, _ catalogue: Catalogue, now: Timestamp) {
    let severity = rule.severities.max() ?? .warning
    let (target, tags) = Self.target(of: rule)
    let key = AlertKey(rule: rule.id, severity: severity, target: target)
    // No reading has made it: like the gateway's own alerts it is told from others by its moment.
    let transition = AlertTransition(ownStart: key, since: now, at: now, tags: tags)
    record = AlertRecord(
      CalledAlert(transition, hooks: rule.hooks), since: now, firedAt: now, changedAt: now,
      value: Self.value(of: rule, severity), unit: Self.unit(of: rule, catalogue))
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

  private static func unit(of rule: AlertRule, _ catalogue: Catalogue) -> String? {
    guard case .series(let series) = rule.subject else { return nil }
    return catalogue.ruleMetrics.first { $0.name == series.metric }?.unit
  }

  private static func value(of rule: AlertRule, _ severity: Severity) -> Double {
    guard case .series(let series) = rule.subject,
      let condition = series.levels.first(where: { $0.severity == severity })?.condition
    else { return 0 }
    switch condition {
    case .value(let comparison): return value(beyond: comparison)
    case .window(let window): return value(beyond: window.comparison)
    case .rateAbove(let limit, _, _): return limit + step(limit)
    case .equals(let text): return Double(text) ?? 0
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

import Alerting
import StrictYAML
import Telemetry

/// What is known of a metric that rules may name.
public struct RuleMetric: Sendable {
  public var name: String
  public var kind: MetricKind
  /// Canonical; nil for states.
  public var unit: String?
  /// Of states.
  public var states: [String]

  public init(name: String, kind: MetricKind, unit: String?, states: [String] = []) {
    (self.name, self.kind, self.unit, self.states) = (name, kind, unit, states)
  }
}

extension RuleFile {
  /// What rules ask of metrics that these do not have: they would never hold, and say nothing of why.
  ///
  /// - Parameter metrics: of the catalogue; several of one name where profiles differ.
  public func problems(with metrics: [RuleMetric]) -> [YAMLError] {
    let byName = Dictionary(grouping: metrics, by: \.name)
    return uses.compactMap { use in
      guard let named = byName[use.metric] else {
        let hint = nearestHint(to: use.metric, among: byName.keys.sorted())
        return use.metricPlace.error("no profile has a metric '\(use.metric)'\(hint)")
      }
      let problems = named.map { Self.problem(use.condition, $0) }
      // One of them that suits is enough.
      if problems.contains(where: { $0 == nil }) { return nil }
      return problems.first.flatMap { $0 }.map(use.conditionPlace.error)
    }
  }

  private static func problem(_ condition: Condition, _ metric: RuleMetric) -> String? {
    let kind = metric.kind.rawValue
    switch condition {
    case .value where metric.kind == .state:
      return "'\(metric.name)' is a state, which is no number; expected 'equals' with one of \(list(metric.states))"
    case .equals(let text): return problem(equals: text, metric)
    case .rateAbove where metric.kind != .gauge && metric.kind != .counter:
      return "a rate is of a gauge or a counter; '\(metric.name)' is of the kind \(kind)"
    case .window(let window):
      guard window.function.kinds.contains(metric.kind) else {
        return "fn: \(window.function.word) is not for '\(metric.name)', which is of the kind \(kind)"
      }
      if case .seconds(let state) = window.function, !metric.states.contains(state) {
        return unknownState(state, metric)
      }
      return nil
    default: return nil
    }
  }

  private static func problem(equals text: String, _ metric: RuleMetric) -> String? {
    if metric.kind == .state { return metric.states.contains(text) ? nil : unknownState(text, metric) }
    if let number = Double(text), number.isFinite { return nil }
    return "'\(metric.name)' is of the kind \(metric.kind.rawValue), which has no states: '\(text)' is no number"
  }

  private static func unknownState(_ state: String, _ metric: RuleMetric) -> String {
    "'\(metric.name)' has no state '\(state)'\(nearestHint(to: state, among: metric.states)); it has \(list(metric.states))"
  }

  private static func list(_ states: [String]) -> String { states.sorted().joined(separator: ", ") }
}

import Alerting
import DeviceCatalog
import StrictYAML

extension GatewayConfiguration {
  /// The rules that the configuration names, held against what the profiles measure.
  ///
  /// - Returns: the rules, and what keeps none of them from being used.
  /// - Throws: `YAMLError` for rules that cannot be right.
  func rules(for catalogue: Catalogue) throws(YAMLError) -> (rules: RuleSet, warnings: [YAMLError]) {
    guard let alerts else { return (RuleSet(), []) }
    let file = try RuleFile.read(alerts)
    if let problem = file.problems(with: catalogue.ruleMetrics).first { throw problem }
    return (file.rules, file.warnings)
  }
}

extension Catalogue {
  /// What rules may name.
  var ruleMetrics: [RuleMetric] {
    profiles.flatMap { profile in
      profile.metrics.map { metric in
        RuleMetric(name: metric.name, kind: metric.kind, unit: metric.canonicalUnit, states: metric.states.names)
      }
    }
  }
}

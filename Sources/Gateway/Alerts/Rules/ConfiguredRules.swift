import Alerting
import DeviceCatalog
import StrictYAML

extension GatewayConfiguration {
  /// The rules that the configuration names, held against what the profiles measure.
  ///
  /// - Returns: the rules, and what keeps none of them from being used.
  /// - Throws: `YAMLError` for rules that cannot be right.
  func rules(for catalogue: Catalogue) throws(YAMLError) -> (rules: RuleSet, warnings: [YAMLError]) {
    guard let file = try ruleFile(for: catalogue) else { return (RuleSet(), []) }
    return (file.rules, file.warnings)
  }

  /// The file of the rules; nil where none is named.
  func ruleFile(for catalogue: Catalogue) throws(YAMLError) -> RuleFile? {
    guard let alerts else { return nil }
    let file = try RuleFile.read(alerts)
    if let problem = file.problems(with: catalogue.ruleMetrics).first { throw problem }
    return file
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

import DeviceCatalog
import StrictYAML
import Telemetry

extension KPIDeclaration {
  /// What it asks of profiles that they do not have, a sentence each: it would answer nothing, and say nothing of why.
  ///
  /// Tags are not looked at: the registry may give devices any.
  public func problems(with listing: CatalogueListing) -> [String] {
    let profiles = listing.profiles.map(\.profile)
    var problems: [String] = []
    for name in Set(formula.filters.flatMap(\.profiles)).sorted() where !profiles.contains(name) {
      problems.append("there is no profile '\(name)'\(nearestHint(to: name, among: profiles))")
    }
    for measure in formula.measures {
      if let problem = Self.problem(with: measure, formula.states(of: measure), listing), !problems.contains(problem) {
        problems.append(problem)
      }
    }
    return problems
  }

  private static func problem(with measure: KPIMeasure, _ states: [String], _ listing: CatalogueListing) -> String? {
    let metrics = listing.profiles.filter { measure.source.filter.includes(profile: $0.profile) }.flatMap(\.metrics)
    let named = metrics.filter { $0.metric == measure.source.metric }
    let name = "'\(measure.source.metric)'"
    guard !named.isEmpty else {
      let names = Set(metrics.map(\.metric)).sorted()
      return "no profile of it has a metric \(name)\(nearestHint(to: measure.source.metric, among: names))"
    }
    let suited = named.filter { measure.function.kinds.contains($0.kind) }
    guard !suited.isEmpty else {
      return "fn: \(measure.function.rawValue) is not for \(name), which is of the kind \(named[0].kind.rawValue)"
    }
    if let unit = measure.unit, !suited.contains(where: { $0.storedUnit == unit }) {
      return "\(name) is stored in \(suited[0].storedUnit ?? "no unit"), not in \(unit)"
    }
    let known = Set(suited.flatMap { $0.states ?? [] })
    if let state = states.first(where: { !known.contains($0) }) {
      return "\(name) has no state '\(state)'; it has \(known.sorted().joined(separator: ", "))"
    }
    return nil
  }
}

extension KPIFormula {
  /// The states of a measure that it names.
  fileprivate func states(of measure: KPIMeasure) -> [String] {
    if case .devices(let condition, _) = self, case .isOne(let states) = condition.test { return states }
    return measure.states ?? []
  }
}

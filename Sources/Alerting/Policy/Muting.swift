import Telemetry

/// What keeps alerts from being called, at one moment.
struct Muting {
  private let silences: [Silence]
  private let maintenance: [MaintenanceWindow]
  private let inhibitions: [(rule: Inhibition, grounds: Set<[String]>)]
  /// Of each rule and target the worst severity that is open.
  private let worst: [Place: Severity]

  private struct Place: Hashable {
    var rule: String
    var target: AlertTarget
  }

  /// - Parameters:
  ///   - open: all open alerts.
  ///   - zoneOffset: seconds east of UTC in force now.
  init(
    _ rules: RuleSet, _ silences: some Sequence<Silence>, open: [CalledAlert], at now: Timestamp, zoneOffset: Int64
  ) {
    self.silences = silences.filter { $0.isActive(at: now) }
    maintenance = rules.maintenance.filter { $0.contains(now, zoneOffset: zoneOffset) }
    inhibitions = rules.inhibitions.map { inhibition in
      let inhibitors = open.filter { $0.key.rule == inhibition.when }
      return (inhibition, Set(inhibitors.compactMap { Self.ground($0, inhibition.same) }))
    }
    var worst: [Place: Severity] = [:]
    for alert in open {
      let place = Place(rule: alert.key.rule, target: alert.key.target)
      worst[place] = max(worst[place] ?? .info, alert.key.severity)
    }
    self.worst = worst
  }

  /// What two alerts must have in common; nil where an alert has not all of it.
  private static func ground(_ alert: CalledAlert, _ same: [String]) -> [String]? {
    let values = same.compactMap { $0 == "device" ? alert.key.target.device : alert.tags[$0] }
    return values.count == same.count ? values : nil
  }

  func mutes(_ alert: CalledAlert) -> Bool {
    if silences.contains(where: { $0.matcher.matches(alert.key, tags: alert.tags) }) { return true }
    if maintenance.contains(where: { $0.matcher.matches(alert.key, tags: alert.tags) }) { return true }
    if let worst = worst[Place(rule: alert.key.rule, target: alert.key.target)], worst > alert.key.severity {
      return true
    }
    return inhibitions.contains { inhibition, grounds in
      guard !grounds.isEmpty, inhibition.mutes.contains(alert.key.rule) else { return false }
      return Self.ground(alert, inhibition.same).map(grounds.contains) ?? false
    }
  }
}

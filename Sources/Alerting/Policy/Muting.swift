import Telemetry

/// What keeps alerts from being called: silences and maintenance that are in force, and alerts that are open, which are
/// counted as they open and end.
///
/// Invariants
/// - An alert that was muted stays so, and one that was not does not become so, until `pass` or `note` says otherwise.
struct Muting {
  private let maintenance: [MaintenanceWindow]
  private let inhibitions: [Inhibition]
  private var silencesInForce: [Silence] = []
  private var maintenanceInForce: [MaintenanceWindow] = []
  /// Of each inhibition: how many open alerts mute by it what has the same as they.
  private var inhibitors: [[[String]: Int]]
  private var open: [AlertKey: [AlertID]] = [:]

  /// What may be muted now and was not, or the other way round.
  struct Change {
    /// Of the same rule and target.
    fileprivate(set) var alerts: [AlertID] = []
    fileprivate var inhibitions: [(inhibition: Inhibition, ground: [String])] = []

    /// Others may be concerned as well.
    var isWide: Bool { !inhibitions.isEmpty }

    func concerns(_ alert: CalledAlert) -> Bool {
      inhibitions.contains { inhibition, ground in
        inhibition.mutes.contains(alert.key.rule) && Muting.ground(alert, inhibition.same) == ground
      }
    }
  }

  /// - Parameter alerts: all that are open.
  init(_ rules: RuleSet, open alerts: some Sequence<CalledAlert>) {
    maintenance = rules.maintenance
    inhibitions = rules.inhibitions
    inhibitors = Array(repeating: [:], count: inhibitions.count)
    for alert in alerts { _ = note(alert) }
  }

  /// Takes in that an alert has opened, or has ended.
  mutating func note(_ alert: CalledAlert) -> Change {
    var change = Change()
    if alert.phase.isOpen {
      open[alert.key, default: []].append(alert.id)
    } else {
      open[alert.key]?.removeAll { $0 == alert.id }
      if open[alert.key]?.isEmpty == true { open[alert.key] = nil }
    }
    for severity in Severity.allCases where severity < alert.key.severity {
      change.alerts += open[alert.key.with(severity)] ?? []
    }
    for (place, inhibition) in inhibitions.enumerated() where inhibition.when == alert.key.rule {
      guard let ground = Self.ground(alert, inhibition.same) else { continue }
      let former = inhibitors[place][ground] ?? 0
      let count = former + (alert.phase.isOpen ? 1 : -1)
      inhibitors[place][ground] = count == 0 ? nil : count
      if count == 0 || former == 0 { change.inhibitions.append((inhibition, ground)) }
    }
    return change
  }

  /// Goes on to a moment.
  ///
  /// - Parameter zoneOffset: seconds east of UTC in force then.
  /// - Returns: whether other silences or maintenance are in force than before.
  mutating func pass(to now: Timestamp, zoneOffset: Int64, _ silences: some Sequence<Silence>) -> Bool {
    let silences = silences.filter { $0.isActive(at: now) }.sorted { $0.id < $1.id }
    let windows = maintenance.filter { $0.contains(now, zoneOffset: zoneOffset) }
    guard silences != silencesInForce || windows != maintenanceInForce else { return false }
    (silencesInForce, maintenanceInForce) = (silences, windows)
    return true
  }

  /// What two alerts must have in common; nil where an alert has not all of it.
  fileprivate static func ground(_ alert: CalledAlert, _ same: [String]) -> [String]? {
    let values = same.compactMap { $0 == "device" ? alert.key.target.device : alert.tags[$0] }
    return values.count == same.count ? values : nil
  }

  func mutes(_ alert: CalledAlert) -> Bool {
    if silencesInForce.contains(where: { $0.matcher.matches(alert.key, tags: alert.tags) }) { return true }
    if maintenanceInForce.contains(where: { $0.matcher.matches(alert.key, tags: alert.tags) }) { return true }
    if Severity.allCases.contains(where: { $0 > alert.key.severity && open[alert.key.with($0)] != nil }) { return true }
    return zip(inhibitions, inhibitors).contains { inhibition, grounds in
      guard !grounds.isEmpty, inhibition.mutes.contains(alert.key.rule) else { return false }
      return Self.ground(alert, inhibition.same).map { grounds[$0] != nil } ?? false
    }
  }
}

extension AlertKey {
  fileprivate func with(_ severity: Severity) -> AlertKey {
    AlertKey(rule: rule, severity: severity, target: target)
  }
}

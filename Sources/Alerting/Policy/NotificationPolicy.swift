import Telemetry

/// Who is called, and when: transitions and the passing of time in, calls out.
///
/// An alert's start is called once it is firing, is not muted and was not called; its end is called once it has ended and
/// its start was. Muted by a silence, by maintenance, by an open alert that inhibits it, by a worse one of the same rule
/// and target; an end is called even then.
///
/// Invariants
/// - A hook is told of an alert's start, of each step of its escalation and of its end at most once, and of the end exactly
///   if it was told of the start or of a step.
/// - The same transitions, questions and moments give the same calls with the same ids.
/// - No hook is called for its own failure.
/// - Alerts that nobody need be told anything of are not looked at, nor open ones that are muted until something
///   happens to them or to what mutes them: a look costs by what may be due.
public struct NotificationPolicy: Sendable {
  /// What was to be called longer ago is told in a summary.
  public static let hookMaxAge = Duration.seconds(300)

  var byID: [String: AlertRule] = [:]
  var silences: [Int64: Silence] = [:]
  var alerts: [AlertID: CalledAlert] = [:]
  /// Those of which somebody may have to be told something, but for `asleep`.
  var attention: Set<AlertID> = []
  /// Open ones that were muted at the last look, and still are.
  var asleep: Set<AlertID> = []
  var muting: Muting
  var lookedAt: Timestamp?
  /// When the muted ones were found to be, last; of those that are asleep `lookedAt` is that moment.
  var mutedAt: [AlertID: Timestamp] = [:]
  var changed: Set<AlertID> = []
  /// Those that nobody need be told anything of any more, as they were last.
  var gone: [AlertID: CalledAlert] = [:]
  let hookMaxAge: Duration

  /// - Parameters:
  ///   - alerts: as `drain` gave them.
  ///   - silences: those that are not over.
  public init(
    _ rules: RuleSet, alerts: [CalledAlert] = [], silences: [Silence] = [], hookMaxAge: Duration = Self.hookMaxAge
  ) {
    self.hookMaxAge = hookMaxAge
    muting = Muting(rules, open: [])
    for alert in alerts { self.alerts[alert.id] = alert }
    for silence in silences { self.silences[silence.id] = silence }
    replace(rules)
  }

  /// Goes on with other rules. Who was told stays told; what ends by it comes as transitions.
  public mutating func replace(_ rules: RuleSet) {
    byID = Dictionary((rules.rules + [rules.hookFailing]).map { ($0.id, $0) }) { first, _ in first }
    wake(asleep)
    attention = Set(alerts.keys)
    muting = Muting(rules, open: alerts.values.filter(\.phase.isOpen))
  }

  mutating func wake(_ ids: some Sequence<AlertID>) {
    for id in ids where asleep.remove(id) != nil {
      mutedAt[id] = lookedAt
      attention.insert(id)
    }
  }

  /// All alerts that are kept, in the order of their start.
  public var all: [CalledAlert] { alerts.values.sorted(by: Self.comesBefore) }

  /// One that is kept; nil where there is none of that id.
  public subscript(alert: AlertID) -> CalledAlert? { alerts[alert] }

  /// By their start; those that started together by rule and name.
  static func comesBefore(_ left: CalledAlert, _ right: CalledAlert) -> Bool {
    if left.startedAt != right.startedAt { return left.startedAt < right.startedAt }
    let (a, b) = (left.key, right.key)
    if a.rule != b.rule { return a.rule < b.rule }
    return (a.target.text, a.severity, left.id) < (b.target.text, b.severity, right.id)
  }

  // MARK: What happens

  /// Takes transitions in, in their order. One that has come before changes nothing.
  public mutating func take(_ transitions: [AlertTransition]) {
    for transition in transitions { take(transition) }
  }

  private mutating func take(_ transition: AlertTransition) {
    let id = transition.alert
    if transition.kind == .firing {
      guard alerts[id] == nil else { return }
      let hooks = byID[transition.key.rule]?.hooks ?? []
      alerts[id] = CalledAlert(transition, hooks: hooks.filter { Self.mayCall($0, for: transition.key) })
      gone[id] = nil
    }
    guard alerts[id]?.phase.isOpen == true else { return }
    alerts[id]?.phase = CalledAlert.Phase(behind: transition.kind)
    if transition.kind.isEnd {
      alerts[id]?.end = transition.id
      alerts[id]?.endedAt = transition.receivedAt
    }
    if transition.kind == .firing || transition.kind.isEnd { noteOpen(id) }
    changed.insert(id)
    wake([id])
    attention.insert(id)
  }

  /// No hook is called for its own failure: it would fail again.
  static func mayCall(_ hook: String, for key: AlertKey) -> Bool { key != AlertRule.failure(of: hook) }

  /// An alert has opened or ended: others may be muted by it now, or be so no longer.
  private mutating func noteOpen(_ id: AlertID) {
    guard let change = alerts[id].map({ muting.note($0) }) else { return }
    wake(change.alerts)
    if change.isWide { wake(asleep.filter { alerts[$0].map(change.concerns) ?? false }) }
  }

  /// Somebody takes an alert on: it is escalated no further.
  ///
  /// - Returns: false where there is no such open alert.
  public mutating func acknowledge(_ alert: AlertID, _ acknowledgement: CalledAlert.Acknowledgement) -> Bool {
    guard alerts[alert]?.phase.isOpen == true else { return false }
    alerts[alert]?.acknowledgement = acknowledgement
    changed.insert(alert)
    return true
  }

  /// Adds a silence, or changes one.
  public mutating func set(_ silence: Silence) { silences[silence.id] = silence }

  /// Ends a silence; one that is not there changes nothing.
  public mutating func removeSilence(_ id: Int64) { silences[id] = nil }

  // MARK: Results

  /// What has changed since the last call, to be stored with the calls.
  ///
  /// - Returns: those that are kept, and those that are not looked at any more, as they were last.
  public mutating func drain() -> (alerts: [CalledAlert], gone: [CalledAlert]) {
    defer {
      changed = []
      gone = [:]
    }
    return (
      changed.compactMap { alerts[$0] }.sorted(by: Self.comesBefore), gone.values.sorted(by: Self.comesBefore)
    )
  }
}

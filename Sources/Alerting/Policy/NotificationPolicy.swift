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

  private var rules: RuleSet
  private var byID: [String: AlertRule] = [:]
  private var silences: [Int64: Silence] = [:]
  private var alerts: [AlertID: CalledAlert] = [:]
  /// Those of which somebody may have to be told something, but for `asleep`.
  private var attention: Set<AlertID> = []
  /// Open ones that were muted at the last look, and still are.
  private var asleep: Set<AlertID> = []
  private var muting: Muting
  private var lookedAt: Timestamp?
  /// When the muted ones were found to be, last; of those that are asleep `lookedAt` is that moment.
  private var mutedAt: [AlertID: Timestamp] = [:]
  private var changed: Set<AlertID> = []
  /// Those that nobody need be told anything of any more, as they were last.
  private var gone: [AlertID: CalledAlert] = [:]
  private let hookMaxAge: Duration

  /// - Parameters:
  ///   - alerts: as `drain` gave them.
  ///   - silences: those that are not over.
  public init(
    _ rules: RuleSet, alerts: [CalledAlert] = [], silences: [Silence] = [], hookMaxAge: Duration = Self.hookMaxAge
  ) {
    self.rules = rules
    self.hookMaxAge = hookMaxAge
    muting = Muting(rules, open: [])
    for alert in alerts { self.alerts[alert.id] = alert }
    for silence in silences { self.silences[silence.id] = silence }
    replace(rules)
  }

  /// Goes on with other rules. Who was told stays told; what ends by it comes as transitions.
  public mutating func replace(_ rules: RuleSet) {
    self.rules = rules
    byID = Dictionary((rules.rules + [rules.hookFailing]).map { ($0.id, $0) }) { first, _ in first }
    wake(asleep)
    attention = Set(alerts.keys)
    muting = Muting(rules, open: alerts.values.filter(\.phase.isOpen))
  }

  private mutating func wake(_ ids: some Sequence<AlertID>) {
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
  private static func comesBefore(_ left: CalledAlert, _ right: CalledAlert) -> Bool {
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
  private static func mayCall(_ hook: String, for key: AlertKey) -> Bool { key != AlertRule.failure(of: hook) }

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

  // MARK: Calls

  /// The calls that are due. To be called after each `take`, and now and then as time passes.
  ///
  /// - Parameter zoneOffset: seconds east of UTC in force now, for maintenance.
  public mutating func calls(at now: Timestamp, zoneOffset: Int64 = 0) -> [AlertCall] {
    defer { lookedAt = now }
    if muting.pass(to: now, zoneOffset: zoneOffset, silences.values) { wake(asleep) }
    let looked = look(at: now)
    guard !looked.isEmpty else { return [] }
    var basket = CallBasket()
    for (alert, isMuted) in looked {
      addStart(of: alert.id, isMuted, at: now, to: &basket)
      if !isMuted { addEscalation(of: alert.id, at: now, to: &basket) }
    }
    // Ends of what is told of only now come with it.
    var calls = basket.calls(at: now, oldest: hookMaxAge)
    note(calls, at: now)
    var ends = CallBasket()
    for (alert, _) in looked { addEnd(of: alert.id, to: &ends) }
    let endCalls = ends.calls(at: now, oldest: hookMaxAge)
    note(endCalls, at: now)
    calls = AlertCall.joined(calls + endCalls)
    for (alert, _) in looked { letGo(alert.id) }
    return calls
  }

  /// Those of which somebody may have to be told something now, in the order of their start; open ones that are muted
  /// fall asleep.
  private mutating func look(at now: Timestamp) -> [(alert: CalledAlert, isMuted: Bool)] {
    var looked: [(alert: CalledAlert, isMuted: Bool)] = []
    for id in attention {
      guard let alert = alerts[id] else { continue }
      let isMuted = muting.mutes(alert)
      noteMuted(id, isMuted, at: now)
      if isMuted, alert.phase.isOpen { asleep.insert(id) } else { looked.append((alert, isMuted)) }
    }
    attention = Set(looked.lazy.map(\.alert.id))
    return looked.sorted { Self.comesBefore($0.alert, $1.alert) }
  }

  private mutating func noteMuted(_ id: AlertID, _ isMuted: Bool, at now: Timestamp) {
    guard isMuted else { return }
    mutedAt[id] = now
    guard alerts[id]?.waiting.isEmpty == false, alerts[id]?.wasMuted == false else { return }
    alerts[id]?.wasMuted = true
    changed.insert(id)
  }

  private mutating func addStart(of id: AlertID, _ isMuted: Bool, at now: Timestamp, to basket: inout CallBasket) {
    guard let alert = alerts[id] else { return }
    let wait = byID[alert.key.rule]?.group?.wait ?? .zero
    // Over before anybody was to be told: while its group waited, or all the time that it was muted.
    let isOver = alert.endedAt.map { isMuted || alert.wasMuted || $0 < alert.startedAt + wait } ?? false
    if isOver { return forgetStart(of: id) }
    guard !isMuted else { return }
    let due = startDue(alert, at: now) + wait
    if alert.waiting.isEmpty, alert.calledAt == nil, due <= now { noteCalled(id, at: now) }
    let item = AlertCall.Item(alert: id, transition: alert.start, kind: .start, step: 0)
    for hook in alert.waiting { basket.add(entry(hook, item, alert, due: due)) }
  }

  /// When it was first to be told of: as it fired, or as it ceased to be muted.
  private func startDue(_ alert: CalledAlert, at now: Timestamp) -> Timestamp {
    guard alert.wasMuted else { return alert.startedAt }
    return mutedAt[alert.id] ?? now
  }

  private mutating func forgetStart(of id: AlertID) {
    guard alerts[id]?.waiting.isEmpty == false else { return }
    alerts[id]?.waiting = []
    changed.insert(id)
  }

  private mutating func addEscalation(of id: AlertID, at now: Timestamp, to basket: inout CallBasket) {
    guard let alert = alerts[id], alert.phase == .firing, alert.acknowledgement == nil,
      let calledAt = alert.calledAt, let steps = byID[alert.key.rule]?.escalations
    else { return }
    for (place, step) in steps.enumerated().dropFirst(alert.escalated) {
      guard calledAt + step.after <= now else { return }
      // What fell due while it was muted is due as it ceases to be.
      let due = max(calledAt + step.after, mutedAt[id] ?? calledAt)
      alerts[id]?.escalated = place + 1
      changed.insert(id)
      let item = AlertCall.Item(alert: id, transition: alert.start, kind: .escalation, step: place + 1)
      for hook in step.hooks where Self.mayCall(hook, for: alert.key) {
        basket.add(entry(hook, item, alert, due: due))
      }
    }
  }

  private func addEnd(of id: AlertID, to basket: inout CallBasket) {
    guard let alert = alerts[id], let end = alert.end, let endedAt = alert.endedAt else { return }
    let wait = byID[alert.key.rule]?.group?.wait ?? .zero
    let item = AlertCall.Item(alert: id, transition: end, kind: .end, step: 0)
    for hook in alert.called { basket.add(entry(hook, item, alert, due: endedAt + wait)) }
  }

  private func entry(
    _ hook: String, _ item: AlertCall.Item, _ alert: CalledAlert, due: Timestamp
  ) -> CallBasket.Entry {
    let grouping = byID[alert.key.rule]?.group
    return CallBasket.Entry(
      hook: hook, item: item, due: due, group: grouping.map { alert.ground($0.by) },
      waitMicroseconds: grouping?.wait.microseconds ?? 0)
  }

  /// Notes who has been told what.
  private mutating func note(_ calls: [AlertCall], at now: Timestamp) {
    for call in calls {
      for item in call.items {
        changed.insert(item.alert)
        switch item.kind {
        case .end: alerts[item.alert]?.called.removeAll { $0 == call.hook }
        default:
          alerts[item.alert]?.waiting.removeAll { $0 == call.hook }
          if alerts[item.alert]?.called.contains(call.hook) == false { alerts[item.alert]?.called.append(call.hook) }
          noteCalled(item.alert, at: now)
        }
      }
    }
  }

  private mutating func noteCalled(_ id: AlertID, at now: Timestamp) {
    guard alerts[id]?.calledAt == nil else { return }
    alerts[id]?.calledAt = now
    mutedAt[id] = nil
    changed.insert(id)
  }

  /// Lets an alert be until something happens to it; one that is over goes.
  private mutating func letGo(_ id: AlertID) {
    guard let alert = alerts[id], alert.waiting.isEmpty else { return }
    if !alert.phase.isOpen {
      guard alert.called.isEmpty else { return }
      alerts[id] = nil
      mutedAt[id] = nil
      changed.remove(id)
      gone[id] = alert
      attention.remove(id)
    } else if alert.calledAt != nil {
      let steps = byID[alert.key.rule]?.escalations.count ?? 0
      if alert.escalated >= steps || alert.acknowledgement != nil { attention.remove(id) }
    }
  }

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

import Telemetry

/// Which calls are due: starts and steps of escalation first, then the ends of what has been told.
extension NotificationPolicy {
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
}

import Alerting
import Foundation
import Hooks
import Storage
import Telemetry

/// What has happened, and who is to be called for it: into the store, and shown once it is there.
extension AlertDesk {
  /// Somebody waits for what has happened, or for an answer.
  var isUrgent: Bool { engine.hasTransitions || mail.isAwaited || !replies.isEmpty }

  /// Looks who is to be called by now. To be called now and then, as time passes.
  func lookUp() {
    serve()
    gather()
  }

  /// Something is to be written, whether or not messages have come.
  var hasUnsaved: Bool {
    unsaved.isUrgent || !unsaved.states.isEmpty || !unsavedAlerts.isEmpty || !replies.isEmpty || isListeningUnsaved
  }

  /// All that has changed; to be written with, or before, the checkpoint of the message that came last.
  ///
  /// - Parameter isWhole: with what changes at each reading.
  func changes(isWhole: Bool) -> AlertChanges {
    lookUp()
    unsaved.sequence = max(sequence, storedSequence)
    unsaved.time = engine.time
    unsaved.listensSince = engine.listensSince
    if isWhole { unsaved.rates += engine.drainRates() }
    var changes = unsaved
    changes.alerts = unsavedAlerts.values.sorted { $0.alert.id < $1.alert.id }
    return changes
  }

  private func gather() {
    let drained = engine.drain()
    unsaved.states += drained.states
    unsaved.transitions += drained.transitions.map(TransitionRecord.init)
    policy.take(drained.transitions)
    note(drained.transitions)
    let moment = now()
    let due = policy.calls(at: moment, zoneOffset: Int64(zone.secondsFromGMT(for: Date(moment))))
    keepPolicy()
    for call in due where waitingHooks[call.id] == nil { add(HookCallRecord(call, createdAt: moment)) }
  }

  /// Beyond the limit it is written down as given up, so that a backlog that nobody works off has an end.
  private func add(_ call: HookCallRecord) {
    var call = call
    let hook = call.call.hook
    if waitingCounts[hook, default: 0] < waitingCallsMax {
      waitingHooks[call.call.id] = hook
      waitingCounts[hook, default: 0] += 1
    } else {
      let sentence = "\(waitingCallsMax) calls of the hook wait already, as many as limits.hook_calls allows"
      call.failure = HookCallRecord.Failure(reason: HookFailure.Reason.crowded.rawValue, sentence: sentence)
      (call.state, call.endedAt) = (.failed, call.createdAt)
      callCounts[HookEnd(hook: hook, state: .failed), default: 0] += 1
      crowdedCounts[hook, default: 0] += 1
    }
    unsaved.calls.append(call)
  }

  /// Takes in a transition that no reading made.
  func tell(_ transition: AlertTransition) {
    unsaved.transitions.append(TransitionRecord(transition))
    policy.take([transition])
    note([transition])
  }

  private func note(_ transitions: [AlertTransition]) {
    for transition in transitions {
      transitionCounts[transition.kind, default: 0] += 1
      if transition.kind == .firing, records[transition.alert] == nil, let alert = policy[transition.alert] {
        records[transition.alert] = AlertRecord(
          alert, since: transition.since, firedAt: transition.at, changedAt: transition.at, value: transition.value,
          unit: transition.unit, isState: transition.isState)
      }
      records[transition.alert]?.take(transition)
      if transition.key.rule == AlertRule.hookFailingID {
        openFailures[transition.key] = transition.kind.isEnd ? nil : transition.alert
      }
    }
  }

  /// Takes over what the policy knows of alerts.
  func keepPolicy() {
    let (changed, gone) = policy.drain()
    for alert in changed {
      records[alert.id]?.alert = alert
      unsavedAlerts[alert.id] = records[alert.id]
    }
    for alert in gone {
      guard var record = records.removeValue(forKey: alert.id) else { continue }
      record.alert = alert
      record.isSettled = true
      unsavedAlerts[alert.id] = record
    }
  }

  /// What `changes` gave is in the store.
  ///
  /// - Returns: whether there were transitions among it.
  @discardableResult
  func saved() -> Bool {
    defer { forgetSaved() }
    return !unsaved.transitions.isEmpty
  }

  private func forgetSaved() {
    let hasNewCalls = !unsaved.calls.isEmpty
    unsaved = AlertChanges()
    unsavedAlerts = [:]
    isListeningUnsaved = false
    for (letter, answer) in replies { letter.reply.resume(with: answer) }
    replies = []
    board.show(status, hasNewCalls: hasNewCalls)
  }

  var status: AlertStatus {
    AlertStatus(
      open: records.values.reduce(into: [:]) {
        if $1.alert.phase.isOpen { $0[$1.alert.key.severity, default: 0] += 1 }
      }, transitions: transitionCounts, waitingCalls: waitingCounts, calls: callCounts, crowdedCalls: crowdedCounts,
      silences: silences.count)
  }
}

extension Date {
  init(_ moment: Timestamp) { self.init(timeIntervalSince1970: Double(moment.seconds)) }
}

import Alerting
import Foundation
import Hooks
import Storage
import Telemetry

/// What people ask of alerts, and what hooks say of their calls.
extension AlertDesk {
  /// Applies what has come; it is answered once it is in the store.
  func serve() {
    guard mail.isAwaited else { return }
    for letter in mail.take() {
      let answer = Result<Data, any Error> { try apply(letter.request) }
      replies.append((letter, answer))
    }
  }

  /// - Returns: the answer, which holds once `changes` are in the store; that of an acknowledgement is read from there.
  func apply(_ request: AlertRequest) throws -> Data {
    switch request {
    case .acknowledge(let id, let author, let note, let scope):
      try acknowledge(id, author: author, note: note, scope)
      return Data()
    case .silence(let silence): return try add(silence)
    case .endSilence(let id, let scope): return try endSilence(id, scope)
    case .notices(let notices):
      for notice in notices { take(notice) }
      return Data()
    }
  }

  private func acknowledge(_ id: AlertID, author: String, note: String, _ scope: TagScope) throws {
    guard let record = records[id], scope.includes(record.alert.tags) else {
      throw QueryError("there is no open alert '\(id.text)'", isNotFound: true)
    }
    let acknowledgement = CalledAlert.Acknowledgement(author: author, note: note, at: now())
    guard policy.acknowledge(id, acknowledgement) else {
      throw QueryError("the alert '\(id.text)' is over", isNotFound: true)
    }
    keepPolicy()
    unsaved.transitions.append(TransitionRecord(acknowledgement, of: records[id] ?? record))
  }

  private func add(_ silence: Silence) throws -> Data {
    for (id, record) in silences where record.silence.until <= now() {
      silences[id] = nil
      policy.removeSilence(id)
    }
    guard silences.count < Self.silencesMax else {
      throw QueryError("\(Self.silencesMax) silences are in force, as many as may be; end some")
    }
    lastSilence += 1
    var silence = silence
    silence.id = lastSilence
    let record = SilenceRecord(silence, createdAt: now())
    silences[silence.id] = record
    policy.set(silence)
    unsaved.silences.append(record)
    return try Answer.json(SilencesAnswer.Silence(record, now: now(), zone: zone))
  }

  private func endSilence(_ id: Int64, _ scope: TagScope) throws -> Data {
    guard var record = silences[id], scope.includes(record.silence.matcher.tags), now() < record.silence.until else {
      throw QueryError("there is no silence '\(id)' in force", isNotFound: true)
    }
    silences[id] = nil
    record.endedAt = now()
    policy.removeSilence(id)
    unsaved.silences.append(record)
    return try Answer.json(SilencesAnswer.Silence(record, now: now(), zone: zone))
  }

  static let silencesMax = 1000

  // MARK: Hooks

  private func take(_ notice: HookNotice) {
    switch notice {
    case .ended(let id, let hook, let tries, let outcome, let next):
      change(id) { change in
        change.triesMade = tries.made
        change.triesFailed = tries.failed
        change.output = outcome.output
        change.failure = HookCallRecord.Failure(outcome.result)
        switch next {
        case .done: (change.state, change.endedAt) = (.done, now())
        case .givenUp: (change.state, change.endedAt) = (.failed, now())
        case .tryAgain(let at): change.notBefore = at
        }
      }
      // The runner does not know what was said of it before this process.
      if next == .done { hookIsWell(hook) }
    case .dropped(let id, _, let failure):
      change(id) { change in
        change.failure = HookCallRecord.Failure(.failed(failure))
        (change.state, change.endedAt) = (.failed, now())
      }
    // It waits in the store for the next start.
    case .notDone: break
    case .failing(let hook, let since, let failure): hookFails(hook, since: since, failure)
    case .recovered(let hook): hookIsWell(hook)
    }
  }

  private func change(_ id: String, _ body: (inout HookCallChange) -> Void) {
    guard let id = AlertID(text: id), let hook = waitingHooks[id] else { return }
    var change = HookCallChange(id)
    body(&change)
    if change.endedAt != nil {
      waitingHooks[id] = nil
      waitingCounts[hook] = waitingCounts[hook].flatMap { $0 > 1 ? $0 - 1 : nil }
      callCounts[HookEnd(hook: hook, state: change.state), default: 0] += 1
    }
    unsaved.callChanges.append(change)
  }

  // MARK: Hooks that keep failing

  private func hookFails(_ hook: String, since: Timestamp, _ failure: HookFailure) {
    let key = AlertRule.failure(of: hook)
    guard openFailures[key] == nil else { return }
    tell(AlertTransition(ownStart: key, since: since, at: now(), tags: AlertRule.failureTags(of: hook)))
  }

  private func hookIsWell(_ hook: String) {
    let key = AlertRule.failure(of: hook)
    guard let record = openFailures[key].flatMap({ records[$0] }) else { return }
    tell(AlertTransition(ownEnd: key, since: record.since, at: now(), tags: AlertRule.failureTags(of: hook)))
  }

  /// What is said of hooks that are not declared any more is withdrawn.
  func withdrawFailures() {
    let declared = Set(rules.hooks.map { AlertRule.failure(of: $0.name) })
    for (key, id) in openFailures.sorted(by: { $0.value < $1.value }) where !declared.contains(key) {
      guard let record = records[id] else { continue }
      tell(
        AlertTransition(ownEnd: key, since: record.since, at: now(), tags: record.alert.tags, isWithdrawn: true))
    }
  }
}

extension HookCallRecord.Failure {
  /// Nil for a try that has not failed.
  fileprivate init?(_ result: HookOutcome.Result) {
    guard case .failed(let failure) = result else { return nil }
    self.init(reason: failure.reason.rawValue, sentence: failure.sentence)
  }
}

import Telemetry

@testable import Hooks

/// What the queue should do, slow and plain: one list of calls that is looked through for each question, and all that
/// ever happened of each hook.
struct ReferenceQueue {
  struct Call {
    let id: String
    let hook: String
    /// Which declaration of the hook's name it belongs to.
    let edition: Int
    let order: Int
    let since: Timestamp
    var tries: HookTries
    var dueAt: Timestamp
    /// The number of its try in its hook; nil while it waits.
    var begun: Int?
  }

  struct Hook {
    var limits: HookLimits
    let edition: Int
    var starts: [Timestamp] = []
    /// From this start on the rate counts.
    var rateFrom = 0
    var awayFailures = 0
    var awayUntil: Timestamp?
    var awayCounted = 0
    var givenUpInRow = 0
    var failingSince: Timestamp?
    var isSaid = false
  }

  let limits: HookQueue.Limits
  var hooks: [String: Hook] = [:]
  var calls: [Call] = []
  var order = 0
  var edition = 0

  private static func gone(_ call: Call) -> HookQueue.Action {
    .givenUp(
      id: call.id, tries: call.tries,
      failure: HookFailure(.declaration, "the hook '\(call.hook)' is declared no longer", .final))
  }

  mutating func declare(_ new: [String: HookLimits]) -> [HookQueue.Action] {
    var actions: [HookQueue.Action] = []
    for name in hooks.keys.sorted() where new[name] == nil {
      let waiting = calls.filter { $0.hook == name && $0.begun == nil && isOfNow($0) }
      actions += waiting.sorted { $0.order < $1.order }.map(Self.gone)
      calls.removeAll { call in waiting.contains { $0.id == call.id } }
      hooks[name] = nil
    }
    for (name, limits) in new {
      if let old = hooks[name] {
        hooks[name]?.limits = limits
        if old.limits.ratePerMinute != limits.ratePerMinute { hooks[name]?.rateFrom = old.starts.count }
      } else {
        edition += 1
        hooks[name] = Hook(limits: limits, edition: edition)
      }
    }
    return actions
  }

  private func isOfNow(_ call: Call) -> Bool { hooks[call.hook]?.edition == call.edition }

  mutating func add(
    _ id: String, hook: String, since: Timestamp, tries: HookTries, notBefore: Timestamp?, at now: Timestamp
  ) -> HookQueue.Admission {
    if calls.contains(where: { $0.id == id }) { return .known }
    guard let edition = hooks[hook]?.edition else { return .undeclared }
    if calls.count(where: { $0.hook == hook && $0.begun == nil }) >= limits.waiting { return .full }
    order += 1
    let dueAt = min(max(notBefore ?? now, now), now + .seconds(3600))
    calls.append(
      Call(id: id, hook: hook, edition: edition, order: order, since: since, tries: tries, dueAt: dueAt))
    return .taken
  }

  func running(_ hook: String) -> Int { calls.count { $0.hook == hook && $0.begun != nil && isOfNow($0) } }

  mutating func start(at now: Timestamp) -> [HookQueue.Action] {
    var actions: [HookQueue.Action] = []
    while calls.count(where: { $0.begun != nil }) < limits.running {
      var best: (running: Int, order: Int, name: String)?
      for (name, hook) in hooks {
        let due = calls.filter { $0.hook == name && $0.begun == nil && $0.dueAt <= now }
        let inLastMinute = hook.starts[hook.rateFrom...].count { $0 > now - .seconds(60) }
        guard let oldest = due.map(\.order).min(), inLastMinute < hook.limits.ratePerMinute,
          running(name) < (hook.awayUntil == nil ? hook.limits.concurrency : 1), hook.awayUntil ?? now <= now
        else { continue }
        if best.map({ (running(name), oldest) < ($0.running, $0.order) }) ?? true {
          best = (running(name), oldest, name)
        }
      }
      guard let name = best?.name, let hook = hooks[name] else { break }
      let due = calls.indices.filter { calls[$0].hook == name && calls[$0].begun == nil && calls[$0].dueAt <= now }
      let chosen = due.min {
        let (left, right) = (calls[$0], calls[$1])
        if hook.awayUntil == nil { return left.order < right.order }
        return (left.tries.made, left.order) < (right.tries.made, right.order)
      }
      guard let chosen else { break }
      hooks[name]?.starts.append(now)
      calls[chosen].begun = hook.starts.count + 1
      actions.append(.start(id: calls[chosen].id, tries: calls[chosen].tries))
    }
    return actions
  }

  mutating func finish(
    _ id: String, _ result: HookOutcome.Result, at now: Timestamp, using random: inout some RandomNumberGenerator
  ) -> [HookQueue.Action] {
    guard let index = calls.firstIndex(where: { $0.id == id && $0.begun != nil }) else { return [] }
    var call = calls.remove(at: index)
    let hook = isOfNow(call) ? hooks[call.hook] : nil
    if result == .done { call.tries.made += 1 }
    guard var hook else { return [result == .done ? .done(id: id, tries: call.tries) : Self.gone(call)] }
    defer { hooks[call.hook] = hook }
    switch result {
    case .done:
      let isRecovered = hook.isSaid
      (hook.awayFailures, hook.awayUntil, hook.awayCounted) = (0, nil, 0)
      (hook.givenUpInRow, hook.failingSince, hook.isSaid) = (0, nil, false)
      return [.done(id: id, tries: call.tries)] + (isRecovered ? [.recovered(hook: call.hook)] : [])
    case .interrupted:
      call.dueAt = now
      call.begun = nil
      calls.append(call)
      return []
    case .failed(let failure):
      let chance = Double.random(in: 0.5...1, using: &random)
      func wait(_ failures: Int) -> Duration {
        var whole = 1.0
        for _ in 1..<max(failures, 1) { whole = min(2 * whole, 300) }
        return max(.microseconds(Int64((whole * 1e6 * chance).rounded())), failure.retryAfter ?? .zero)
      }
      call.tries.made += 1
      if failure.weight != .away { call.tries.failed += 1 }
      if failure.weight == .away || failure.retryAfter != nil {
        if call.begun! > hook.awayCounted {
          hook.awayFailures += 1
          hook.awayCounted = hook.starts.count
        }
        hook.awayUntil = max(hook.awayUntil ?? now, now + wait(hook.awayFailures))
      } else {
        (hook.awayFailures, hook.awayUntil, hook.awayCounted) = (0, nil, 0)
      }
      let isGivenUp =
        failure.weight == .final || (failure.weight == .failed && call.tries.failed > hook.limits.retries)
        || (failure.weight == .away && now - call.since >= hook.limits.patience)
      var actions: [HookQueue.Action] = []
      if isGivenUp {
        hook.givenUpInRow += 1
        actions.append(.givenUp(id: id, tries: call.tries, failure: failure))
      } else {
        call.dueAt = now + wait(call.tries.made)
        call.begun = nil
        calls.append(call)
        actions.append(.tryAgain(id: id, tries: call.tries, at: call.dueAt, failure: failure))
      }
      let since = hook.failingSince ?? now
      hook.failingSince = since
      if !hook.isSaid, hook.givenUpInRow >= limits.givenUpInRow || now - since >= limits.failingSpan {
        hook.isSaid = true
        actions.append(.failing(hook: call.hook, since: since, failure: failure))
      }
      return actions
    }
  }
}

import Alerting
import Glibc
import Telemetry

/// Runs calls of hooks within their limits, and tells what became of each.
///
/// Invariants
/// - Notices are told one list after the other, in the order in which they came to be, all that came meanwhile in one
///   list. Until its end was told a call is known, and cannot be added again.
/// - While `queue.running` notices are untold no more calls are begun: an owner who is slow to write slows the hooks
///   down and nothing else.
/// - It holds of a hook at most `queue.waiting` calls that wait, and `mostBytes` with one more, and of each that runs
///   4 KiB of output and one thread or connection. What is beyond is refused, stays where its owner keeps it, and can be
///   added later.
/// - It waits for no thread of ingest, and none waits for it: it runs on Swift's threads and on those of its runners.
public actor HookRunner {
  /// What keeps hooks from taking more of the machine than they may.
  public struct Limits: Sendable {
    /// Of calls that run and wait.
    public var queue = HookQueue.Limits()
    /// Of one hook's calls that are there.
    public var mostBytes = 4 << 20
    /// How long a stop waits for what runs, before it ends it.
    public var stopPatience = Duration.seconds(2)

    public init() {}
  }

  private struct Held {
    let call: HookCall
    var task: Task<Void, Never>?
  }

  private let limits: Limits
  private let processes: ProcessRunner
  private let webhooks: WebhookRunner
  private let publications: PublishRunner
  private let clock = HookClock()
  private let tell: @Sendable ([HookNotice]) async -> Void
  private var declarations: [String: HookDeclaration] = [:]
  private var queue: HookQueue
  private var calls: [String: Held] = [:]
  /// By hook.
  private var heldBytes: [String: Int] = [:]
  private var untold: [HookNotice] = []
  /// The ids of calls whose end is not told yet.
  private var untoldEnds: Set<String> = []
  private var teller: Task<Void, Never>?
  private var timer: (at: Timestamp, task: Task<Void, Never>)?
  private var isStopping = false
  private var random = SystemRandomNumberGenerator()

  /// - Parameters:
  ///   - hooks: of different names; of two that have the same, the last holds.
  ///   - publisher: nil where nothing can be published.
  ///   - tell: given each notice once. It is not called again before it has returned.
  public init(
    _ hooks: [HookDeclaration], limits: Limits = Limits(), processes: ProcessRunner = ProcessRunner(),
    webhooks: WebhookRunner = WebhookRunner(), publisher: (any HookPublisher)? = nil,
    tell: @escaping @Sendable ([HookNotice]) async -> Void
  ) {
    self.limits = limits
    self.processes = processes
    self.webhooks = webhooks
    publications = PublishRunner(publisher)
    self.tell = tell
    queue = HookQueue(limits.queue)
    declarations = Self.byName(hooks)
    _ = queue.declare(declarations.mapValues(HookLimits.init))
  }

  private static func byName(_ hooks: [HookDeclaration]) -> [String: HookDeclaration] {
    Dictionary(hooks.map { ($0.name, $0) }) { $1 }
  }

  /// How many more calls of a hook would be taken, as far as the bytes of each allow.
  public func room(for hook: String) -> Int {
    isStopping || heldBytes[hook, default: 0] >= limits.mostBytes ? 0 : queue.room(for: hook)
  }
  /// Calls that are there and do not run.
  public var waitingCount: Int { queue.waitingCount }
  /// Calls that run.
  public var runningCount: Int { queue.runningCount }

  /// Sets the hooks that there are from now on. Calls that run go on as they began.
  public func declare(_ hooks: [HookDeclaration]) {
    declarations = Self.byName(hooks)
    let dropped = queue.declare(declarations.mapValues(HookLimits.init))
    for case .givenUp(let id, _, let failure) in dropped {
      guard let call = release(id) else { continue }
      untold.append(.dropped(id: id, hook: call.hook, failure: failure))
    }
    startTelling()
    pump()
  }

  /// Takes a call, to be tried as soon as its hook's limits and other calls allow. To be added in the order of their age.
  public func add(_ call: HookCall) -> HookQueue.Admission {
    guard calls[call.id] == nil, !untoldEnds.contains(call.id) else { return .known }
    guard heldBytes[call.hook, default: 0] < limits.mostBytes, !isStopping else { return .full }
    let admission = queue.add(
      call.id, hook: call.hook, since: call.since, tries: call.tries, notBefore: call.notBefore, at: clock.now)
    guard admission == .taken else { return admission }
    calls[call.id] = Held(call: call)
    heldBytes[call.hook, default: 0] += call.bytes
    pump()
    return .taken
  }

  /// Ends: what runs has `stopPatience` to end by itself, and is ended then. Returns once nothing runs any more.
  ///
  /// All calls that are not done are told as such. It takes `stopPatience`, the process runner's `stopGrace` and what
  /// the kernel needs; it takes longer only for a process that the kernel cannot end.
  public func stop() async {
    isStopping = true
    timer?.task.cancel()
    timer = nil
    let running = calls.values.compactMap(\.task)
    let deadline = Task {
      guard (try? await Task.sleep(for: limits.stopPatience)) != nil else { return }
      for task in running { task.cancel() }
    }
    for task in running { await task.value }
    deadline.cancel()
    for id in calls.keys.sorted() {
      guard let call = release(id) else { continue }
      untold.append(.notDone(id: id, hook: call.hook, tries: call.tries))
    }
    startTelling()
    await teller?.value
  }

  // MARK: Running

  private func pump() {
    guard !isStopping, untold.count < limits.queue.running else { return }
    for case .start(let id, let tries) in queue.start(at: clock.now) { begin(id, tries) }
    setTimer()
  }

  private func begin(_ id: String, _ tries: HookTries) {
    guard var call = calls[id]?.call else { preconditionFailure("a call that is begun is held") }
    call.tries = tries
    let declaration = declarations[call.hook]
    calls[id] = Held(
      call: call,
      task: Task { [call] in
        let outcome = await run(call, declaration)
        end(call, outcome)
      })
  }

  private nonisolated func run(_ call: HookCall, _ declaration: HookDeclaration?) async -> HookOutcome {
    guard let declaration else { return HookOutcome(.interrupted, duration: .zero) }
    return switch declaration.action {
    case .exec(let command): await processes.run(command, call, limit: declaration.timeout)
    case .webhook(let target): await webhooks.run(target, call, limit: declaration.timeout)
    case .publish(let publication): await publications.run(publication, call, limit: declaration.timeout)
    }
  }

  private func end(_ call: HookCall, _ outcome: HookOutcome) {
    calls[call.id]?.task = nil
    let actions = queue.finish(call.id, outcome.result, at: clock.now, using: &random)
    untold += actions.compactMap { notice($0, call, outcome) }
    startTelling()
    pump()
  }

  private func startTelling() {
    guard teller == nil, !untold.isEmpty else { return }
    teller = Task {
      while !untold.isEmpty {
        let notices = untold
        untold = []
        await tell(notices)
        for case .ended(let id, _, _, _, let next) in notices where next == .done || next == .givenUp {
          untoldEnds.remove(id)
        }
        pump()
      }
      teller = nil
    }
  }

  private func notice(_ action: HookQueue.Action, _ call: HookCall, _ outcome: HookOutcome) -> HookNotice? {
    func ended(_ tries: HookTries, _ next: HookNotice.Next) -> HookNotice {
      .ended(id: call.id, hook: call.hook, tries: tries, outcome: outcome, next: next)
    }
    switch action {
    case .start: return nil
    case .done(let id, let tries):
      release(id)
      untoldEnds.insert(id)
      return ended(tries, .done)
    case .givenUp(let id, let tries, _):
      release(id)
      untoldEnds.insert(id)
      return ended(tries, .givenUp)
    case .tryAgain(let id, let tries, let at, _):
      var call = call
      call.tries = tries
      calls[id] = Held(call: call)
      return ended(tries, .tryAgain(at: at))
    case .failing(let hook, let since, let failure): return .failing(hook: hook, since: since, failure: failure)
    case .recovered(let hook): return .recovered(hook: hook)
    }
  }

  @discardableResult
  private func release(_ id: String) -> HookCall? {
    guard let held = calls.removeValue(forKey: id) else { return nil }
    let bytes = heldBytes[held.call.hook, default: 0] - held.call.bytes
    heldBytes[held.call.hook] = bytes > 0 ? bytes : nil
    return held.call
  }

  private func setTimer() {
    let at = queue.nextLook(after: clock.now)
    guard at != timer?.at else { return }
    timer?.task.cancel()
    timer = at.map { at in
      let span = max(at - clock.now, .milliseconds(1))
      return (
        at,
        Task {
          guard (try? await Task.sleep(for: span)) != nil else { return }
          timer = nil
          pump()
        }
      )
    }
  }
}

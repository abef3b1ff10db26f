import Telemetry

/// Which calls are tried when. Pure: it knows neither clock nor chance, and does nothing; what is to be done are actions.
///
/// Invariants
/// - A call that was added is waiting, or running once, until it is done or given up; none is lost, none runs behind
///   its end. An id that is there is not added again.
/// - At most `limits.running` run, of a hook no more than its concurrency, and in any minute no more are begun than its
///   rate. Of the hooks that may, the one with the fewest running is next, and then the one with the oldest call; of a
///   hook's calls the oldest that is due. So a hook with many calls or slow ones holds no other up.
/// - A failure of a call makes that call wait; a receiver that is away makes all calls of its hook wait.
/// - No call of a hook is taken while `limits.waiting` of it wait; those that run may come back beyond it.
public struct HookQueue: Sendable {
  /// Bounds of all hooks together.
  public struct Limits: Equatable, Sendable {
    /// Tries at the same time, of all hooks.
    public var running = 16
    /// Calls that wait, of one hook.
    public var waiting = 1000
    /// So many calls in a row that were given up make a failing hook.
    public var givenUpInRow = 3
    /// So does a time in which tries failed and none was done.
    public var failingSpan = Duration.seconds(600)

    public init() {}
  }

  /// What became of a call that was to be added.
  public enum Admission: Equatable, Sendable {
    case taken
    /// It is there already.
    case known
    /// Too many of its hook wait; it can be given again once there is `room`.
    case full
    /// No such hook is declared.
    case undeclared
  }

  /// What the caller has to do.
  public enum Action: Equatable, Sendable {
    case start(id: String, tries: HookTries)
    case done(id: String, tries: HookTries)
    /// To be kept, so that a restart goes on from there.
    case tryAgain(id: String, tries: HookTries, at: Timestamp, failure: HookFailure)
    case givenUp(id: String, tries: HookTries, failure: HookFailure)
    /// A hook keeps failing; said once.
    case failing(hook: String, since: Timestamp, failure: HookFailure)
    /// It is well again.
    case recovered(hook: String)
  }

  /// The longest time that a call waits for its next try, but for its hook's rate and other calls.
  public static let longestWait = max(CallBackoff.longest, RetryAfter.longest)

  private struct Running {
    var call: HookLane.Waiting
    let hook: String
    /// Its hook was taken away, and may have come back as another.
    var isOrphan = false
  }

  /// Bounds of all hooks together.
  public let limits: Limits
  private var lanes: [String: HookLane] = [:]
  /// Of the calls that are there.
  private var known: Set<String> = []
  private var running: [String: Running] = [:]
  private var order = 0

  public init(_ limits: Limits = Limits()) {
    self.limits = limits
  }

  /// Calls that are there and do not run.
  public var waitingCount: Int { known.count - running.count }
  /// Calls that run.
  public var runningCount: Int { running.count }
  /// How many more calls of a hook may be added; of one that is not declared none is refused for want of room.
  public func room(for hook: String) -> Int { max(0, limits.waiting - (lanes[hook]?.count ?? 0)) }
  /// Of all that are there, in no order.
  public var ids: [String] { Array(known) }

  // MARK: Declaring and adding

  /// Sets the hooks that there are. Calls of those that are gone, and do not run, are given up.
  public mutating func declare(_ hooks: [String: HookLimits]) -> [Action] {
    var actions: [Action] = []
    for (name, lane) in lanes.sorted(by: { $0.key < $1.key }) where hooks[name] == nil {
      actions += lane.calls.sorted(by: { $0.order < $1.order }).map { giveUpUndeclared($0, name) }
      for id in running.keys where running[id]?.hook == name { running[id]?.isOrphan = true }
      lanes[name] = nil
    }
    for (name, limits) in hooks {
      if lanes[name] == nil {
        let health = HookHealth(givenUpLimit: self.limits.givenUpInRow, spanLimit: self.limits.failingSpan)
        lanes[name] = HookLane(limits, health)
      } else {
        lanes[name]?.change(limits)
      }
    }
    return actions
  }

  /// - Parameters:
  ///   - tries: those made before a restart.
  ///   - notBefore: nil for at once.
  public mutating func add(
    _ id: String, hook: String, since: Timestamp, tries: HookTries = HookTries(), notBefore: Timestamp? = nil,
    at now: Timestamp
  ) -> Admission {
    guard !known.contains(id) else { return .known }
    guard lanes[hook] != nil else { return .undeclared }
    guard room(for: hook) > 0 else { return .full }
    order += 1
    known.insert(id)
    // A clock that was wrong when this was written makes nobody wait for years.
    let dueAt = min(max(notBefore ?? now, now), now + Self.longestWait)
    lanes[hook]?.insert(HookLane.Waiting(id: id, order: order, since: since, tries: tries, dueAt: dueAt))
    return .taken
  }

  // MARK: Running

  /// What is to be tried now.
  public mutating func start(at now: Timestamp) -> [Action] {
    var actions: [Action] = []
    while running.count < limits.running, let name = next(at: now), let call = lanes[name]?.begin(at: now) {
      running[call.id] = Running(call: call, hook: name)
      actions.append(.start(id: call.id, tries: call.tries))
    }
    return actions
  }

  private mutating func next(at now: Timestamp) -> String? {
    var best: (running: Int, order: Int, name: String)?
    for name in lanes.keys {
      guard let order = lanes[name]?.candidate(at: now), let running = lanes[name]?.running else { continue }
      if best.map({ (running, order) < ($0.running, $0.order) }) ?? true { best = (running, order, name) }
    }
    return best?.name
  }

  /// Takes the end of a try.
  public mutating func finish(
    _ id: String, _ result: HookOutcome.Result, at now: Timestamp, using random: inout some RandomNumberGenerator
  ) -> [Action] {
    guard let ended = running.removeValue(forKey: id) else { return [] }
    var (call, hook) = (ended.call, ended.hook)
    if !ended.isOrphan { lanes[hook]?.end() }
    switch result {
    case .done:
      known.remove(id)
      call.tries.made += 1
      let isWellAgain = ended.isOrphan ? false : lanes[hook]?.noteDone() ?? false
      return [.done(id: id, tries: call.tries)] + (isWellAgain ? [.recovered(hook: hook)] : [])
    case _ where ended.isOrphan: return [giveUpUndeclared(call, hook)]
    case .interrupted:
      call.dueAt = now
      lanes[hook]?.insert(call)
      return []
    case .failed(let failure):
      return fail(&call, hook, failure, at: now, chance: .random(in: 0.5...1, using: &random))
    }
  }

  private mutating func fail(
    _ call: inout HookLane.Waiting, _ hook: String, _ failure: HookFailure, at now: Timestamp, chance: Double
  ) -> [Action] {
    call.tries.made += 1
    if failure.weight != .away { call.tries.failed += 1 }
    guard let limits = lanes[hook]?.limits else { return [] }
    // A receiver that answers, and yet asks for time, is treated as one that is away.
    if failure.weight == .away || failure.retryAfter != nil {
      lanes[hook]?.noteAway(call, at: now, retryAfter: failure.retryAfter, chance: chance)
    } else {
      lanes[hook]?.noteThere()
    }
    let isGivenUp =
      switch failure.weight {
      case .final: true
      case .failed: call.tries.failed > limits.retries
      case .away: now - call.since >= limits.patience
      }
    var actions: [Action] = []
    if isGivenUp {
      known.remove(call.id)
      actions.append(.givenUp(id: call.id, tries: call.tries, failure: failure))
    } else {
      let wait = CallBackoff.wait(behind: call.tries.made, chance: chance)
      call.dueAt = now + max(wait, failure.retryAfter ?? .zero)
      lanes[hook]?.insert(call)
      actions.append(.tryAgain(id: call.id, tries: call.tries, at: call.dueAt, failure: failure))
    }
    if let since = lanes[hook]?.health.noteFailure(isGivenUp: isGivenUp, at: now) {
      actions.append(.failing(hook: hook, since: since, failure: failure))
    }
    return actions
  }

  private mutating func giveUpUndeclared(_ call: HookLane.Waiting, _ hook: String) -> Action {
    known.remove(call.id)
    let failure = HookFailure(.declaration, "the hook '\(hook)' is declared no longer", .final)
    return .givenUp(id: call.id, tries: call.tries, failure: failure)
  }

  /// When to ask for what is to be tried again, if no try ends before; nil where one has to.
  public func nextLook(after now: Timestamp) -> Timestamp? {
    guard running.count < limits.running else { return nil }
    return lanes.values.compactMap { $0.nextLook(after: now) }.min()
  }
}

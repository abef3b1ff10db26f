import HeapModule
import Telemetry

/// The waiting calls of one hook, and when the next of them may be tried.
///
/// Invariants
/// - A call waits either among the ready ones, by age, or among the delayed ones, by the moment at which it is due.
/// - While the receiver is away, one call at a time is tried, the one with the fewest tries: a call that the receiver
///   cannot take keeps no other from showing that it is there again.
struct HookLane: Sendable {
  struct Waiting: Equatable, Sendable {
    let id: String
    /// By age: a smaller one was added earlier.
    let order: Int
    let since: Timestamp
    var tries: HookTries
    var dueAt: Timestamp
    /// The number of its try in its lane, while it runs.
    var begun = 0
  }

  private struct Ready: Comparable, Sendable {
    let call: Waiting
    static func < (left: Ready, right: Ready) -> Bool { left.call.order < right.call.order }
  }

  private struct Delayed: Comparable, Sendable {
    let call: Waiting
    static func < (left: Delayed, right: Delayed) -> Bool {
      (left.call.dueAt, left.call.order) < (right.call.dueAt, right.call.order)
    }
  }

  /// A receiver that is away.
  private struct Absence: Sendable {
    var failures: Int
    var until: Timestamp
    /// Tries of the lane up to here were begun before the last failure that was counted, and say nothing new.
    var counted: Int
  }

  private(set) var limits: HookLimits
  private(set) var running = 0
  private var begun = 0
  private var ready = Heap<Ready>()
  private var delayed = Heap<Delayed>()
  private var rate: RateWindow
  private var absence: Absence?
  var health: HookHealth

  init(_ limits: HookLimits, _ health: HookHealth) {
    self.limits = limits
    self.health = health
    rate = RateWindow(perMinute: limits.ratePerMinute)
  }

  var count: Int { ready.count + delayed.count }
  var calls: [Waiting] { ready.unordered.map(\.call) + delayed.unordered.map(\.call) }

  mutating func change(_ limits: HookLimits) {
    if limits.ratePerMinute != self.limits.ratePerMinute { rate = RateWindow(perMinute: limits.ratePerMinute) }
    self.limits = limits
  }

  mutating func insert(_ call: Waiting) { delayed.insert(Delayed(call: call)) }

  /// The age of the oldest call that may be tried now; nil where none may.
  mutating func candidate(at now: Timestamp) -> Int? {
    while let first = delayed.min, first.call.dueAt <= now {
      _ = delayed.popMin()
      ready.insert(Ready(call: first.call))
    }
    guard let first = ready.min, hasPlace, rate.freeAt.map({ $0 <= now }) ?? true,
      absence.map({ $0.until <= now }) ?? true
    else { return nil }
    return first.call.order
  }

  private var hasPlace: Bool { running < (absence == nil ? limits.concurrency : 1) }

  /// To be called where there is a candidate.
  mutating func begin(at now: Timestamp) -> Waiting? {
    guard var call = absence == nil ? ready.popMin()?.call : takeFewestTries() else { return nil }
    running += 1
    begun += 1
    call.begun = begun
    rate.begin(at: now)
    return call
  }

  private mutating func takeFewestTries() -> Waiting? {
    let all = ready.unordered
    guard let least = all.min(by: { ($0.call.tries.made, $0.call.order) < ($1.call.tries.made, $1.call.order) })
    else { return nil }
    ready = Heap()
    for call in all where call != least { ready.insert(call) }
    return least.call
  }

  /// To be called when a try has ended, however.
  mutating func end() { running -= 1 }

  /// An answer has come: the receiver is there.
  mutating func noteThere() { absence = nil }

  /// - Returns: whether the hook is well again, and was said to fail.
  mutating func noteDone() -> Bool {
    noteThere()
    return health.noteDone()
  }

  /// - Parameters:
  ///   - call: whose try has shown it.
  ///   - chance: from 0.5 to 1.
  mutating func noteAway(_ call: Waiting, at now: Timestamp, retryAfter: Duration?, chance: Double) {
    var absence = absence ?? Absence(failures: 0, until: now, counted: 0)
    // Tries that began together fail together, and count once; who asks for the longest time has it.
    if call.begun > absence.counted {
      absence.failures += 1
      absence.counted = begun
    }
    let wait = max(CallBackoff.wait(behind: absence.failures, chance: chance), retryAfter ?? .zero)
    absence.until = max(absence.until, now + wait)
    self.absence = absence
  }

  /// When there may be a candidate, if nothing ends before; nil where an end has to come first.
  func nextLook(after now: Timestamp) -> Timestamp? {
    guard hasPlace, let due = ready.isEmpty ? delayed.min?.call.dueAt : now else { return nil }
    return max(max(due, now), max(rate.freeAt ?? now, absence?.until ?? now))
  }
}

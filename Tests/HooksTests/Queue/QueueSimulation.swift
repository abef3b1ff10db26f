import Alerting
import Simulator
import Telemetry

@testable import Hooks

/// Calls and receivers in simulated time.
struct QueueSimulation {
  /// What a try meets: how long it takes, and how it ends.
  typealias Receiver = (_ id: String, _ at: Timestamp) -> (Duration, HookOutcome.Result)

  struct Try: Equatable {
    let id: String
    let hook: String
    let begun: Timestamp
    let ended: Timestamp
  }

  static let begin = Timestamp(seconds: 1_763_700_000)

  private(set) var queue: HookQueue
  private(set) var now = Self.begin
  private(set) var tries: [Try] = []
  private(set) var done: [String: Timestamp] = [:]
  private(set) var givenUp: [String] = []
  private(set) var troubles: [HookQueue.Action] = []
  /// Of calls that were done or given up, and ended again.
  private(set) var endedTwice: [String] = []
  private let receivers: [String: Receiver]
  private var arrivals: [(at: Timestamp, id: String, hook: String)] = []
  private var hooks: [String: String] = [:]
  private var ends: [(at: Timestamp, begun: Timestamp, id: String, result: HookOutcome.Result)] = []
  private var random: RandomSource

  init(
    _ declarations: [HookDeclaration], seed: UInt64, limits: HookQueue.Limits = HookQueue.Limits(),
    receivers: [String: Receiver]
  ) {
    queue = HookQueue(limits)
    _ = queue.declare(Dictionary(uniqueKeysWithValues: declarations.map { ($0.name, HookLimits($0)) }))
    self.receivers = receivers
    random = RandomSource(seed: seed)
  }

  /// - Parameter span: behind the beginning; in order.
  mutating func add(_ id: String, hook: String, behind span: Duration) {
    arrivals.append((Self.begin + span, id, hook))
    hooks[id] = hook
  }

  /// Goes on until nothing is left to happen, or for so long.
  mutating func run(atMost span: Duration = .seconds(7 * 86_400)) {
    let end = Self.begin + span
    while true {
      while let next = arrivals.first, next.at <= now {
        arrivals.removeFirst()
        precondition(queue.add(next.id, hook: next.hook, since: now, at: now) == .taken)
      }
      for case .start(let id, _) in queue.start(at: now) {
        guard let hook = hooks[id], let (takes, result) = receivers[hook]?(id, now) else { continue }
        ends.append((now + takes, now, id, result))
        ends.sort { $0.at < $1.at }
      }
      let moments = [arrivals.first?.at, ends.first?.at, queue.nextLook(after: now)].compactMap { $0 }
      guard let next = moments.min(), next <= end else { return }
      now = next
      while let end = ends.first, end.at <= now {
        ends.removeFirst()
        tries.append(Try(id: end.id, hook: hooks[end.id] ?? "", begun: end.begun, ended: now))
        take(queue.finish(end.id, end.result, at: now, using: &random))
      }
    }
  }

  private mutating func take(_ actions: [HookQueue.Action]) {
    for action in actions {
      switch action {
      case .done(let id, _):
        if done[id] != nil || givenUp.contains(id) { endedTwice.append(id) }
        done[id] = now
      case .givenUp(let id, _, _):
        if done[id] != nil || givenUp.contains(id) { endedTwice.append(id) }
        givenUp.append(id)
      case .failing, .recovered: troubles.append(action)
      case .start, .tryAgain: break
      }
    }
  }

  /// The most tries of a hook that were begun in any minute.
  func mostInAMinute(_ hook: String) -> Int {
    let moments = tries.filter { $0.hook == hook }.map(\.begun).sorted()
    var (first, most) = (0, 0)
    for (index, moment) in moments.enumerated() {
      while moment - moments[first] >= .seconds(60) { first += 1 }
      most = max(most, index - first + 1)
    }
    return most
  }

  /// The most tries of a hook, or of all, at one time.
  func mostAtOnce(_ hook: String? = nil) -> Int {
    let own = tries.filter { hook == nil || $0.hook == hook }
    let steps = own.flatMap { [($0.begun, 1), ($0.ended, -1)] }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
    var (count, most) = (0, 0)
    for (_, step) in steps {
      count += step
      most = max(most, count)
    }
    return most
  }
}

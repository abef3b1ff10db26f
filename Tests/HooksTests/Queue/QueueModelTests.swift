import Alerting
import Simulator
import Telemetry
import TestSupport
import Testing

@testable import Hooks

/// The queue of calls, against a slow and plain reference of it.
@Suite
struct QueueModelTests {
  private static func limits(_ random: inout RandomSource) -> HookLimits {
    HookLimits(
      HookDeclaration(
        name: "", action: .exec(["/bin/true"]), retries: .random(in: 0...4, using: &random),
        patience: .seconds(.random(in: 0...2000, using: &random)), concurrency: .random(in: 1...4, using: &random),
        ratePerMinute: .random(in: 1...20, using: &random)))
  }

  private static func hooks(_ random: inout RandomSource) -> [String: HookLimits] {
    var hooks: [String: HookLimits] = [:]
    for name in ["a", "b", "c", "d"] where !random.happens(onceIn: 4) { hooks[name] = limits(&random) }
    return hooks
  }

  private static func result(_ random: inout RandomSource) -> HookOutcome.Result {
    switch Int.random(in: 0..<12, using: &random) {
    case 0..<4: return .done
    case 4: return .interrupted
    case 5: return .failed(HookFailure(.redirect, "no", .final))
    case 6..<9: return .failed(HookFailure(.exit, "no", .failed))
    default:
      let retryAfter: Duration? = random.happens(onceIn: 3) ? .seconds(.random(in: 1...400, using: &random)) : nil
      let weight: HookFailure.Weight = random.happens(onceIn: 5) ? .failed : .away
      return .failed(HookFailure(.status, "no", weight, retryAfter: retryAfter))
    }
  }

  @Test("It does in each moment what the reference does, in its order, and says when it is to be asked again")
  func model() async throws {
    let seed = testSeed()
    let difference = try await inBackground { () -> String? in
      for round in 0..<300 {
        var random = RandomSource(seed: seed &+ UInt64(round))
        if let difference = Self.difference(&random) { return "round \(round): \(difference)" }
      }
      return nil
    }
    #expect(difference == nil)
  }

  /// - Returns: what differs, or nil.
  private static func difference(_ random: inout RandomSource) -> String? {
    var limits = HookQueue.Limits()
    limits.running = .random(in: 1...8, using: &random)
    limits.waiting = .random(in: 1...30, using: &random)
    limits.givenUpInRow = .random(in: 1...3, using: &random)
    limits.failingSpan = .seconds(.random(in: 10...700, using: &random))
    var queue = HookQueue(limits)
    var reference = ReferenceQueue(limits: limits)
    var now = Timestamp(seconds: 1_763_700_000)
    let first = hooks(&random)
    guard queue.declare(first) == reference.declare(first) else { return "declared first" }
    for step in 0..<400 {
      switch Int.random(in: 0..<40, using: &random) {
      case 0..<12:
        let id = "\(Int.random(in: 0..<60, using: &random))"
        let hook = ["a", "b", "c", "d"].randomElement(using: &random)!
        let notBefore = random.happens(onceIn: 5) ? now + .seconds(.random(in: -10...9000, using: &random)) : nil
        let tries = random.happens(onceIn: 5) ? HookTries(made: 3, failed: 2) : HookTries()
        let ours = queue.add(id, hook: hook, since: now, tries: tries, notBefore: notBefore, at: now)
        let theirs = reference.add(id, hook: hook, since: now, tries: tries, notBefore: notBefore, at: now)
        guard ours == theirs else { return "step \(step): adding \(id): \(ours), not \(theirs)" }
      case 12..<20: now = now + .milliseconds(.random(in: 0...20_000, using: &random))
      case 20..<22: now = queue.nextLook(after: now) ?? now
      case 22:
        let declared = hooks(&random)
        let (ours, theirs) = (queue.declare(declared), reference.declare(declared))
        guard ours == theirs else { return "step \(step): declaring: \(ours), not \(theirs)" }
      case 23..<32:
        let (ours, theirs) = (queue.start(at: now), reference.start(at: now))
        guard ours == theirs else { return "step \(step): starting: \(ours), not \(theirs)" }
        if let wrong = wrongLook(queue, after: now) { return "step \(step): \(wrong)" }
      default:
        let running = reference.calls.filter { $0.begun != nil }.map(\.id).sorted()
        guard let id = running.randomElement(using: &random) else { continue }
        let result = result(&random)
        var same = random
        let ours = queue.finish(id, result, at: now, using: &random)
        let theirs = reference.finish(id, result, at: now, using: &same)
        guard ours == theirs else { return "step \(step): \(id) ends: \(ours), not \(theirs)" }
      }
      guard queue.ids.sorted() == reference.calls.map(\.id).sorted() else { return "step \(step): other calls" }
      guard queue.runningCount == reference.calls.count(where: { $0.begun != nil }) else {
        return "step \(step): running"
      }
    }
    return nil
  }

  /// Where all that may run does, nothing more may before the moment that is named, and something may then.
  private static func wrongLook(_ queue: HookQueue, after now: Timestamp) -> String? {
    var later = queue
    guard let look = queue.nextLook(after: now) else {
      return later.start(at: now + .seconds(86_400)).isEmpty ? nil : "nothing is to be looked at, and something is due"
    }
    var before = queue
    guard before.start(at: look - .microseconds(1)).isEmpty else { return "something is due before it is looked at" }
    return later.start(at: look).isEmpty ? "nothing is due when it is looked at" : nil
  }
}

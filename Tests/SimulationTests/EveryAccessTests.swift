import Simulator
import TestSupport
import Testing

/// One run again and again, each time with one thing that goes wrong at the next place: at every write and sync, then at
/// every access of any kind.
@Suite
struct EveryAccessTests {
  private static let shards = 2
  private static let turns = 40
  /// Of the run; all shards have the same.
  private static let seed = testSeed("EveryAccessTests")

  /// How many changes, and accesses, the run makes where nothing goes wrong.
  private func measure() -> (changes: Int, accesses: Int) {
    let simulation = Simulation(seed: Self.seed, plan: FaultPlan([]), turns: Self.turns)
    simulation.run()
    precondition(simulation.violations.isEmpty, "\(simulation.violations)")
    return (simulation.changes, simulation.accesses)
  }

  /// What is wrong after the fault; nil where all is right.
  private func failure(after kind: FaultPlan.Kind) -> String? {
    let simulation = Simulation(
      seed: Self.seed, plan: FaultPlan([FaultPlan.Fault(turn: 0, kind: kind)]), turns: Self.turns)
    simulation.run()
    if simulation.violations.isEmpty { return nil }
    return "\(kind): \(simulation.violations.prefix(3))\n\(simulation.trace.prefix(8))"
  }

  /// What it models, and what it does not, stands in `CFaultyDisk.h`. `GANGLION_EVERY=1` looks at each place with each
  /// kind of remains, instead of with one of them.
  @Test("Power is cut at every write and every sync: what was acknowledged is there, once", arguments: 0..<shards)
  func powerCut(shard: Int) async throws {
    let failure = try await inBackground { () -> String? in
      let places = measure().changes
      for place in stride(from: shard, to: places, by: Self.shards) {
        let all = FaultyDisk.Remains.allCases
        for remains in setting("GANGLION_EVERY", default: 0) > 0 ? all : [all[place / Self.shards % all.count]] {
          if let failure = self.failure(after: .powerCut(remains, afterChanges: place)) { return failure }
        }
      }
      if shard == 0 { print("power cut at \(places) writes and syncs") }
      return nil
    }
    if let failure { Issue.record(Comment(rawValue: failure)) }
  }

  @Test(
    "Every access fails once: nothing is acknowledged that is not durable, and the next start is right",
    arguments: 0..<shards)
  func failedAccess(shard: Int) async throws {
    let failure = try await inBackground { () -> String? in
      let places = measure().accesses
      for place in stride(from: shard, to: places, by: Self.shards) {
        if let failure = self.failure(after: .failedAccess(after: place)) { return failure }
      }
      if shard == 0 { print("\(places) accesses failed") }
      return nil
    }
    if let failure { Issue.record(Comment(rawValue: failure)) }
  }
}

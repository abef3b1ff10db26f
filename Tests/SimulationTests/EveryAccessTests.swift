import Simulator
import TestSupport
import Testing

/// One run again and again, each time with one thing that goes wrong at the next place: at every write and sync, then at
/// every access of any kind.
@Suite
struct EveryAccessTests {
  private static let shards = 4
  private static let turns = 40
  /// Of the run; all shards have the same.
  private static let seed = testSeed("EveryAccessTests")

  /// How many changes, and accesses, the run makes where nothing goes wrong.
  private func measure() -> (changes: Int, accesses: Int) {
    let simulation = Simulation(seed: Self.seed, plan: FaultPlan([]), turns: Self.turns)
    simulation.run()
    #expect(simulation.violations.isEmpty, "\(simulation.violations)")
    return (simulation.changes, simulation.accesses)
  }

  private func expectWell(_ kind: FaultPlan.Kind) -> Bool {
    let simulation = Simulation(
      seed: Self.seed, plan: FaultPlan([FaultPlan.Fault(turn: 0, kind: kind)]), turns: Self.turns)
    simulation.run()
    #expect(simulation.violations.isEmpty, "\(kind): \(simulation.violations.prefix(3))\n\(simulation.trace.prefix(8))")
    return simulation.violations.isEmpty
  }

  /// What it models, and what it does not, stands in `CFaultyDisk.h`. `GANGLION_EVERY=1` looks at each place with each
  /// kind of remains, instead of with one of them.
  @Test("Power is cut at every write and every sync: what was acknowledged is there, once", arguments: 0..<shards)
  func powerCut(shard: Int) {
    let places = measure().changes
    for place in stride(from: shard, to: places, by: Self.shards) {
      let all = FaultyDisk.Remains.allCases
      for remains in setting("GANGLION_EVERY", default: 0) > 0 ? all : [all[place / Self.shards % all.count]] {
        guard expectWell(.powerCut(remains, afterChanges: place)) else { return }
      }
    }
    if shard == 0 { print("power cut at \(places) writes and syncs") }
  }

  @Test(
    "Every access fails once: nothing is acknowledged that is not durable, and the next start is right",
    arguments: 0..<shards)
  func failure(shard: Int) {
    let places = measure().accesses
    for place in stride(from: shard, to: places, by: Self.shards) {
      guard expectWell(.failedAccess(after: place)) else { return }
    }
    if shard == 0 { print("\(places) accesses failed") }
  }
}

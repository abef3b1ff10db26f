import Foundation
import Simulator
import TestSupport
import Testing

/// Promises 1, 2, 3 and 5 against everything that can go wrong, 2,000 seeds of it.
///
/// `GANGLION_SEEDS=N` runs more, or fewer. A seed that fails is run again with fewer and fewer of its faults, and printed
/// with the command that runs what is left.
@Suite
struct SimulationTests {
  /// The seed that is to be run again.
  private static let given = ProcessInfo.processInfo.environment["GANGLION_SEED"].flatMap(UInt64.init)
  /// Run beside each other; each run is one thread.
  private static let shards = 2

  @Test("One seed again, with some of its faults", .enabled(if: given != nil))
  func again() throws {
    let seed = try #require(Self.given)
    let all = FaultPlan(seed: seed, turns: Simulation.turns)
    let kept = ProcessInfo.processInfo.environment["GANGLION_FAULTS"]?.split(separator: ",").compactMap { Int($0) }
    let simulation = run(seed, kept.map(all.keeping) ?? all)
    print(simulation.trace.joined(separator: "\n"))
    #expect(simulation.violations.isEmpty, "\(simulation.violations)")
  }

  @Test(
    "Killed, without power, on a failing, full or slow disk, with a broker that breaks: nothing lost, nothing doubled",
    .enabled(if: given == nil), arguments: 0..<shards)
  func survives(shard: Int) async throws {
    if let failure = try await inBackground({ firstFailure(in: shard) }) { Issue.record(Comment(rawValue: failure)) }
  }

  /// What goes wrong first, with the command that does it again.
  private func firstFailure(in shard: Int) -> String? {
    let count = UInt64(setting("GANGLION_SEEDS", default: 2000) / Self.shards)
    // The normal run is the same each time; who asks for more looks where nobody has looked.
    let isHunt = ProcessInfo.processInfo.environment["GANGLION_SEEDS"] != nil
    let first = isHunt ? UInt64.random(in: 0..<(1 << 48)) : UInt64(shard) * count
    for seed in first..<first + count {
      let plan = FaultPlan(seed: seed, turns: Simulation.turns)
      let simulation = run(seed, plan)
      if !simulation.violations.isEmpty {
        let kept = shrink(seed, plan)
        return """
          \(simulation.violations.prefix(5)) with \(kept.map { plan.faults[$0] }); again with
          SWIFT_DETERMINISTIC_HASHING=1 GANGLION_SEED=\(seed) \
          GANGLION_FAULTS=\(kept.map(String.init).joined(separator: ",")) swift test --filter SimulationTests
          """
      }
    }
    return nil
  }

  private func run(_ seed: UInt64, _ plan: FaultPlan) -> Simulation {
    let simulation = Simulation(seed: seed, plan: plan)
    simulation.run()
    return simulation
  }

  /// The indices of faults that are enough for a failure, none of which can be left out.
  private func shrink(_ seed: UInt64, _ plan: FaultPlan) -> [Int] {
    var kept = Array(plan.faults.indices)
    for index in plan.faults.indices {
      let fewer = kept.filter { $0 != index }
      if !run(seed, plan.keeping(fewer)).violations.isEmpty { kept = fewer }
    }
    return kept
  }
}

import Alerting
import Foundation
import Hooks
import Simulator
import Storage
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// The way of calls from the store to the runner.
@Suite struct HookFeedTests {
  /// What a runner tells.
  private final class Log: Sendable {
    private let ended = Mutex<[String: [String]]>([:])

    func add(_ notices: [HookNotice]) {
      ended.withLock { ended in
        for case .ended(let id, let hook, _, _, .done) in notices { ended[hook, default: []].append(id) }
      }
    }

    func done(_ hook: String) -> [String] { ended.withLock { $0[hook] ?? [] } }
  }

  private static let rules = """
    rules:
      - { id: hot, metric: temperature, above: 50, severity: critical, hooks: [busy] }
      - { id: heavy, metric: temperature, above: 80, severity: critical, hooks: [quiet] }
    hooks:
      busy: { exec: [/bin/sh, -c, "while [ ! -e GATE ]; do sleep 0.01; done"], concurrency: 1, rate: 6000, timeout: 600s }
      quiet: { exec: [/bin/true] }
    """

  private func runner(_ rules: RuleSet, waiting: Int, _ log: Log) -> HookRunner {
    var limits = HookRunner.Limits()
    limits.queue.waiting = waiting
    return HookRunner(rules.hooks, limits: limits, tell: { log.add($0) })
  }

  private func feed(_ plant: AlertPlant, _ runner: HookRunner) throws -> HookFeed {
    HookFeed(
      try StoreReader(directory: plant.harness.configuration.data, readers: 1), runner, gateway: "test", zone: .gmt)
  }

  @Test("A backlog stays in the store, is made in its order and each call once, and holds no other hook up")
  func backlog() async throws {
    let seed = UInt64.random(in: .min ... .max)
    print("seed \(seed)")
    var random = RandomSource(seed: seed)
    let scratch = try ScratchDirectory()
    var plant = try AlertPlant(Self.rules.replacing("GATE", with: "\(scratch.path)/gate"))
    let devices = Int.random(in: 70...200, using: &random)
    for device in 0..<devices { try plant.take(#"{"ts":TS,"t":60}"#, of: "probe-\(device)", at: Int64(device)) }
    try plant.take(#"{"ts":TS,"t":90}"#, of: "probe-x", at: Int64(devices))
    try plant.pipeline.checkpoint()
    let calls = try plant.waitingCalls()
    func ids(_ hook: String) -> [String] { calls.filter { $0.call.hook == hook }.map(\.call.id.text) }
    #expect(ids("busy").count == devices + 1 && ids("quiet").count == 1)

    let (log, waiting) = (Log(), Int.random(in: 1...80, using: &random))
    let runner = runner(plant.harness.rules, waiting: waiting, log)
    var feed = try feed(plant, runner)
    let hooks = plant.pipeline.alertBoard.status.waitingCalls.keys.sorted()
    #expect(hooks == ["busy", "quiet"])
    var look = try await feed.look(for: hooks, plant.harness.rules)
    #expect(look.isMoreLeft == (waiting + 1 < devices + 1) && look.undeclared.isEmpty, "seed \(seed)")
    #expect(await runner.waitingCount <= waiting + 1)
    try await eventually("the other hook is called") { log.done("quiet") == ids("quiet") }
    #expect(log.done("busy").isEmpty)
    try scratch.file("gate", "")
    try await eventually("all are called") {
      log.done("busy").count == devices + 1
    } refreshing: {
      look = try await feed.look(for: hooks, plant.harness.rules)
    }
    #expect(log.done("busy") == ids("busy"), "seed \(seed)")
    look = try await feed.look(for: hooks, plant.harness.rules)
    #expect(look == HookFeed.Look())
    await runner.stop()
    #expect(log.done("busy").count == devices + 1 && log.done("quiet").count == 1)
  }

  @Test("Calls of a hook that is declared no more are told once")
  func undeclared() async throws {
    var plant = try AlertPlant()
    for device in 0..<3 { try plant.take(#"{"ts":TS,"t":60}"#, of: "probe-\(device)", at: 1) }
    try plant.pipeline.checkpoint()
    let runner = runner(RuleSet(), waiting: 10, Log())
    var feed = try feed(plant, runner)
    let calls = try plant.waitingCalls()
    #expect(calls.count == 3)
    #expect(try await feed.look(for: ["officer"], RuleSet()).undeclared == calls)
    #expect(try await feed.look(for: ["officer"], RuleSet()).undeclared.isEmpty)
    await runner.stop()
  }

  @Test("Beyond limits.hook_calls new calls are written down as given up, with why; others are made once there is room")
  func crowded() throws {
    var plant = try AlertPlant(hookCalls: 2)
    for device in 0..<4 { try plant.take(#"{"ts":TS,"t":60}"#, of: "probe-\(device)", at: Int64(device)) }
    try plant.pipeline.checkpoint()
    let waiting = try plant.waitingCalls()
    #expect(waiting.count == 2 && plant.pipeline.alertBoard.status.waitingCalls == ["officer": 2])
    #expect(plant.pipeline.alertBoard.status.crowdedCalls == ["officer": 2])
    #expect(plant.pipeline.alertBoard.status.calls == [HookEnd(hook: "officer", state: .failed): 2])
    let answers = try plant.alerts().map { alert in
      try plant.harness.ask({ _ in .alert(alert.alert.id.text) }, [])["calls"][0]
    }
    #expect(answers.count { $0["state"] == .text("failed") && $0["reason"] == .text("crowded") } == 2)
    let done = HookNotice.ended(
      id: waiting[0].call.id.text, hook: "officer", tries: HookTries(made: 1),
      outcome: HookOutcome(.done, duration: .zero), next: .done)
    _ = try plant.pipeline.alerts?.apply(.notices([done]))
    try plant.take(#"{"ts":TS,"t":60}"#, of: "probe-9", at: 9)
    try plant.pipeline.checkpoint()
    #expect(try plant.waitingCalls().count == 2)
    // A start counts what waits.
    try plant.crash()
    #expect(plant.pipeline.alertBoard.status.waitingCalls == ["officer": 2])
    try plant.take(#"{"ts":TS,"t":60}"#, of: "probe-10", at: 10)
    try plant.pipeline.checkpoint()
    #expect(plant.pipeline.alertBoard.status.crowdedCalls == ["officer": 1])
  }
}

import Alerting
import Foundation
import Hooks
import Ingest
import Simulator
import Storage
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Gateway
@testable import Ingest

/// Alerts between journal and store: what is written with what, and what a start makes of it.
@Suite struct AlertDeskTests {
  private typealias Plant = AlertPlant

  private static let noon = PipelineHarness.noon

  @Test("A transition is written with its alert, its machine and its call, before the checkpoint of its message")
  func oneTransaction() throws {
    var plant = try Plant()
    try plant.take(#"{"ts":TS,"t":55}"#, at: 0)
    // A device that is new is written with what it does.
    try plant.pipeline.checkpoint()
    #expect(plant.pipeline.alertBoard.status.waitingCalls == ["officer": 1])
    try plant.take(#"{"ts":TS,"t":20}"#, at: 1)
    try plant.pipeline.checkpoint()
    try plant.take(#"{"ts":TS,"t":55}"#, at: 2)
    #expect(plant.pipeline.alertsAreUrgent)
    #expect(try plant.transitions().count == 2)
    try plant.pipeline.writeAlerts()
    #expect(try plant.transitions().map(\.kind) == [.firing, .resolved, .firing])
    #expect(try plant.alerts().map(\.alert.phase) == [.firing, .resolved])
    let call = try #require(try plant.waitingCalls().last)
    #expect(call.call.hook == "officer" && call.call.kind == .start)
    #expect(plant.pipeline.alertBoard.status.waitingCalls == ["officer": 3])
    // The store has the alert, and not yet the reading.
    try plant.crash()
    #expect(plant.pipeline.alertBoard.status.waitingCalls == ["officer": 3])
    try plant.pipeline.checkpoint()
    #expect(try plant.transitions().count == 3)
    #expect(try plant.waitingCalls().count == 3)
  }

  @Test("What was not written before a crash is found again, with the same ids")
  func foundAgain() throws {
    var plant = try Plant()
    try plant.take(#"{"ts":TS,"t":20}"#, at: 0)
    try plant.pipeline.checkpoint()
    try plant.take(#"{"ts":TS,"t":55}"#, at: 10)
    try plant.crash()
    try plant.pipeline.checkpoint()
    let found = try plant.transitions()
    var other = try Plant()
    try other.take(#"{"ts":TS,"t":20}"#, at: 0)
    try other.take(#"{"ts":TS,"t":55}"#, at: 10)
    try other.pipeline.checkpoint()
    #expect(found.map(\.id) == (try other.transitions().map(\.id)))
    #expect(found.count == 1)
  }

  @Test(
    "Whenever it crashes, with whatever written, the transitions are those of a gateway that never did",
    arguments: 0..<4)
  func crashes(round: Int) throws {
    let seed = testSeed() &+ UInt64(round)
    var random = RandomSource(seed: seed)
    var steps: [(payload: String, device: String, second: Int64)] = []
    var second: Int64 = 0
    for _ in 0..<60 {
      second += Int64.random(in: 1...12, using: &random)
      let device = "probe-\(Int.random(in: 1...3, using: &random))"
      let value = Int.random(in: 0...70, using: &random)
      let payload =
        switch Int.random(in: 0..<10, using: &random) {
        case 0: #"{"ts":TS,"t":-999}"#
        case 1, 2: #"{"ts":TS,"m":"\#(Bool.random(using: &random) ? "OFF" : "ON")"}"#
        case 3, 4: #"{"ts":TS,"w":\#(value)}"#
        default: #"{"ts":TS,"t":\#(value)}"#
        }
      steps.append((payload, device, second))
    }
    var calm = try Plant()
    var troubled = try Plant()
    for step in steps {
      try calm.take(step.payload, of: step.device, at: step.second)
      try calm.pipeline.writeAlerts()
      try calm.pipeline.checkpoint()
      try troubled.take(step.payload, of: step.device, at: step.second)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: try troubled.pipeline.writeAlerts()
      case 1: try troubled.pipeline.checkpoint()
      case 2: try troubled.crash()
      case 3:
        try troubled.pipeline.writeAlerts()
        try troubled.crash()
      default: break
      }
    }
    try calm.pipeline.checkpoint()
    try troubled.pipeline.checkpoint()
    // Windows are looked at with the checkpoints; one more has what the last one found.
    try calm.pipeline.checkpoint()
    try troubled.pipeline.checkpoint()
    let (expected, found) = (try calm.transitions(), try troubled.transitions())
    #expect(Set(found.map(\.id)).count == found.count)
    #expect(Set(found.map(\.id)) == Set(expected.map(\.id)), "seed \(seed)")
    #expect(!expected.isEmpty)
    let calls = Set(try troubled.waitingCalls().flatMap(\.call.items).map(\.transition))
    #expect(calls.isSubset(of: Set(expected.map(\.id))))
  }

  @Test("A rule that is gone ends its alerts as withdrawn, and who was called is told")
  func withdrawn() throws {
    var plant = try Plant()
    try plant.take(#"{"ts":TS,"t":55}"#, at: 0)
    try plant.pipeline.writeAlerts()
    try plant.pipeline.checkpoint()
    plant.harness.rules = try RuleFile(
      """
      rules: [{ id: other, metric: temperature, above: 90, severity: info, hooks: [officer] }]
      hooks: { officer: { exec: [/bin/true] } }
      """, file: "alerts.yaml"
    ).rules
    try plant.crash()
    try plant.pipeline.checkpoint()
    #expect(try plant.transitions().map(\.kind) == [.firing, .withdrawn])
    #expect(try plant.alerts().map(\.alert.phase) == [.withdrawn])
    #expect(try plant.waitingCalls().map(\.call.kind) == [.start, .end])
  }

  @Test("A reload within a connection leaves what is waited for as it is, and makes no call again")
  func reload() throws {
    let absent = "  - { id: gone, metric: temperature, absent: 2m, severity: info, hooks: [officer] }\nhooks:"
    let rules = Plant.rules.replacing("hooks:\n", with: absent + "\n")
    var plant = try Plant(rules)
    for second in stride(from: Int64(0), through: 600, by: 10) {
      try plant.take(#"{"ts":TS,"t":20}"#, at: second)
      plant.hear(through: second)
    }
    try plant.take(#"{"ts":TS,"t":55}"#, at: 610)
    try plant.pipeline.checkpoint()
    let made = try plant.waitingCalls()
    #expect(made.count == 1)
    let others = [Plant.rules, rules + "\n  another: { exec: [/bin/true] }\n"]
    for (place, other) in (others + [rules]).enumerated() {
      try plant.reload(other)
      plant.hear(through: 620 + Int64(place))
      try plant.pipeline.checkpoint()
      #expect(try plant.transitions().map(\.kind) == [.firing])
      #expect(try plant.waitingCalls() == made)
    }
    // What it waits for comes when it would have come: warm behind 20 s, silence behind three intervals, absence.
    plant.hear(through: 729)
    try plant.pipeline.checkpoint()
    let before = try plant.transitions().map(\.kind)
    #expect(before == [.firing, .firing, .unknown, .unknown])
    plant.hear(through: 731)
    try plant.pipeline.checkpoint()
    let behind = try plant.transitions().map(\.kind)
    #expect(behind == before + [.firing])
  }

  @Test("What fires and ends within one look has been called, and says so, in the list and in what hooks are told")
  func withinOneLook() throws {
    var plant = try Plant()
    try plant.take(#"{"ts":TS,"t":20}"#, at: 0)
    try plant.pipeline.checkpoint()
    try plant.take(#"{"ts":TS,"t":55}"#, at: 1)
    try plant.take(#"{"ts":TS,"t":20}"#, at: 2)
    try plant.pipeline.writeAlerts()
    #expect(try plant.waitingCalls().map(\.call.kind) == [.start, .end])
    let alert = try #require(try plant.alerts().first)
    #expect(alert.isSettled && alert.alert.phase == .resolved)
    #expect(alert.alert.calledAt == Timestamp(seconds: Self.noon + 2))
    let told = try plant.pendingCalls()
    #expect(told.map { $0.alerts.map(\.alert.calledAt) } == [[alert.alert.calledAt], [alert.alert.calledAt]])
    // Each tells how it was then, though it is over by the time that the first is made.
    #expect(told.map { $0.alerts.map(\.alert.phase) } == [[.firing], [.resolved]])
    #expect(told.map { $0.alerts.map(\.value) } == [[55], [20]])
  }

  @Test("A hook that keeps failing is an alert for which others are called, and its end is told to them")
  func hookFailing() throws {
    var plant = try Plant(Plant.rules + "\n  boss: { exec: [/bin/true] }\nhook_failing: { hooks: [boss, officer] }\n")
    try plant.take(#"{"ts":TS,"t":20}"#, at: 0)
    try plant.pipeline.checkpoint()
    let desk = try #require(plant.pipeline.alerts)
    let failure = HookFailure(.exit, "it exits with 1", .failed)
    for _ in 0..<2 {
      _ = try desk.apply(.notices([.failing(hook: "officer", since: Timestamp(seconds: Self.noon), failure: failure)]))
      try plant.pipeline.writeAlerts()
    }
    #expect(try plant.waitingCalls().map(\.call.hook) == ["boss"])
    #expect(try plant.alerts().map(\.alert.tags) == [["hook": "officer"]])
    // Over a restart it goes on.
    try plant.crash()
    // A runner that has just begun knows of no failure: it tells of a call that is done.
    let done = HookNotice.ended(
      id: "0000000000000000", hook: "officer", tries: HookTries(),
      outcome: HookOutcome(.done, duration: .zero), next: .done)
    _ = try plant.pipeline.alerts?.apply(.notices([done]))
    try plant.pipeline.writeAlerts()
    #expect(try plant.transitions().map(\.kind) == [.firing, .resolved])
    #expect(try plant.waitingCalls().map { "\($0.call.hook) \($0.call.kind)" } == ["boss start", "boss end"])
  }

  @Test("What is said of a hook that keeps failing is withdrawn where the hook is declared no more")
  func failingHookIsGone() throws {
    var plant = try Plant(Plant.rules + "\n  extra: { exec: [/bin/true] }\nhook_failing: { hooks: [officer] }\n")
    try plant.take(#"{"ts":TS,"t":20}"#, at: 0)
    try plant.pipeline.checkpoint()
    let failure = HookFailure(.exit, "it exits with 1", .failed)
    _ = try plant.pipeline.alerts?.apply(
      .notices([.failing(hook: "extra", since: Timestamp(seconds: Self.noon), failure: failure)]))
    try plant.reload(Plant.rules)
    try plant.pipeline.checkpoint()
    #expect(try plant.transitions().map(\.kind) == [.firing, .withdrawn])
    #expect(try plant.alerts().map(\.alert.phase) == [.withdrawn])
  }

  @Test("Old readings, repeats and kept messages fire nothing")
  func notLive() throws {
    var plant = try Plant()
    try plant.take(#"{"ts":TS,"t":20}"#, at: 0)
    let old = PipelineHarness.Message(
      payload: #"{"ts":\#(Self.noon - 3600),"t":90}"#, receivedAt: Timestamp(seconds: Self.noon + 1))
    let kept = PipelineHarness.Message(
      payload: #"{"ts":\#(Self.noon + 2),"t":90}"#, receivedAt: Timestamp(seconds: Self.noon + 2),
      flags: [.qos1, .retained])
    try plant.harness.ingest([old, kept], plant.journal, plant.pipeline)
    try plant.pipeline.checkpoint()
    #expect(try plant.transitions().isEmpty)
  }
}

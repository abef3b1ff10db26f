import Alerting
import DeviceCatalog
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
  private static let noon = PipelineHarness.noon

  private static let rules = """
    rules:
      - { id: hot, metric: temperature, above: 50, clear: 40, severity: critical, hooks: [officer] }
      - { id: warm, metric: temperature, above: 30, for: 20s, keep: 20s, severity: warning, hooks: [officer] }
      - { id: off, metric: mode, equals: "OFF", severity: info, hooks: [officer] }
      - { id: heavy, metric: weight, window: { fn: sum, of: 1h, above: 100 }, severity: warning, hooks: [officer] }
    hooks:
      officer: { exec: [/bin/true] }
    """

  /// A gateway that ends and starts, by a clock that follows its messages.
  private struct Plant {
    var harness: PipelineHarness
    var journal: Journal
    var pipeline: Pipeline
    private let clock = Clock()

    private final class Clock: Sendable {
      private let second = Mutex(AlertDeskTests.noon)
      func set(_ value: Int64) { second.withLock { $0 = value } }
      var now: Timestamp { Timestamp(seconds: second.withLock { $0 }) }
    }

    /// - Parameter registry: of devices, as CSV; nil for none.
    init(_ rules: String = AlertDeskTests.rules, registry: String? = nil) throws {
      var harness = try PipelineHarness()
      if let registry { try harness.scratch.file("devices/registry.csv", registry) }
      harness.rules = try RuleFile(rules, file: "alerts.yaml").rules
      harness.clock = { [clock] in clock.now }
      self.harness = harness
      journal = try harness.openJournal()
      pipeline = try harness.start(journal, try harness.openStore())
      pipeline.alerts?.listen(Self.hearing(since: 0), isDrained: false)
      try pipeline.checkpoint()
    }

    private static func hearing(since second: Int64) -> Hearing.Span {
      let moment = Timestamp(seconds: AlertDeskTests.noon + second)
      return Hearing.Span(since: moment, through: moment)
    }

    mutating func take(
      _ payload: String, of device: String = "probe-1", site: String = "north", at second: Int64
    ) throws {
      clock.set(AlertDeskTests.noon + second)
      let message = PipelineHarness.Message(
        topic: "a/\(site)/\(device)", payload: payload.replacing("TS", with: "\(AlertDeskTests.noon + second)"),
        receivedAt: Timestamp(seconds: AlertDeskTests.noon + second))
      try harness.ingest([message], journal, pipeline)
    }

    /// As the machine does where its power fails: what is not committed is gone.
    mutating func crash() throws {
      journal = try harness.openJournal()
      pipeline = try harness.start(journal, try harness.openStore())
    }

    func transitions() throws -> [TransitionRecord] {
      try StoreReader(directory: harness.configuration.data, readers: 1).readNow {
        try $0.transitions(after: 0, limit: 10_000).map(\.transition)
      }
    }

    func alerts() throws -> [AlertRecord] {
      var alerts: [AlertRecord] = []
      try StoreReader(directory: harness.configuration.data, readers: 1).readNow { snapshot in
        try snapshot.forEachAlert(AlertChoice()) {
          alerts.append($0); return true
        }
      }
      return alerts
    }

    func waitingCalls() throws -> [HookCallRecord] {
      try StoreReader(directory: harness.configuration.data, readers: 1).readNow { try $0.waitingCalls() }
    }
  }

  @Test("A transition is written with its alert, its machine and its call, before the checkpoint of its message")
  func oneTransaction() throws {
    var plant = try Plant()
    try plant.take(#"{"ts":TS,"t":55}"#, at: 0)
    // A device that is new is written with what it does.
    try plant.pipeline.checkpoint()
    #expect(plant.pipeline.hookOutbox.take().calls.count == 1)
    try plant.take(#"{"ts":TS,"t":20}"#, at: 1)
    try plant.pipeline.checkpoint()
    _ = plant.pipeline.hookOutbox.take()
    try plant.take(#"{"ts":TS,"t":55}"#, at: 2)
    #expect(plant.pipeline.alertsAreUrgent)
    #expect(try plant.transitions().count == 2)
    try plant.pipeline.writeAlerts()
    #expect(try plant.transitions().map(\.kind) == [.firing, .resolved, .firing])
    #expect(try plant.alerts().map(\.alert.phase) == [.firing, .resolved])
    let call = try #require(try plant.waitingCalls().last)
    #expect(call.call.hook == "officer" && call.call.kind == .start)
    #expect(plant.pipeline.hookOutbox.take().calls.map(\.record.call.id) == [call.call.id])
    // The store has the alert, and not yet the reading.
    try plant.crash()
    #expect(plant.pipeline.hookOutbox.take().calls.map(\.record.call.id) == (try plant.waitingCalls().map(\.call.id)))
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

  @Test("A state is told by its name, a window's figure as a number, and what is about several metrics has no value")
  func values() throws {
    var plant = try Plant(
      """
      rules:
        - { id: off, title: { en: "{device}: {value}", zh: "{value}" }, metric: mode, equals: "OFF", severity: info, hooks: [a] }
        - { id: often-off, metric: mode, window: { fn: count, of: 1h, above: 1 } }
        - { id: both, all: [ { metric: mode, equals: "OFF" }, { metric: temperature, above: 50 } ] }
      hooks: { a: { exec: [/bin/true] } }
      """)
    try plant.take(#"{"ts":TS,"t":20,"m":"ON"}"#, at: 0)
    try plant.take(#"{"ts":TS,"t":55,"m":"OFF"}"#, at: 1)
    for _ in 0..<2 { try plant.pipeline.checkpoint() }
    try plant.take(#"{"ts":TS,"t":55,"m":"ON"}"#, at: 2)
    for _ in 0..<2 { try plant.pipeline.checkpoint() }
    let alerts = try plant.harness.ask(Question.alerts, [("state", "all")])["alerts"]
    let byRule = (0..<alerts.count).reduce(into: [String: JSON]()) {
      if case .text(let rule) = alerts[$1]["rule"] { $0[rule] = alerts[$1] }
    }
    #expect(byRule["off"]?["value"] == .text("ON") && byRule["off"]?["title"]["en"] == .text("probe-1: ON"))
    #expect(byRule["often-off"]?["value"] == .number(2))
    #expect(byRule["both"]?["value"] == .null && byRule.count == 3)
    guard case .text(let id) = byRule["off"]?["id"] else { return #expect(Bool(false)) }
    let transitions = try plant.harness.ask({ _ in .alert(id) }, [])["transitions"]
    #expect((0..<2).map { transitions[$0]["value"] } == [.text("OFF"), .text("ON")])
    let told = try StoreReader(directory: plant.harness.configuration.data, readers: 1).readNow { snapshot in
      try plant.pipeline.hookOutbox.take().calls.map { pending in
        let wording = AlertWording(plant.harness.rules, snapshot, .whole, zone: .gmt)
        return try HookDocument(pending, wording, gateway: "test").hookCall(pending).variables
      }
    }
    #expect(told.map { $0["GANGLION_VALUE"] } == ["OFF", "ON"] && told.last?["GANGLION_TITLE"] == "probe-1: ON")
    // It is known by the store alone: another gateway tells the same.
    try plant.crash()
    #expect(try plant.harness.ask(Question.alerts, [("state", "all")])["alerts"] == alerts)
  }

  @Test("A sample of a rule about states has the state that the rule names")
  func sample() throws {
    let plant = try Plant()
    let rule = try #require(plant.harness.rules.rule("off"))
    let catalogue = try Catalogue(.forDirectory(plant.harness.configuration.devices))
    let sample = SampleAlert(rule, catalogue, now: Timestamp(seconds: Self.noon))
    let wording = AlertWording(plant.harness.rules, states: sample.states, zone: .gmt)
    #expect(try AlertAnswer.Alert(sample.record, wording).value == .text("OFF"))
    let hot = SampleAlert(try #require(plant.harness.rules.rule("hot")), catalogue, now: Timestamp(seconds: Self.noon))
    #expect(try AlertAnswer.Alert(hot.record, wording).value == .number(62.5))
  }

  @Test("A title's limit is that of the override and the level, its name that of the registry")
  func titles() throws {
    var plant = try Plant(
      """
      rules:
        - id: warm
          title: { en: "{name} ({device}) is above {threshold}", zh: "{threshold}" }
          metric: temperature
          levels: { warning: { above: 30 }, critical: { above: 50 } }
          overrides:
            - { device: probe-2, levels: { warning: { above: 20 }, critical: { above: 40 } } }
            - { where: { site: south }, levels: { critical: { above: 45 } } }
      """, registry: "device,profile,name\nprobe-1,probe,Boiler of the mill\n")
    for (device, site) in [("probe-1", "north"), ("probe-2", "north"), ("probe-3", "south")] {
      try plant.take(#"{"ts":TS,"t":60}"#, of: device, site: site, at: 1)
    }
    try plant.pipeline.checkpoint()
    let alerts = try plant.harness.ask(Question.alerts, [])["alerts"]
    let titles = (0..<alerts.count).compactMap { index in
      if case .text(let title) = alerts[index]["title"]["en"] { title } else { nil }
    }
    #expect(
      titles.sorted() == [
        "Boiler of the mill (probe-1) is above 30", "Boiler of the mill (probe-1) is above 50",
        "probe-2 (probe-2) is above 20", "probe-2 (probe-2) is above 40", "probe-3 (probe-3) is above 45",
      ])
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
    let told = plant.pipeline.hookOutbox.take().calls
    #expect(told.map { $0.alerts.map(\.alert.calledAt) } == [[alert.alert.calledAt], [alert.alert.calledAt]])
  }

  @Test("A hook that keeps failing is an alert for which others are called, and its end is told to them")
  func hookFailing() throws {
    var plant = try Plant(Self.rules + "\n  boss: { exec: [/bin/true] }\nhook_failing: { hooks: [boss, officer] }\n")
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
    _ = try plant.pipeline.alerts?.apply(.notices([.recovered(hook: "officer")]))
    try plant.pipeline.writeAlerts()
    #expect(try plant.transitions().map(\.kind) == [.firing, .resolved])
    #expect(try plant.waitingCalls().map { "\($0.call.hook) \($0.call.kind)" } == ["boss start", "boss end"])
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

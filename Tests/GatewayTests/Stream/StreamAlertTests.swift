import Alerting
import DurableSQLite
import Foundation
import GRDB
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// Alerts as something becomes of them, told to clients without connections.
@Suite
struct StreamAlertTests {
  private typealias Message = StreamHarness.Message

  private static let rules = """
    rules:
      - id: hot
        title: { en: "{device} is at {value}", zh: "{device} 过热" }
        metric: temperature
        levels: { warning: { above: 50, clear: 40 }, critical: { above: 70, clear: 60 } }
      - { id: off, metric: mode, equals: "OFF", severity: info }
      - id: hot-and-off
        all: [ { metric: temperature, above: 50 }, { metric: mode, equals: "OFF" } ]
        severity: critical
    """

  private func kinds(_ events: [StreamHarness.Event]) -> [JSON] { events.map { $0.data["transition"]["kind"] } }

  private func whole(_ gateway: StreamHarness) throws -> JSON {
    try gateway.harness.ask(Question.alerts, [("state", "all")])["alerts"]
  }

  @Test("A transition is told once it is in the store, with the alert as /api/v1/alerts has it then")
  func shape() async throws {
    let gateway = try StreamHarness(rules: Self.rules)
    let client = try gateway.client("events=alerts")
    try gateway.take(StreamHarness.temperature(20))
    try gateway.checkpoint()
    #expect(try await client.read() == [])
    try gateway.take(StreamHarness.temperature(55, at: 1, receivedAt: 1))
    #expect(try await client.read() == [])
    try gateway.pipeline.writeAlerts()
    let started = try await client.read()
    try #require(started.map(\.kind) == ["alert"] && kinds(started) == [.text("firing")])
    #expect(started[0].data.without("transition") == (try whole(gateway)[0]))
    #expect(started[0].data["title"]["en"] == .text("probe-1 is at 55"))
    let id = try #require(try gateway.alerts().first).alert.id
    _ = try gateway.pipeline.alerts?.apply(.acknowledge(id, author: "duty", note: "on my way", scope: .whole))
    #expect(try await client.read() == [])
    try gateway.pipeline.writeAlerts()
    let taken = try await client.read()
    try #require(kinds(taken) == [.text("acknowledged")])
    #expect(taken[0].data["state"] == .text("firing"))
    #expect(taken[0].data["acknowledged"]["note"] == .text("on my way"))
    #expect(taken[0].data.without("transition") == (try whole(gateway)[0]))
    try gateway.take(StreamHarness.temperature(30, at: 2, receivedAt: 2))
    try gateway.pipeline.writeAlerts()
    let ended = try await client.read()
    try #require(kinds(ended) == [.text("resolved")])
    #expect(ended[0].data["value"] == .number(30))
    #expect(ended[0].data.without("transition") == (try whole(gateway)[0]))
    // Told again, each is as it was behind its transition.
    let again = try await gateway.client("events=alerts", after: started[0].id).read()
    #expect(again == taken + ended)
    let listed = try gateway.harness.ask({ _ in .alert(id.text) }, [])["transitions"]
    #expect(client.events.indices.map { client.events[$0].data["transition"] == listed[$0] } == [true, true, true])
  }

  @Test("Only what the filters and the scope leave is told")
  func filters() async throws {
    let gateway = try StreamHarness(rules: Self.rules)
    let queries = [
      "rule=hot", "severity=critical", "severity=info", "device=probe-2", "tag.site=south", "metric=temperature",
      "metric=mode&device=probe-1", "metric=weight", "code=nothing",
    ]
    let clients = try queries.map { try gateway.client("events=alerts&\($0)") }
    let scoped = try gateway.client("events=alerts", scope: TagScope(["site": ["south"]]))
    try gateway.take(
      StreamHarness.temperature(20), StreamHarness.temperature(20, of: "probe-2", site: "south"))
    try gateway.checkpoint()
    for client in clients { #expect(try await client.read() == []) }
    #expect(try await scoped.read() == [])
    try gateway.take(
      StreamHarness.temperature(55, at: 1), StreamHarness.temperature(80, of: "probe-2", site: "south", at: 1),
      Message(payload: #"{"ts":1763700002,"m":"OFF"}"#))
    try gateway.checkpoint()
    var told: [String: [String]] = [:]
    func words(_ events: [StreamHarness.Event]) -> [String] {
      events.map { event in
        ["rule", "severity", "device"].compactMap { if case .text(let word) = event.data[$0] { word } else { nil } }
          .joined(separator: " ")
      }.sorted()
    }
    for (query, client) in zip(queries, clients) { told[query] = words(try await client.read()) }
    let (north, south) = ("hot warning probe-1", ["hot critical probe-2", "hot warning probe-2"])
    #expect(told["rule=hot"] == south.prefix(1) + [north] + south.suffix(1))
    #expect(told["severity=critical"] == ["hot critical probe-2", "hot-and-off critical probe-1"])
    #expect(told["severity=info"] == ["off info probe-1"])
    #expect(told["device=probe-2"] == south && told["tag.site=south"] == south)
    // An alert of several conditions has no metric.
    #expect(told["metric=temperature"] == south.prefix(1) + [north] + south.suffix(1))
    #expect(told["metric=mode&device=probe-1"] == ["off info probe-1"])
    #expect(told["metric=weight"] == [] && told["code=nothing"] == [])
    #expect(words(try await scoped.read()) == south)
  }

  @Test("Clients that come back at random, over restarts too, hear each transition once and in its order")
  func resumes() async throws {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    let gateway = try StreamHarness(rules: Self.rules)
    var client = try gateway.client("events=alerts")
    try gateway.checkpoint()
    try await client.read()
    var start = try #require(client.lastID)
    var heard: [StreamHarness.Event] = []
    for second in Int64(1)...250 {
      let device = "probe-\(Int.random(in: 1...3, using: &random))"
      let payload =
        Int.random(in: 0..<4, using: &random) == 0
        ? #"{"ts":\#(StreamHarness.noon + second),"m":"\#(Bool.random(using: &random) ? "OFF" : "ON")"}"#
        : #"{"ts":\#(StreamHarness.noon + second),"t":\#(Int.random(in: 0...90, using: &random))}"#
      try gateway.take(
        Message(
          topic: "a/north/\(device)", payload: payload, receivedAt: Timestamp(seconds: StreamHarness.noon + second)))
      if Int.random(in: 0..<8, using: &random) == 0, let open = try gateway.alerts().last(where: \.alert.phase.isOpen) {
        _ = try? gateway.pipeline.alerts?.apply(.acknowledge(open.alert.id, author: "", note: "", scope: .whole))
      }
      switch Int.random(in: 0..<4, using: &random) {
      case 0: try gateway.checkpoint(at: second)
      case 1: try gateway.pipeline.writeAlerts()
      default: break
      }
      if Bool.random(using: &random) { heard += try await client.read() }
      guard Int.random(in: 0..<12, using: &random) == 0 else { continue }
      // From its last event, or from one before, of which what follows comes again.
      let back = min(Int.random(in: 0..<3, using: &random), max(0, client.events.count - 1))
      start = back > 0 ? client.events[client.events.count - 1 - back].id : client.lastID ?? start
      heard.removeLast(back)
      if Bool.random(using: &random) {
        try gateway.checkpoint(at: second)
        try gateway.restart()
        try gateway.checkpoint(at: second)
      }
      client = try gateway.client("events=alerts", after: start)
    }
    try gateway.checkpoint(at: 251)
    heard += try await client.read()
    #expect(heard.allSatisfy { $0.kind == "alert" }, "seed \(seed)")
    // What the alerts say of themselves, one by one.
    var expected: [String: [JSON]] = [:]
    let whole = try whole(gateway)
    for index in 0..<whole.count {
      guard case .text(let id) = whole[index]["id"],
        case .list(let listed) = try gateway.harness.ask({ _ in .alert(id) }, [])["transitions"]
      else { continue }
      expected[id] = listed
    }
    var found: [String: [JSON]] = [:]
    for event in heard {
      if case .text(let id) = event.data["id"] { found[id, default: []].append(event.data["transition"]) }
    }
    #expect(found == expected, "seed \(seed)")
    #expect(expected.count > 10 && expected.values.joined().contains { $0["kind"] == .text("acknowledged") })
    // The whole order is that in which they came into the store.
    let order = try gateway.transitions().map { JSON.text($0.id.text) }
    #expect(heard.map { $0.data["transition"]["id"] } == order, "seed \(seed)")
  }

  @Test("An id of another store is told as a gap, and the stream goes on")
  func foreign() async throws {
    let gateway = try StreamHarness(rules: Self.rules)
    try gateway.take(StreamHarness.temperature(20))
    try gateway.checkpoint()
    let client = try gateway.client("events=alerts", after: "\(StreamHarness.noon).0.0.77")
    let events = try await client.read()
    #expect(events.map(\.kind) == ["gap"] && events.first?.data["of"] == .text("alerts"))
    #expect(events.first?.data["from"] == .text("77") && events.first?.data["to"] == .text("0"))
    try gateway.take(StreamHarness.temperature(55, at: 1))
    try gateway.pipeline.writeAlerts()
    #expect(kinds(try await client.read()) == [.text("firing")])
  }

  @Test("Transitions that have been let go are told as a gap, in their place among the others")
  func letGo() async throws {
    let gateway = try StreamHarness(rules: Self.rules)
    try gateway.take(StreamHarness.temperature(20))
    try gateway.checkpoint()
    let client = try gateway.client("events=alerts")
    try await client.read()
    for second in Int64(1)...6 {
      try gateway.take(StreamHarness.temperature(second % 2 == 1 ? 55 : 30, at: second, receivedAt: second))
      try gateway.pipeline.writeAlerts()
    }
    let all = try await client.read()
    #expect(all.count == 6)
    try gateway.restart()
    let path = CheckedPages.name(of: "\(gateway.harness.configuration.data)/store.db")
    try await DatabaseQueue(path: path).write {
      try $0.execute(sql: "DELETE FROM alert_transition WHERE number IN (2, 3, 5)")
    }
    let again = try await gateway.client("events=alerts", after: all[0].id).read()
    try #require(again.map(\.kind) == ["gap", "alert", "gap", "alert"])
    #expect([again[1].data, again[3].data] == [all[3].data, all[5].data])
    #expect(again.map { $0.data["from"] } == [.text("1"), .null, .text("4"), .null])
    #expect(again.map { $0.data["to"] } == [.text("4"), .null, .text("6"), .null])
    // The gap's id is behind it.
    let rest = try await gateway.client("events=alerts", after: again[2].id).read()
    #expect(rest == [again[3]])
  }

  @Test("Readings, aggregates and alerts on one stream: an id goes on in all of them")
  func together() async throws {
    let gateway = try StreamHarness(rules: Self.rules)
    let query = "events=readings,aggregates,alerts&metric=temperature&fn=max&severity=warning"
    let client = try gateway.client(query)
    try gateway.checkpoint(at: 0)
    try await client.read()
    let start = try #require(client.lastID)
    for minute in Int64(0)..<4 {
      let value = minute % 2 == 0 ? 55.0 : 30
      try gateway.take(StreamHarness.temperature(value, at: minute * 60, receivedAt: minute * 60))
      try gateway.checkpoint(at: minute * 60)
    }
    try gateway.checkpoint(at: 280)
    let all = try await client.read()
    #expect(all.count { $0.kind == "reading" } == 4 && all.count { $0.kind == "aggregate" } == 4)
    // Between the readings the sensor is silent for a time.
    #expect(kinds(all.filter { $0.kind == "alert" }).contains(.text("unknown")))
    for (index, id) in ([start] + all.map(\.id)).enumerated() {
      let events = try await gateway.client(query, after: id).read()
      for kind in ["reading", "aggregate", "alert"] {
        #expect(
          events.filter { $0.kind == kind }.map(\.data) == all.dropFirst(index).filter { $0.kind == kind }.map(\.data),
          "\(kind) after \(id)")
      }
    }
    // Whoever asked for readings alone is told of alerts from there on.
    let readings = try gateway.client("events=readings")
    try await readings.read()
    #expect(try await gateway.client("events=alerts", after: readings.lastID).read() == [])
  }
}

extension StreamHarness {
  fileprivate func alerts() throws -> [AlertRecord] {
    var alerts: [AlertRecord] = []
    try StoreReader(directory: harness.configuration.data, readers: 1).readNow { snapshot in
      try snapshot.forEachAlert(AlertChoice()) {
        alerts.append($0)
        return true
      }
    }
    return alerts
  }

  fileprivate func transitions() throws -> [TransitionRecord] {
    try StoreReader(directory: harness.configuration.data, readers: 1).readNow {
      try $0.transitions(after: 0, limit: 100_000).map(\.transition)
    }
  }
}

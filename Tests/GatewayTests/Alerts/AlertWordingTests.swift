import Alerting
import DeviceCatalog
import Foundation
import Storage
import Telemetry
import Testing

@testable import Gateway

/// What alerts are told with: names of states and devices, limits.
@Suite struct AlertWordingTests {
  private typealias Plant = AlertPlant

  private static let noon = PipelineHarness.noon

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
      try snapshot.allWaitingCalls().map { record in
        let pending = try PendingCall(record, snapshot)
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
}

import Telemetry
import Testing

@testable import Alerting

/// Two conditions on a device, and on a site.
@Suite struct JoinedRuleTests {
  private static func rule(on ground: JoinedSubject.Ground, for hold: Int64 = 0, keep: Int64 = 0) -> AlertRule {
    AlertRule(
      id: "dry",
      .joined(
        JoinedSubject([.init(metric: "pump", .equals("RUN")), .init(metric: "flow", .below(1))], on: ground)),
      spans: .init(for: .seconds(hold), keep: .seconds(keep)))
  }

  private func driver(_ rule: AlertRule) -> EngineDriver {
    var driver = EngineDriver([rule], listensSince: 0)
    for device in ["a", "b", "c"] {
      let tags = ["site": device == "c" ? "south" : "north"]
      driver.bind("\(device)/pump", kind: .state, tags: tags, states: ["RUN": 1, "STOP": 2])
      driver.bind("\(device)/flow", tags: tags)
    }
    return driver
  }

  @Test("On a device it holds where both hold, and not as long as one is not known")
  func device() {
    var driver = driver(Self.rule(on: .device))
    driver.read("a/flow", 0, at: 100)
    driver.read("b/pump", 1, at: 100)
    #expect(driver.drain() == [])
    driver.read("a/pump", 1, at: 101)
    let made = driver.engine.drain().transitions
    #expect(made.map(\.kind) == [.firing] && made[0].key.target == .device("a") && made[0].tags == ["site": "north"])
    driver.read("a/flow", 3, at: 102)
    #expect(driver.drain() == ["dry warning resolved 102"])
  }

  @Test("On a site it holds where each holds somewhere, and ends where one holds nowhere")
  func site() {
    var driver = driver(Self.rule(on: .tag("site")))
    for device in ["a", "b", "c"] {
      driver.read("\(device)/pump", 2, at: 100)
      driver.read("\(device)/flow", 5, at: 100)
    }
    driver.read("a/pump", 1, at: 101)
    driver.read("c/flow", 0, at: 101)
    #expect(driver.drain() == [])
    driver.read("b/flow", 0, at: 102)
    let made = driver.engine.drain().transitions
    #expect(made.map(\.key.target) == [.tag(name: "site", value: "north")] && made[0].tags == ["site": "north"])
    driver.read("a/flow", 0, at: 103)
    driver.read("b/flow", 5, at: 104)
    #expect(driver.drain() == [])
    driver.read("a/pump", 2, at: 105)
    #expect(driver.drain() == ["dry warning resolved 105"])
  }

  @Test("One that falls silent makes it unknown, and it is known again when that one speaks")
  func silence() {
    var driver = driver(Self.rule(on: .device))
    driver.read("a/flow", 0, at: 100)
    driver.read("a/pump", 1, at: 101)
    driver.read("a/pump", 1, at: 121)
    driver.engine.tick(at(130))
    #expect(driver.drain() == ["dry warning firing 101", "dry warning unknown 130"])
    driver.read("a/pump", 1, at: 131)
    #expect(driver.drain() == [])
    driver.read("a/flow", 0, at: 132)
    #expect(driver.drain() == ["dry warning known 132"])
  }

  @Test("Its spans are waited for by the time of receipt")
  func spans() {
    var driver = driver(Self.rule(on: .device, for: 10, keep: 5))
    driver.read("a/flow", 0, at: 100)
    driver.read("a/pump", 1, at: 105, time: 104)
    driver.read("a/pump", 1, at: 114)
    #expect(driver.drain() == [])
    driver.read("a/pump", 1, at: 115)
    #expect(driver.drain() == ["dry warning firing 114"])
    driver.read("a/flow", 5, at: 116)
    driver.engine.tick(at(121))
    #expect(driver.drain() == ["dry warning resolved 121"])
  }

  @Test("A device that moves to another site takes what it said with it; a site without pumps has its alert withdrawn")
  func moves() {
    var driver = EngineDriver([Self.rule(on: .tag("site"))], listensSince: 0)
    driver.bind("a/pump", kind: .state, tags: ["site": "north"], states: ["RUN": 1])
    driver.bind("b/flow", tags: ["site": "north"])
    driver.read("a/pump", 1, at: 100)
    driver.read("b/flow", 0, at: 100)
    driver.bind("a/pump", kind: .state, tags: ["site": "south"], states: ["RUN": 1])
    #expect(driver.drain() == ["dry warning firing 100", "dry warning withdrawn 100"])
    driver.bind("b/flow", tags: ["site": "south"])
    driver.read("b/flow", 0, at: 101)
    driver.read("a/pump", 1, at: 101)
    #expect(driver.drain() == ["dry warning firing 101"])
  }
}

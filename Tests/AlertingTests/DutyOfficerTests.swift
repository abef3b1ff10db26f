import Telemetry
import Testing

@testable import Alerting

/// Whole stories, from readings to calls: what a duty officer gets, call by call.
@Suite struct DutyOfficerTests {
  private struct Story {
    var driver: EngineDriver
    var policy: NotificationPolicy
    private(set) var calls: [String] = []

    init(_ rules: RuleSet) {
      driver = EngineDriver(rules.rules, listensSince: 0)
      policy = NotificationPolicy(rules)
    }

    /// What a second brings beside readings: deadlines, and calls.
    mutating func pass(_ second: Int64) {
      driver.engine.tick(at(second))
      let transitions = driver.engine.drain().transitions
      policy.take(transitions)
      for transition in transitions { keys[transition.alert] = transition.key }
      calls += policy.calls(at: at(second)).map { call in
        let names = call.items.map { keys[$0.alert]! }.map { "\($0.rule)/\($0.target.device ?? "?")" }
        return "\(second) \(call.hook) \(call.kind): \(names.joined(separator: ", "))"
      }
    }

    private var keys: [AlertID: AlertKey] = [:]
  }

  private static func rule(
    _ id: String, _ metric: String, _ condition: Condition, for hold: Int64 = 0, keep: Int64 = 0,
    severity: Severity = .warning, group: AlertRule.Grouping? = nil
  ) -> AlertRule {
    var rule = AlertRule.simple(id, metric, condition, for: hold, keep: keep, severity: severity)
    rule.hooks = ["duty"]
    rule.group = group
    return rule
  }

  @Test("A sensor that flaps about its limit for an hour: one call as it starts, one as it is over")
  func flapping() {
    let rule = Self.rule("turbid", "m", .above(1, clear: 0.8), for: 30, keep: 60)
    var story = Story(RuleSet(rules: [rule]))
    story.driver.bind("plant/m", interval: 10)
    for second in Int64(0)..<5000 {
      if second % 10 == 0 {
        let isFlapping = (1000..<4600).contains(second)
        // Below the limit every third time, and below what clears it every tenth, never for a minute.
        let value = second % 100 == 50 ? 0.7 : second % 30 == 0 ? 0.9 : 1.2
        story.driver.read("plant/m", isFlapping ? value : 0.5, at: second)
      }
      story.pass(second)
    }
    // 0.9 takes nothing back of what has held since 1000, and 0.7 is never followed by a minute below the limit.
    #expect(story.calls == ["1030 duty start: turbid/plant", "4660 duty end: turbid/plant"])
  }

  @Test("A sensor that dies while its alert fires: a start, silence is no end, and an end once it is back and well")
  func dying() {
    let rule = Self.rule("hot", "m", .above(80, clear: 75), keep: 20)
    var story = Story(RuleSet(rules: [rule]))
    story.driver.bind("oven/m", interval: 10)
    for second in Int64(0)..<20_000 {
      if second % 10 == 0 {
        switch second {
        case ..<100: story.driver.read("oven/m", 60, at: second)
        case ..<200: story.driver.read("oven/m", 90, at: second)
        case ..<300: story.driver.read("oven/m", nil, at: second)
        // Nothing for hours.
        case ..<15_000: break
        case ..<15_100: story.driver.read("oven/m", 85, at: second)
        default: story.driver.read("oven/m", 60, at: second)
        }
      }
      story.pass(second)
    }
    #expect(story.calls == ["100 duty start: hot/oven", "15120 duty end: hot/oven"])
  }

  @Test(
    "A plant loses its power: one call for the power, one list for what nobody knows why, and as many when it is back")
  func powerCut() {
    let group = AlertRule.Grouping(by: ["site"], wait: .seconds(30))
    let rules = RuleSet(
      rules: [
        Self.rule("power-lost", "voltage", .below(100), severity: .critical),
        Self.rule("silent", "m", .absent(.intervals(3)), group: group),
        Self.rule("low", "m", .below(1), group: group),
      ], inhibitions: [Inhibition(when: "power-lost", mutes: ["silent", "low"], same: ["site"])])
    var story = Story(rules)
    let tags = ["site": "north"]
    story.driver.bind("ups/voltage", interval: 10, tags: tags)
    for pump in 1...20 { story.driver.bind("pump-\(pump)/m", interval: 10, tags: tags) }
    for pump in 1...2 { story.driver.bind("far-\(pump)/m", interval: 10, tags: ["site": "south"]) }
    for second in stride(from: Int64(0), to: 4000, by: 1) {
      if second % 10 == 0 {
        let isOut = (1000..<2000).contains(second)
        story.driver.read("ups/voltage", isOut ? 0 : 230, at: second)
        for pump in 1...20 where !isOut { story.driver.read("pump-\(pump)/m", 5, at: second) }
        // The radio of the other site is out a little later.
        for pump in 1...2 where !(1100..<2000).contains(second) { story.driver.read("far-\(pump)/m", 5, at: second) }
      }
      story.pass(second)
    }
    #expect(
      story.calls == [
        "1000 duty start: power-lost/ups", "1150 duty start: silent/far-1, silent/far-2",
        "2000 duty end: power-lost/ups", "2030 duty end: silent/far-1, silent/far-2",
      ])
  }

  @Test(
    "The gateway was off for a day and gets the day's readings: the officer hears of what is now, and of nothing past")
  func backlog() {
    let rules = RuleSet(rules: [
      Self.rule("hot", "m", .above(80), for: 30), Self.rule("silent", "m", .absent(.intervals(3))),
    ])
    var story = Story(rules)
    for device in ["a", "b"] { story.driver.bind("\(device)/m", interval: 10) }
    let day: Int64 = 86_400
    for second in Int64(0)..<100 {
      if second % 10 == 0 { for device in ["a", "b"] { story.driver.read("\(device)/m", 20, at: second) } }
      story.pass(second)
    }
    story.driver.engine.deaf()
    story.driver.engine.listens(at: at(day))
    // The broker has kept a day: five alerts a device that came and went. All is received within seconds.
    for time in stride(from: Int64(100), to: day - 100, by: 10) {
      for device in ["a", "b"] {
        story.driver.read("\(device)/m", (time / 5000) % 3 == 0 ? 95 : 20, at: day + time / 20_000, time: time)
      }
    }
    for second in day + 5..<day + 1000 {
      if second % 10 == 0 {
        story.driver.read("a/m", second < day + 500 ? 90 : 20, at: second)
        story.driver.read("b/m", 20, at: second)
      }
      story.pass(second)
    }
    #expect(story.calls == ["\(day + 40) duty start: hot/a", "\(day + 500) duty end: hot/a"])
  }

  @Test(
    "The gateway dies between an alert and its call, and is back in half an hour: one summary, and the ends as they come"
  )
  func lateCalls() {
    let rules = RuleSet(rules: [Self.rule("hot", "m", .above(80))])
    var story = Story(rules)
    for device in ["a", "b", "c"] { story.driver.bind("\(device)/m", interval: nil) }
    for device in ["a", "b"] { story.driver.read("\(device)/m", 90, at: 100) }
    story.driver.read("b/m", 20, at: 130)
    // Recorded, and nobody was called: the next look is late.
    story.pass(1900)
    story.driver.read("a/m", 20, at: 2000)
    story.driver.read("c/m", 99, at: 2000)
    story.pass(2000)
    #expect(
      story.calls == [
        "1900 duty summary: hot/a, hot/b, hot/b", "2000 duty start: hot/c", "2000 duty end: hot/a",
      ])
  }
}

import Telemetry
import Testing

@testable import Alerting

/// Transitions in, calls out, a line each: when, whom, what, which alerts.
struct PolicyDriver {
  var policy: NotificationPolicy
  private var names: [AlertID: String] = [:]
  private var sequence: UInt64 = 0

  init(_ rules: RuleSet) {
    policy = NotificationPolicy(rules)
  }

  /// An alert of a rule on a device, `rule/device`, does something at a second.
  mutating func happens(
    _ kind: AlertTransition.Kind, _ name: String, at second: Int64, severity: Severity = .warning,
    site: String? = nil
  ) {
    policy.take([transition(kind, name, at: second, severity: severity, site: site)])
  }

  private var open: [String: Cause] = [:]

  mutating func transition(
    _ kind: AlertTransition.Kind, _ name: String, at second: Int64, severity: Severity = .warning,
    site: String? = nil
  ) -> AlertTransition {
    let parts = name.split(separator: "/").map(String.init)
    sequence += 1
    let cause = Cause.reading(sequence: sequence, time: at(second))
    let place = "\(name) \(severity)"
    if kind == .firing { open[place] = cause }
    let key = AlertKey(rule: parts[0], severity: severity, target: .series(device: parts[1], metric: "m"))
    let step = AlertMachine.Step(
      kind: kind, cause: cause, at: at(second), receivedAt: at(second), value: 1, firedBy: open[place] ?? cause,
      since: at(second))
    let transition = AlertTransition(step, of: key, unit: nil, tags: site.map { ["site": $0] } ?? [:])
    names[transition.alert] = severity == .warning ? name : "\(name)!"
    return transition
  }

  /// The calls at a second: `second hook kind: alerts`.
  mutating func calls(_ second: Int64) -> [String] {
    policy.calls(at: at(second)).map { call in
      let items = call.items.map { item in
        (names[item.alert] ?? "?") + (call.kind == .summary ? " \(item.kind)" : "")
      }
      return "\(second) \(call.hook) \(call.kind): \(items.joined(separator: ", "))"
    }
  }

  func id(_ name: String) -> AlertID { names.first { $0.value == name }!.key }
}

@Suite struct PolicyTests {
  private static func rules(
    _ rules: [AlertRule], inhibitions: [Inhibition] = [], maintenance: [MaintenanceWindow] = []
  ) -> RuleSet {
    RuleSet(rules: rules, inhibitions: inhibitions, maintenance: maintenance)
  }

  private static func rule(
    _ id: String, hooks: [String] = ["duty"], group: AlertRule.Grouping? = nil,
    escalations: [AlertRule.Escalation] = []
  ) -> AlertRule {
    var rule = AlertRule.simple(id, "m", .above(1))
    (rule.hooks, rule.group, rule.escalations) = (hooks, group, escalations)
    return rule
  }

  @Test("One call as it starts, one as it ends, and none for what is unknown in between")
  func plain() {
    var driver = PolicyDriver(Self.rules([Self.rule("a", hooks: ["duty", "room"])]))
    driver.happens(.firing, "a/d", at: 100)
    #expect(driver.calls(100) == ["100 duty start: a/d", "100 room start: a/d"])
    driver.happens(.unknown, "a/d", at: 110)
    driver.happens(.known, "a/d", at: 120)
    #expect(driver.calls(120) == [])
    driver.happens(.resolved, "a/d", at: 130)
    #expect(driver.calls(130) == ["130 duty end: a/d", "130 room end: a/d"])
    #expect(driver.policy.all.isEmpty && driver.calls(1000) == [])
  }

  @Test("A withdrawal is an end; what began and ended within one look is told in two calls")
  func ends() {
    var driver = PolicyDriver(Self.rules([Self.rule("a")]))
    driver.happens(.firing, "a/d", at: 100)
    driver.happens(.withdrawn, "a/d", at: 100)
    #expect(driver.calls(100) == ["100 duty start: a/d", "100 duty end: a/d"])
    // What is let go says when it was called.
    let (changed, gone) = driver.policy.drain()
    #expect(changed.isEmpty && gone.map(\.calledAt) == [at(100)])
    #expect(gone.map(\.phase) == [.withdrawn] && gone.map(\.endedAt) == [at(100)])
  }

  @Test("For a hook that keeps failing others are called, and never itself")
  func hookFailing() {
    var driver = PolicyDriver(
      RuleSet(
        hookFailing: .hookFailing(
          hooks: ["boss", "room"], escalations: [.init(after: .seconds(60), hooks: ["mayor", "duty"])])))
    func fail(_ hook: String, _ second: Int64) -> AlertTransition {
      AlertTransition(
        ownStart: AlertRule.failure(of: hook), since: at(second), at: at(second), tags: AlertRule.failureTags(of: hook))
    }
    driver.policy.take([fail("duty", 100)])
    #expect(driver.policy.calls(at: at(100)).map(\.hook) == ["boss", "room"])
    driver.policy.take([fail("boss", 110)])
    #expect(driver.policy.calls(at: at(110)).map(\.hook) == ["room"])
    #expect(driver.policy.calls(at: at(160)).map(\.hook) == ["mayor"])
    #expect(driver.policy.calls(at: at(170)).map(\.hook) == ["mayor", "duty"])
    driver.policy.take([
      AlertTransition(
        ownEnd: AlertRule.failure(of: "boss"), since: at(110), at: at(200), tags: AlertRule.failureTags(of: "boss"))
    ])
    #expect(driver.policy.calls(at: at(200)).map(\.hook).sorted() == ["duty", "mayor", "room"])
  }

  @Test("The same transition again calls nobody, and calls have the same ids whenever they are found")
  func repeats() {
    func run(again: Bool) -> [AlertID] {
      var driver = PolicyDriver(Self.rules([Self.rule("a")]))
      let firing = driver.transition(.firing, "a/d", at: 100)
      driver.policy.take([firing])
      var ids = driver.policy.calls(at: at(100)).map(\.id)
      if again {
        driver.policy.take([firing])
        ids += driver.policy.calls(at: at(101)).map(\.id)
      }
      driver.policy.take([driver.transition(.resolved, "a/d", at: 110)])
      return ids + driver.policy.calls(at: at(110)).map(\.id)
    }
    #expect(run(again: true) == run(again: false) && Set(run(again: false)).count == 2)
  }

  @Test("While it is silenced nobody is called; afterwards, if it still fires, the start is")
  func silences() {
    var driver = PolicyDriver(Self.rules([Self.rule("a")]))
    driver.policy.set(
      Silence(id: 1, matcher: AlertMatcher(tags: ["site": "x"]), from: at(50), until: at(5000), author: "li"))
    driver.happens(.firing, "a/muted", at: 100, site: "x")
    driver.happens(.firing, "a/over", at: 100, site: "x")
    driver.happens(.firing, "a/other", at: 100, site: "y")
    #expect(driver.calls(100) == ["100 duty start: a/other"])
    driver.happens(.resolved, "a/over", at: 200, site: "x")
    driver.happens(.resolved, "a/other", at: 200, site: "y")
    #expect(driver.calls(200) == ["200 duty end: a/other"])
    for second in Int64(4990)..<5000 { #expect(driver.calls(second) == []) }
    #expect(driver.calls(5000) == ["5000 duty start: a/muted"])
    driver.policy.set(Silence(id: 2, matcher: AlertMatcher(), from: at(5000), until: at(9000), author: "li"))
    driver.happens(.resolved, "a/muted", at: 5100, site: "x")
    #expect(driver.calls(5100) == ["5100 duty end: a/muted"])
  }

  @Test("Maintenance mutes as a silence does, by the calendar of the zone")
  func maintenance() {
    let night = MaintenanceWindow(
      name: "n", .weekly(days: Set(MaintenanceWindow.Weekday.allCases), fromMinute: 60, toMinute: 120),
      matcher: AlertMatcher(rules: ["a"]))
    var driver = PolicyDriver(Self.rules([Self.rule("a"), Self.rule("b")], maintenance: [night]))
    driver.happens(.firing, "a/d", at: 3700)
    driver.happens(.firing, "b/d", at: 3700)
    #expect(driver.calls(3700) == ["3700 duty start: b/d"])
    #expect(driver.calls(7199) == [])
    #expect(driver.calls(7200) == ["7200 duty start: a/d"])
  }

  @Test("A worse level mutes the others of its rule and target")
  func levels() {
    var driver = PolicyDriver(Self.rules([Self.rule("a")]))
    driver.happens(.firing, "a/d", at: 100, severity: .warning)
    driver.happens(.firing, "a/d", at: 100, severity: .critical)
    driver.happens(.firing, "a/e", at: 100, severity: .warning)
    #expect(Set(driver.calls(100)) == ["100 duty start: a/d!", "100 duty start: a/e"])
    driver.happens(.resolved, "a/d", at: 200, severity: .critical)
    #expect(driver.calls(200) == ["200 duty start: a/d", "200 duty end: a/d!"])
    driver.happens(.firing, "a/d", at: 300, severity: .critical)
    #expect(driver.calls(300) == ["300 duty start: a/d!"])
    driver.happens(.resolved, "a/d", at: 310, severity: .critical)
    driver.happens(.resolved, "a/d", at: 310, severity: .warning)
    #expect(Set(driver.calls(310)) == ["310 duty end: a/d!", "310 duty end: a/d"])
  }

  @Test("An open alert mutes what follows from it where they have the same tags, and only there")
  func inhibition() {
    let inhibition = Inhibition(when: "power", mutes: ["a"], same: ["site"])
    var driver = PolicyDriver(Self.rules([Self.rule("a"), Self.rule("power")], inhibitions: [inhibition]))
    driver.happens(.firing, "a/x", at: 100, site: "x")
    driver.happens(.firing, "a/y", at: 100, site: "y")
    driver.happens(.firing, "a/none", at: 100)
    driver.happens(.firing, "power/p", at: 100, site: "x")
    #expect(Set(driver.calls(100)) == ["100 duty start: a/y", "100 duty start: a/none", "100 duty start: power/p"])
    driver.happens(.unknown, "power/p", at: 110, site: "x")
    #expect(driver.calls(110) == [])
    driver.happens(.resolved, "power/p", at: 120, site: "x")
    #expect(driver.calls(120) == ["120 duty start: a/x", "120 duty end: power/p"])
  }

  @Test("A group is one call with a list, as soon as its first alert has waited; what ended before is left out")
  func groups() {
    let group = AlertRule.Grouping(by: ["site"], wait: .seconds(10))
    var driver = PolicyDriver(Self.rules([Self.rule("a", group: group), Self.rule("b", group: group)]))
    driver.happens(.firing, "a/1", at: 100, site: "x")
    #expect(driver.calls(100) == [])
    driver.happens(.firing, "b/2", at: 105, site: "x")
    driver.happens(.firing, "a/3", at: 106, site: "y")
    driver.happens(.firing, "a/4", at: 107, site: "x")
    driver.happens(.resolved, "a/4", at: 108, site: "x")
    #expect(driver.calls(109) == [])
    #expect(driver.calls(110) == ["110 duty start: a/1, b/2"])
    #expect(driver.calls(116) == ["116 duty start: a/3"])
    driver.happens(.resolved, "b/2", at: 120, site: "x")
    driver.happens(.resolved, "a/1", at: 125, site: "x")
    #expect(driver.calls(129) == [])
    #expect(driver.calls(130) == ["130 duty end: a/1, b/2"])
    #expect(driver.policy.all.count == 1)
  }

  @Test("Where nobody acknowledges the next ones are called, and they are told of the end")
  func escalation() {
    let steps = [
      AlertRule.Escalation(after: .seconds(900), hooks: ["boss"]),
      AlertRule.Escalation(after: .seconds(1800), hooks: ["boss", "mayor"]),
    ]
    var driver = PolicyDriver(Self.rules([Self.rule("a", escalations: steps)]))
    for device in ["1", "2", "3"] { driver.happens(.firing, "a/\(device)", at: 100) }
    #expect(driver.calls(100).count == 3)
    let note = CalledAlert.Acknowledgement(author: "wang", note: "on my way", at: at(500))
    #expect(driver.policy.acknowledge(driver.id("a/1"), note) && !driver.policy.acknowledge(AlertID(rawValue: 1), note))
    driver.happens(.unknown, "a/3", at: 600)
    #expect(driver.calls(999) == [])
    #expect(driver.calls(1000) == ["1000 boss escalation: a/2"])
    driver.happens(.known, "a/3", at: 1100)
    #expect(driver.calls(1100) == ["1100 boss escalation: a/3"])
    _ = driver.policy.acknowledge(driver.id("a/3"), note)
    // Who is named again is called again.
    #expect(driver.calls(1900) == ["1900 boss escalation: a/2", "1900 mayor escalation: a/2"])
    for device in ["1", "2", "3"] { driver.happens(.resolved, "a/\(device)", at: 2000) }
    #expect(
      Set(driver.calls(2000)) == [
        "2000 duty end: a/1", "2000 duty end: a/2", "2000 boss end: a/2", "2000 mayor end: a/2", "2000 duty end: a/3",
        "2000 boss end: a/3",
      ])
  }

  @Test("What was due more than five minutes ago is told in one summary for each hook")
  func stale() {
    var driver = PolicyDriver(Self.rules([Self.rule("a", hooks: ["duty", "room"])]))
    driver.happens(.firing, "a/1", at: 100)
    driver.happens(.firing, "a/2", at: 110)
    driver.happens(.resolved, "a/2", at: 120)
    driver.happens(.firing, "a/3", at: 400)
    #expect(
      driver.calls(430) == [
        "430 duty start: a/3", "430 room start: a/3", "430 duty summary: a/1 start, a/2 start, a/2 end",
        "430 room summary: a/1 start, a/2 start, a/2 end",
      ])
    driver.happens(.resolved, "a/1", at: 440)
    #expect(driver.calls(440) == ["440 duty end: a/1", "440 room end: a/1"])
  }

  @Test("A policy that is ended and begun again at any moment makes the same calls")
  func restart() {
    let group = AlertRule.Grouping(by: ["site"], wait: .seconds(10))
    let steps = [AlertRule.Escalation(after: .seconds(60), hooks: ["boss"])]
    let rules = Self.rules([Self.rule("a", group: group, escalations: steps), Self.rule("b")])
    func run(isRestarted: Bool) -> [AlertCall] {
      var driver = PolicyDriver(rules)
      var stored: [AlertID: CalledAlert] = [:]
      var calls: [AlertCall] = []
      for second in Int64(100)..<300 {
        if second == 100 || second == 104 { driver.happens(.firing, "a/\(second)", at: second, site: "x") }
        if second % 50 == 20 { driver.happens(.firing, "b/\(second)", at: second) }
        if second == 200 { driver.happens(.resolved, "a/100", at: second, site: "x") }
        calls += driver.policy.calls(at: at(second))
        let (changed, gone) = driver.policy.drain()
        for alert in changed { stored[alert.id] = alert }
        for alert in gone { stored[alert.id] = nil }
        #expect(Array(stored.values).sorted { $0.id < $1.id } == driver.policy.all.sorted { $0.id < $1.id })
        if isRestarted { driver.policy = NotificationPolicy(rules, alerts: Array(stored.values)) }
      }
      return calls
    }
    #expect(run(isRestarted: true) == run(isRestarted: false) && run(isRestarted: false).count == 8)
  }
}

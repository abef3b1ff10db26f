import Alerting
import StrictYAML
import Telemetry
import Testing

@testable import Gateway

/// Rule files as they are written, and what is said of wrong ones.
@Suite struct RuleFileTests {
  private static let whole = """
    rules:
      - id: turbidity-high
        title: { en: "{site}: treated water is turbid, {value} {unit}", zh: "{site} 出厂水浊度超标" }
        metric: turbidity
        where: { kind: water-plant }
        levels:
          critical: { above: 1.0, clear: 0.8 }
          warning: { above: 0.8, clear: 0.6 }
        for: 30s
        keep: 1m
        live_limit: 5m
        hooks: [duty-officer, ops-room]
        group: { by: [site], wait: 20s }
        escalate: [ { after: 15m, hooks: [broadcast] } ]
        overrides:
          - { device: plant-2, levels: { critical: { above: 2 } }, for: 10s }
          - { where: { site: old }, keep: 5m }
      - { id: lid-open, metric: lid, equals: open, severity: info, enabled: false }
      - { id: silent, metric: level, absent: 3 }
      - { id: silent-2, metric: level, absent: 3 × interval }
      - { id: silent-3, metric: level, absent: 10m }
      - { id: leak, metric: total, rate_above: 2/1m, clear: 60/1h }
      - { id: cold, metric: temperature, below: 2, clear: 4 }
      - { id: ph, metric: ph, outside: [6.5, 8.5], clear: [6.8, 8.2] }
      - { id: heavy, metric: weight_added, window: { fn: sum, of: 1h, above: 100, clear: 90 } }
      - { id: broken, metric: mode, window: { fn: seconds, state: BROKEN, of: 1d, above: 600 } }
      - id: dry-run
        all: [ { metric: pump, equals: RUN }, { metric: flow, below: 1, where: { line: a } } ]
        on: site
        where: { kind: water-plant }
    hooks:
      duty-officer: { exec: ["/etc/ganglion/hooks/call.sh", "-v"], timeout: 20s, retries: 0, concurrency: 1, rate: 5 }
      ops-room: { webhook: "https://ops.example/alerts", format: alertmanager, headers_file: /etc/h, ca_file: /etc/ca, allow_private: true }
      broadcast: { publish: "city/alerts/{rule}", qos: 0, retain: true }
    inhibit:
      - { when: silent, mutes: [turbidity-high, ph], same: [site] }
    maintenance:
      - { name: night, days: [sat, sun], from: "22:00", to: "04:00", where: { site: north } }
      - { name: once, from: 2026-11-21T08:00:00+08:00, to: "2026-11-21T10:00:00+08:00", rules: [ph], severities: [info] }
    """

  @Test("Everything that a rule file may say is read")
  func everything() throws {
    let file = try RuleFile(Self.whole, file: "alerts.yaml")
    let rules = file.rules
    #expect(file.warnings.isEmpty && rules.rules.count == 11)
    let turbidity = try #require(rules.rule("turbidity-high"))
    guard case .series(let subject) = turbidity.subject else { return #expect(Bool(false)) }
    #expect(subject.filter == DeviceFilter(tags: ["kind": "water-plant"]))
    #expect(
      subject.levels == [
        .init(.warning, .value(.above(0.8, clear: 0.6))), .init(.critical, .value(.above(1, clear: 0.8))),
      ])
    #expect(
      subject.overrides == [
        .init(
          filter: DeviceFilter(device: "plant-2"), levels: [.init(.critical, .value(.above(2, clear: 2)))],
          for: .seconds(10)),
        .init(filter: DeviceFilter(tags: ["site": "old"]), keep: .seconds(300)),
      ])
    #expect(turbidity.spans == .init(for: .seconds(30), keep: .seconds(60)) && turbidity.liveLimit == .seconds(300))
    #expect(turbidity.group == .init(by: ["site"], wait: .seconds(20)))
    #expect(turbidity.escalations == [.init(after: .seconds(900), hooks: ["broadcast"])])
    #expect(turbidity.title.english.placeNames == ["site", "value", "unit"])
    func condition(_ id: String) -> Condition? {
      guard case .series(let subject) = rules.rule(id)?.subject else { return nil }
      return subject.levels.first?.condition
    }
    #expect(condition("lid-open") == .equals("open") && rules.rule("lid-open")?.isEnabled == false)
    #expect(condition("silent") == .absent(.intervals(3)) && condition("silent-2") == .absent(.intervals(3)))
    #expect(condition("silent-3") == .absent(.span(.seconds(600))))
    #expect(condition("leak") == .rateAbove(2, clear: 1, span: .seconds(60)))
    #expect(condition("cold") == .value(.below(2, clear: 4)))
    #expect(condition("ph") == .value(.outside(6.5...8.5, clear: 6.8...8.2)))
    #expect(condition("heavy") == .window(WindowCondition(.sum, of: .hour, .above(100, clear: 90))))
    #expect(
      condition("broken") == .window(WindowCondition(.seconds(state: "BROKEN"), of: .day, .above(600, clear: 600))))
    guard case .joined(let joined) = rules.rule("dry-run")?.subject else { return #expect(Bool(false)) }
    #expect(joined.ground == .tag("site") && joined.severity == .warning)
    #expect(
      joined.parts == [
        .init(metric: "pump", filter: DeviceFilter(tags: ["kind": "water-plant"]), .equals("RUN")),
        .init(
          metric: "flow", filter: DeviceFilter(tags: ["kind": "water-plant", "line": "a"]), .value(.below(1, clear: 1))),
      ])
    #expect(rules.inhibitions == [.init(when: "silent", mutes: ["turbidity-high", "ph"], same: ["site"])])
    #expect(rules.maintenance[0].span == .weekly(days: [.sat, .sun], fromMinute: 22 * 60, toMinute: 4 * 60))
    #expect(rules.maintenance[1].matcher == AlertMatcher(rules: ["ph"], severities: [.info]))
  }

  @Test("Hooks have their actions, and defaults where nothing is said")
  func hooks() throws {
    let hooks = try RuleFile(Self.whole, file: "alerts.yaml").rules.hooks
    #expect(
      hooks[0]
        == HookDeclaration(
          name: "duty-officer", action: .exec(["/etc/ganglion/hooks/call.sh", "-v"]), timeout: .seconds(20), retries: 0,
          concurrency: 1, ratePerMinute: 5))
    #expect(
      hooks[1]
        == HookDeclaration(
          name: "ops-room",
          action: .webhook(
            .init(
              url: "https://ops.example/alerts", format: .alertmanager, headersFile: "/etc/h", caFile: "/etc/ca",
              allowsPrivate: true))))
    #expect(hooks[1].timeout == .seconds(10) && hooks[1].retries == 5 && hooks[1].concurrency == 4)
    #expect(
      hooks[2]
        == HookDeclaration(
          name: "broadcast", action: .publish(.init(topic: "city/alerts/{rule}", qos: 0, isRetained: true))))
  }

  @Test("An empty file is no rules; a hook that nobody calls is a warning")
  func little() throws {
    #expect(try RuleFile("", file: "a").rules == RuleSet())
    let file = try RuleFile("hooks:\n  lonely: { exec: [/bin/true] }\n", file: "a.yaml")
    #expect(file.warnings.map(\.description) == ["a.yaml:2:3: hooks.lonely: no rule calls the hook 'lonely'"])
  }

  @Test("Who is called for a hook that keeps failing is read, and calls the hook that only it names")
  func hookFailing() throws {
    let hooks = "hooks: { boss: { exec: [/bin/true] }, deputy: { exec: [/bin/true] } }\n"
    let file = try RuleFile(
      hooks + "hook_failing: { hooks: [boss], escalate: [ { after: 5m, hooks: [deputy] } ] }\n", file: "a.yaml")
    let rule = AlertRule.hookFailing(hooks: ["boss"], escalations: [.init(after: .seconds(300), hooks: ["deputy"])])
    #expect(file.rules.hookFailing == rule && file.rules.rule("hook-failing") == rule && file.warnings.isEmpty)
    #expect(rule.title.english.filled { $0 == "hook" ? "officer" : nil } == "The hook officer keeps failing")
    for (text, message) in [
      ("hook_failing: {}", "a.yaml:2:15: hook_failing: the key 'hooks' is missing"),
      (
        "hook_failing: { hooks: [bos] }",
        "a.yaml:2:25: hook_failing.hooks[0]: there is no hook 'bos' (did you mean 'boss'?)"
      ),
      ("hook_failing: { hooks: [boss], above: 1 }", "a.yaml:2:32: hook_failing.above: unknown key 'above'"),
    ] {
      let error = #expect(throws: YAMLError.self) { try RuleFile(hooks + text, file: "a.yaml") }
      #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
    }
  }

  /// What stands in a rule beside its id and metric, and what is said of it.
  private static let wrongRules: [(text: String, message: String)] = [
    ("abov: 1", "a.yaml:4:5: rules[0].abov: unknown key 'abov' (did you mean 'above'?)"),
    (
      "",
      "a.yaml:2:5: rules[0]: expected exactly one of above, below, outside, equals, rate_above, absent, window; here stands none"
    ),
    ("above: 1\n    below: 2", "here stand above, below"),
    ("above: high", "a.yaml:4:12: rules[0].above: expected a number"),
    (
      "above: 1\n    clear: 1.5",
      "a.yaml:5:12: rules[0].clear: 'clear' is greater than 'above': it would end before it begins"
    ),
    ("below: 1\n    clear: 0.5", "'clear' is smaller than 'below'"),
    ("outside: [2, 1]", "expected [lowest, greatest], two numbers"),
    ("outside: [1, 2]\n    clear: [0, 2]", "'clear' lies not within 'outside'"),
    ("equals: RUN\n    clear: STOP", "rules[0].clear: 'clear' is not for 'equals'"),
    ("rate_above: 2", "'2' is no rate; expected a number per span, such as 2/1m"),
    ("rate_above: 2/1w", "is no rate"),
    ("rate_above: 2/2d", "a rate is per 1s to 1d, not per 2d"),
    ("rate_above: 2/1m\n    clear: 3/1m", "'clear' is above 'rate_above'"),
    ("absent: 0", "expected 1 to 10000 intervals"),
    ("absent: soon", "'soon': expected a number of intervals, such as 3, or a duration, such as 10m"),
    ("absent: 10ms", "10ms is outside 1s to 1y"),
    ("absent: 3\n    for: 1m", "'for' is not for 'absent': name the whole time there"),
    ("above: 1\n    for: 1", "'1' is not a duration such as"),
    ("above: 1\n    for: 31d", "31d is outside 0ms to 30d"),
    ("above: 1\n    live_limit: 0s", "0ms is outside 1s to 30d"),
    ("above: 1\n    severity: critcal", "'critcal' is none of info, warning, critical (did you mean 'critical'?)"),
    ("above: 1\n    where: {}", "expected at least one tag with its value"),
    ("above: 1\n    on: site", "'on' is for rules with 'all'"),
    ("above: 1\n    hooks: [nobody]", "a.yaml:5:13: rules[0].hooks[0]: there is no hook 'nobody'"),
    ("above: 1\n    hooks: [dutty]", "there is no hook 'dutty' (did you mean 'duty'?)"),
    ("above: 1\n    hooks: [duty, duty]", "'duty' stands in the list twice"),
    ("above: 1\n    title: { en: \"{\", zh: x }", "a '{' is not closed"),
    ("above: 1\n    title: { en: x }", "the key 'zh' is missing"),
    ("above: 1\n    group: { by: [], wait: 1s }", "expected at least one tag"),
    ("above: 1\n    group: { by: [site], wait: 2h }", "2h is outside 0ms to 1h"),
    (
      "above: 1\n    escalate: [ { after: 5m, hooks: [duty] }, { after: 5m, hooks: [duty] } ]",
      "this step comes after one of 5m"
    ),
    ("above: 1\n    enabled: maybe", "expected true or false"),
    ("window: { of: 1h, above: 1 }", "the key 'fn' is missing"),
    ("window: { fn: summ, of: 1h, above: 1 }", "'summ' is none of count, sum, mean"),
    ("window: { fn: sum, of: 5m, above: 1 }", "'5m': a rule looks at stored windows, which are 1m, 1h and 1d"),
    ("window: { fn: sum, of: 1h }", "a window has exactly one of above, below, outside"),
    ("window: { fn: seconds, of: 1h, above: 1 }", "fn: seconds needs 'state' beside it"),
    ("window: { fn: sum, state: x, of: 1h, above: 1 }", "only fn: seconds has a state"),
    ("window: { fn: sum, of: 1h, above: 1 }\n    keep: 1m", "a window has its own length"),
    ("levels: {}", "expected at least one of info, warning, critical"),
    ("levels: { warning: { above: 2 }, critical: { above: 1 } }", "'critical' would hold before 'warning' does"),
    (
      "levels: { warning: { above: 2 }, critical: { below: 1 } }",
      "the levels of a rule have one kind of condition; 'warning' has 'above'"
    ),
    ("levels: { warning: { above: 2 } }\n    severity: info", "'severity' stands in each of 'levels', not beside them"),
    ("levels: { hot: { above: 2 } }", "'hot' is none of info, warning, critical"),
    ("above: 1\n    overrides: [ { above: 2 } ]", "an override is for one 'device' or for devices 'where'"),
    ("above: 1\n    overrides: [ { device: d } ]", "this override changes nothing"),
    (
      "levels: { warning: { above: 2 } , critical: { above: 3 } }\n    overrides: [ { device: d, above: 2 } ]",
      "an override names them as well"
    ),
    ("above: 1\n    all: []", "'above' does not stand beside 'all'"),
  ]

  @Test("A wrong rule is refused with its place and what would be right", arguments: wrongRules)
  func wrong(_ text: String, _ message: String) {
    let file = "rules:\n  - id: r\n    metric: m\n    \(text)\nhooks: { duty: { exec: [/bin/true] } }\n"
    #expect(said(of: file).contains(message), "\(said(of: file))")
  }

  private static let wrongFiles: [(text: String, message: String)] = [
    ("ruls: []", "a.yaml:1:1: ruls: unknown key 'ruls' (did you mean 'rules'?)"),
    ("rules: [ { id: A, metric: m, above: 1 } ]", "'A' is no name of a rule: expected lower-case letters"),
    ("rules: [ { id: a, metric: Flow, above: 1 } ]", "'Flow' is no name of a metric"),
    ("rules: [ { id: a, above: 1 } ]", "the key 'metric' is missing"),
    (
      "rules:\n- { id: a, metric: m, above: 1 }\n- { id: a, metric: m, above: 1 }",
      "a.yaml:3:3: rules[1]: the rule 'a' stands in line 2 already"
    ),
    ("rules: [ { id: a, all: [ { metric: m, above: 1 } ] } ]", "expected two conditions or more"),
    (
      "rules: [ { id: a, all: [ { metric: m, above: 1, clear: 0 }, { metric: n, above: 1 } ] } ]",
      "a part of 'all' has no 'clear'"
    ),
    ("rules: [ { id: a, all: [ { metric: m, absent: 3 }, { metric: n, above: 1 } ] } ]", "unknown key 'absent'"),
    ("hooks: { x: {} }", "a hook has exactly one of exec, webhook, publish; here stands none"),
    ("hooks: { x: { exec: [/bin/true], publish: t } }", "here stand exec, publish"),
    ("hooks: { x: { command: { device: v } } }", "hooks that command devices come with a later version"),
    ("hooks: { x: { exec: [call.sh] } }", "expected an absolute path, such as /usr/bin/logger; no shell looks for it"),
    ("hooks: { x: { exec: [] } }", "exec names no program"),
    ("hooks: { x: { exec: [/bin/true], qos: 1 } }", "'qos' is for hooks with 'publish'"),
    ("hooks: { x: { webhook: \"ftp://x\" } }", "the webhook's URL begins with ftp: expected https or http"),
    (
      "hooks: { x: { webhook: \"https://u:p@x/\" } }",
      "credentials do not stand in the webhook's URL; use a file of header fields"
    ),
    ("hooks: { x: { webhook: \"https://:80/\" } }", "the webhook's URL is none"),
    ("hooks: { x: { webhook: \"http://x/\", ca_file: /c } }", "'ca_file' is for https"),
    ("hooks: { x: { webhook: \"https://x/\", headers_file: c } }", "'c': expected a whole path, from /"),
    ("hooks: { x: { publish: \"a/+/b\" } }", "has a wildcard in it; nothing can be published there"),
    ("hooks: { x: { publish: \"a/{{b\" } }", "has a brace without its other"),
    ("hooks: { x: { publish: \"a/#\\u0301\" } }", "has a wildcard in it"),
    ("hooks: { x: { exec: [/bin/true, \"a\\0b\"] } }", "exec has a NUL in it"),
    ("hooks: { x: { publish: a, qos: 3 } }", "3 is outside 0 to 2"),
    ("hooks: { x: { exec: [/bin/true], timeout: 1h } }", "1h is outside 100ms to 10m"),
    ("hooks: { x: { exec: [/bin/true], concurrency: 0 } }", "0 is outside 1 to 64"),
    ("hooks: { X: { exec: [/bin/true] } }", "'X' is no name of a hook"),
    ("inhibit: [ { when: a, mutes: [b] } ]", "there is no rule 'a'"),
    (
      "maintenance: [ { name: n, from: \"22:00\", to: 2026-11-21T08:00:00Z } ]",
      "'from' is a time of day, such as 22:00; so is 'to'"
    ),
    ("maintenance: [ { name: n, from: \"25:00\", to: \"26:00\" } ]", "'25:00' is no time of day"),
    (
      "maintenance: [ { name: n, days: [sat], from: 2026-11-21T08:00:00Z, to: 2026-11-21T09:00:00Z } ]",
      "'days' stands beside times of day"
    ),
    ("maintenance: [ { name: n, from: \"2026-11-21T08:00:00\", to: 2026-11-21T09:00:00Z } ]", "a moment with its zone"),
    ("maintenance: [ { name: n, from: 2026-11-21T09:00:00Z, to: 2026-11-21T09:00:00Z } ]", "it ends before it begins"),
    (
      "maintenance: [ { name: n, days: [satt], from: \"22:00\", to: \"23:00\" } ]",
      "there is no day 'satt' (did you mean 'sat'?)"
    ),
  ]

  @Test("A wrong file is refused with its place and what would be right", arguments: wrongFiles)
  func wrongFile(_ text: String, _ message: String) {
    #expect(said(of: text).contains(message), "\(said(of: text))")
  }

  @Test("Rules that mute each other in a circle are refused")
  func circle() {
    let rules = ["a", "b", "c"].map { "  - { id: \($0), metric: m, above: 1 }\n" }.joined()
    let inhibit = """
      inhibit:
        - { when: a, mutes: [b] }
        - { when: b, mutes: [c], same: [site] }
        - { when: c, mutes: [a] }
      """
    #expect(
      said(of: "rules:\n" + rules + inhibit)
        == "a.yaml:8:5: inhibit[2]: rules mute each other in a circle: c → a → b → c")
    #expect(said(of: "rules:\n" + rules + "inhibit: [ { when: a, mutes: [a] } ]").contains("a → a"))
  }

  private func said(of text: String) -> String {
    do {
      _ = try RuleFile(text, file: "a.yaml")
      return "nothing"
    } catch {
      return "\(error)"
    }
  }

  @Test("What the catalogue's metrics do not have is told with its place")
  func problems() throws {
    let metrics = [
      RuleMetric(name: "turbidity", kind: .gauge, unit: "NTU"),
      RuleMetric(name: "mode", kind: .state, unit: nil, states: ["RUN", "BROKEN"]),
      RuleMetric(name: "total", kind: .counter, unit: "m3"), RuleMetric(name: "weight_added", kind: .event, unit: "kg"),
    ]
    func problem(_ rule: String) throws -> String? {
      try RuleFile("rules: [ { id: r, \(rule) } ]", file: "a.yaml").problems(with: metrics).first?.description
    }
    #expect(try problem("metric: turbidity, above: 1") == nil)
    #expect(
      try problem("metric: turbidty, above: 1")
        == "a.yaml:1:27: rules[0].metric: no profile has a metric 'turbidty' (did you mean 'turbidity'?)")
    #expect(
      try problem("metric: mode, above: 1")?.contains(
        "is a state, which is no number; expected 'equals' with one of BROKEN, RUN") == true)
    #expect(try problem("metric: mode, equals: RUN") == nil)
    #expect(
      try problem("metric: mode, equals: BROKN")?.contains(
        "has no state 'BROKN' (did you mean 'BROKEN'?); it has BROKEN, RUN") == true)
    #expect(try problem("metric: turbidity, equals: RUN")?.contains("which has no states: 'RUN' is no number") == true)
    #expect(try problem("metric: turbidity, equals: 1.5") == nil)
    #expect(
      try problem("metric: weight_added, rate_above: 1/1m")?.contains("a rate is of a gauge or a counter") == true)
    #expect(try problem("metric: total, rate_above: 1/1m") == nil)
    #expect(
      try problem("metric: turbidity, window: { fn: increase, of: 1h, above: 1 }")
        == "a.yaml:1:46: rules[0].window: fn: increase is not for 'turbidity', which is of the kind gauge")
    #expect(
      try problem("metric: mode, window: { fn: seconds, state: STOP, of: 1h, above: 1 }")?.contains(
        "has no state 'STOP'") == true)
    #expect(
      try problem("all: [ { metric: mode, equals: RUN }, { metric: flow, above: 1 } ]")?.contains(
        "no profile has a metric 'flow'") == true)
  }
}

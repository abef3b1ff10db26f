import Foundation
import Simulator
import Storage
import StrictYAML
import Telemetry
import TestSupport
import Testing

@testable import Gateway
@testable import Ingest

/// `ganglion alerts try`: rules held against what a store has, of which it is known what was.
@Suite struct RuleTrialTests {
  private static let noon = PipelineHarness.noon

  private static let profile = """
    profile: probe
    topics: ["a/{site}/{device}"]
    payload: json
    device: "{device}"
    time: { at: /ts, as: unix-s }
    interval: 1m
    tags: { site: "{site}" }
    metrics:
      - { name: temperature, at: /t, kind: gauge, unit: Cel, range: [-50, 200] }
      - { name: weight, at: /w, kind: event, unit: kg }
      - { name: mode, at: /m, kind: state, states: [OFF, ON] }
    """

  private static let hooks = "hooks: { officer: { exec: [/bin/true] }, boss: { exec: [/bin/true] } }"

  /// A store with what devices said, each at a second behind noon.
  private struct History {
    let harness: PipelineHarness

    init(_ said: [(second: Int64, device: String, fields: String)]) throws {
      var harness = try PipelineHarness(profiles: ["probe.yaml": RuleTrialTests.profile])
      let end = RuleTrialTests.noon + (said.map(\.second).max() ?? 0) + 1
      harness.clock = { Timestamp(seconds: end) }
      self.harness = harness
      let journal = try harness.openJournal()
      let pipeline = try harness.start(journal, try harness.openStore())
      let messages = said.map { second, device, fields in
        PipelineHarness.Message(
          topic: "a/north/\(device)", payload: #"{"ts":\#(RuleTrialTests.noon + second),\#(fields)}"#,
          receivedAt: Timestamp(seconds: RuleTrialTests.noon + second))
      }
      for start in stride(from: 0, to: messages.count, by: 500) {
        try harness.ingest(Array(messages[start..<min(start + 500, messages.count)]), journal, pipeline)
      }
      try pipeline.checkpoint()
      try pipeline.close()
    }

    /// What rules would have found from noon on, for so many seconds.
    func tried(_ rules: String, for seconds: Int64) throws -> Found {
      let file = try harness.scratch.file("tried.yaml", "\(rules)\n\(RuleTrialTests.hooks)\n")
      let reader = try StoreReader(directory: harness.configuration.data, readers: 1)
      let end = RuleTrialTests.noon + seconds
      let data = try RuleTrial(
        file: file, from: "\(RuleTrialTests.noon)", to: "\(end)", reader, zone: TimeZone(identifier: "UTC")!,
        now: Timestamp(seconds: end + 3600)
      ).run()
      return try JSONDecoder().decode(Found.self, from: data)
    }
  }

  private struct Found: Decodable {
    struct Rule: Decodable {
      let rule: String
      let series: Int
      let alerts: Int
    }

    struct Hook: Decodable {
      let hook: String
      let calls: Int
    }

    struct Alert: Decodable {
      let rule: String
      let device: String?
      let state: String
      let fired_at: String
      let ended_at: String?

      /// Seconds behind noon.
      var span: [Int64?] { [Self.second(fired_at), ended_at.flatMap(Self.second)] }

      private static func second(_ text: String) -> Int64? {
        (try? Date(text, strategy: .iso8601)).map { Int64($0.timeIntervalSince1970) - RuleTrialTests.noon }
      }
    }

    let rules: [Rule]
    let calls: [Hook]
    let alerts: [Alert]
    let kept_from: String?

    var spans: [[Int64?]] { alerts.map(\.span) }
    func calls(of hook: String) -> Int? { calls.first { $0.hook == hook }?.calls }
  }

  /// A reading a minute, 5 s behind its start.
  private static func everyMinute(
    _ values: [Double?], device: String = "probe-1"
  ) -> [(second: Int64, device: String, fields: String)] {
    values.enumerated().compactMap { minute, value in
      value.map { (Int64(minute) * 60 + 5, device, #""t":\#($0)"#) }
    }
  }

  @Test("A limit is crossed and gone back over: when, and how often each hook would have been called")
  func limit() throws {
    let history = try History(
      Self.everyMinute([20, 60, 45, 39, 20, 20, 55, 55]) + Self.everyMinute([20, 20, 20], device: "probe-2"))
    let found = try history.tried(
      """
      rules:
        - { id: hot, metric: temperature, above: 50, clear: 40, hooks: [officer, boss] }
        - { id: hotter, metric: temperature, above: 60, hooks: [officer] }
        - { id: other, metric: pressure, above: 1, hooks: [officer] }
        - { id: off, metric: temperature, above: 50, enabled: false }
      """, for: 480)
    #expect(found.spans == [[65, 185], [365, nil]])
    #expect(found.alerts.map(\.state) == ["resolved", "firing"] && found.alerts.allSatisfy { $0.device == "probe-1" })
    #expect(found.rules.map(\.rule) == ["hot", "hotter", "other", "off"])
    #expect(found.rules.map(\.series) == [2, 2, 0, 0] && found.rules.map(\.alerts) == [2, 0, 0, 0])
    #expect(found.calls(of: "officer") == 3 && found.calls(of: "boss") == 3)
  }

  @Test("A peak within a minute, between readings that are calm, is found")
  func peak() throws {
    let said = [(0, 20), (70, 20), (80, 90), (90, 20), (130, 20)].map { second, value in
      (second: Int64(second), device: "probe-1", fields: #""t":\#(value)"#)
    }
    let found = try History(said).tried(
      "rules: [{ id: hot, metric: temperature, above: 50, hooks: [officer] }]", for: 180)
    #expect(found.spans == [[80, 90]] && found.calls(of: "officer") == 2)
  }

  @Test("'for' keeps what is short from firing, 'keep' what is short from ending")
  func spans() throws {
    let history = try History(Self.everyMinute([20, 60, 20, 60, 60, 60, 60, 20, 60, 20, 20, 20, 20]))
    let found = try history.tried(
      """
      rules:
        - { id: long, metric: temperature, above: 50, for: 2m, hooks: [officer] }
        - { id: lasting, metric: temperature, above: 50, keep: 90s }
      """, for: 780)
    #expect(found.alerts.filter { $0.rule == "long" }.map(\.span) == [[185 + 120, 425]])
    #expect(found.alerts.filter { $0.rule == "lasting" }.map(\.span) == [[65, 545 + 90]])
    #expect(found.calls(of: "officer") == 2)
  }

  @Test("A sensor that falls silent is absent from its last reading on, and an alert of another rule is unknown")
  func absence() throws {
    let history = try History(Self.everyMinute([20, 20, 60] + [Double?](repeating: nil, count: 9) + [20, 20]))
    let found = try history.tried(
      """
      rules:
        - { id: silent, metric: temperature, absent: 5m, hooks: [boss] }
        - { id: hot, metric: temperature, above: 50, hooks: [officer] }
      """, for: 840)
    #expect(found.alerts.filter { $0.rule == "silent" }.map(\.span) == [[125 + 300, 725]])
    #expect(found.alerts.filter { $0.rule == "hot" }.map(\.span) == [[125, 725]])
    #expect(found.calls(of: "boss") == 2 && found.calls(of: "officer") == 2)
    let before = try history.tried(
      "rules: [{ id: hot, metric: temperature, above: 50 }]", for: 600)
    #expect(before.alerts.map(\.state) == ["unknown"] && before.spans == [[125, nil]])
  }

  @Test("A window's sum fires as soon as it is passed, and ends with the next window that is closed below it")
  func window() throws {
    // Noon is 40 minutes behind a full hour: 10 kg a minute are more than 100 with the eleventh.
    var said = (0..<12).map { minute in
      (second: Int64(minute) * 60 + 5, device: "probe-1", fields: #""w":10"#)
    }
    said.append((second: 3600, device: "probe-1", fields: #""w":1"#))
    let found = try History(said).tried(
      "rules: [{ id: heavy, metric: weight, window: { fn: sum, of: 1h, above: 100 }, hooks: [officer] }]", for: 7200)
    #expect(found.alerts.count == 1 && found.alerts.first?.state == "resolved")
    let minutes = try #require(found.alerts.first).span.map { ($0 ?? -1) / 60 }
    #expect(minutes[0] == 10 || minutes[0] == 11, "\(found.spans)")
    // The next hour ends 80 minutes behind noon.
    #expect(minutes[1] == 80 || minutes[1] == 81, "\(found.spans)")
    #expect(found.calls(of: "officer") == 2)
  }

  @Test("Several conditions fire while all of them hold")
  func joined() throws {
    let temperatures = Self.everyMinute([20, 2, 2, 2, 20, 20])
    let modes: [(second: Int64, device: String, fields: String)] = ["OFF", "OFF", "ON", "ON", "ON", "ON"].enumerated()
      .map { minute, mode in (second: Int64(minute) * 60 + 30, device: "probe-1", fields: #""m":"\#(mode)""#) }
    let found = try History((temperatures + modes).sorted { $0.second < $1.second }).tried(
      """
      rules:
        - id: dry
          all: [{ metric: mode, equals: "ON" }, { metric: temperature, below: 5 }]
          hooks: [officer]
      """, for: 360)
    #expect(found.spans == [[150, 245]] && found.calls(of: "officer") == 2)
    #expect(found.rules.map(\.series) == [2])
  }

  @Test("Grouped alerts are one call, and who escalates is called once where nobody acknowledges")
  func calls() throws {
    let hot: [Double?] = [20, 60, 60, 60, 60, 60, 60, 60, 20, 20, 20]
    let history = try History(
      (Self.everyMinute(hot) + Self.everyMinute(hot, device: "probe-2")).sorted { $0.second < $1.second })
    let found = try history.tried(
      """
      rules:
        - id: hot
          metric: temperature
          above: 50
          hooks: [officer]
          group: { by: [site], wait: 30s }
          escalate: [{ after: 3m, hooks: [boss] }]
      """, for: 660)
    #expect(found.spans == [[65, 485], [65, 485]])
    // Start and end; the step and the end.
    #expect(found.calls(of: "officer") == 2 && found.calls(of: "boss") == 2)
  }

  @Test("Of any walk of several devices it finds what a look at each reading finds", arguments: 0..<3)
  func model(round: Int) throws {
    let seed = testSeed() &+ UInt64(round)
    var random = RandomSource(seed: seed)
    var said: [(second: Int64, device: String, fields: String)] = []
    var expected: [String: [[Int64?]]] = [:]
    let minutes = 300
    for device in (1...4).map({ "probe-\($0)" }) {
      var value = 45.0
      var open: Int64?
      for minute in 0..<Int64(minutes) {
        value = min(70, max(20, value + Double(Int.random(in: -9...9, using: &random))))
        let second = minute * 60 + Int64.random(in: 0..<60, using: &random)
        said.append((second, device, #""t":\#(value)"#))
        if let since = open, value <= 40 {
          expected[device, default: []].append([since, second])
          open = nil
        } else if open == nil, value > 50 {
          open = second
        }
      }
      if let open { expected[device, default: []].append([open, nil]) }
    }
    let found = try History(said.sorted { $0.second < $1.second }).tried(
      "rules: [{ id: hot, metric: temperature, above: 50, clear: 40, hooks: [officer] }]", for: Int64(minutes) * 60)
    for device in expected.keys {
      #expect(found.alerts.filter { $0.device == device }.map(\.span) == expected[device], "seed \(seed), \(device)")
    }
    let all = expected.values.flatMap(\.self)
    #expect(found.alerts.count == all.count && !all.isEmpty, "seed \(seed)")
    #expect(found.calls(of: "officer") == all.count + all.count { $0[1] != nil }, "seed \(seed)")
  }

  @Test("A span that is none, and rules that cannot be right, are refused")
  func refused() throws {
    let history = try History(Self.everyMinute([20]))
    #expect(throws: QueryError.self) { try history.tried("rules: []", for: 0) }
    #expect(throws: YAMLError.self) { try history.tried("rules: [{ id: hot }]", for: 60) }
  }
}

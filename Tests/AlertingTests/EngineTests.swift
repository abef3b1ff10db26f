import Telemetry
import Testing

@testable import Alerting

@Suite struct EngineTests {
  @Test("Each level is an alert of its own")
  func levels() {
    let rule = AlertRule(
      id: "r",
      .series(
        SeriesSubject(
          metric: "m",
          levels: [.init(.warning, .above(10, clear: 8)), .init(.critical, .above(15, clear: 13))])))
    var driver = EngineDriver([rule], listensSince: 0)
    driver.bind("d/m")
    driver.read("d/m", 11, at: 100)
    #expect(driver.drain() == ["r warning firing 100"])
    driver.read("d/m", 16, at: 101)
    driver.read("d/m", 13, at: 102)
    #expect(driver.drain() == ["r critical firing 101", "r critical resolved 102"])
    driver.read("d/m", 8, at: 103)
    #expect(driver.drain() == ["r warning resolved 103"])
  }

  @Test("The first override that fits a device or its tags holds, for conditions and spans")
  func overrides() {
    let rule = AlertRule(
      id: "r",
      .series(
        SeriesSubject(
          metric: "m", levels: [.init(.warning, .above(10))],
          overrides: [
            .init(filter: DeviceFilter(device: "a"), levels: [.init(.warning, .above(5))]),
            .init(filter: DeviceFilter(tags: ["site": "x"]), levels: [.init(.warning, .above(20))], for: .seconds(5)),
          ])))
    var driver = EngineDriver([rule], listensSince: 0)
    for name in ["a/m", "b/m", "c/m"] { driver.bind(name, tags: name == "c/m" ? [:] : ["site": "x"]) }
    driver.read("a/m", 6, at: 100)
    driver.read("b/m", 15, at: 100)
    driver.read("c/m", 11, at: 100)
    #expect(driver.engine.drain().transitions.compactMap(\.key.target.device) == ["a", "c"])
    driver.read("b/m", 21, at: 101)
    #expect(driver.drain() == [])
    driver.engine.tick(at(106))
    #expect(driver.drain() == ["r warning firing 106"])
  }

  @Test("A rule is for devices with its tags; one that is off, or of another metric, says nothing")
  func filters() {
    var off = AlertRule.simple("off", "m", .above(1))
    off.isEnabled = false
    var driver = EngineDriver(
      [.simple("r", "m", .above(1), filter: DeviceFilter(tags: ["site": "x"])), off, .simple("other", "n", .above(1))],
      listensSince: 0)
    driver.bind("a/m", tags: ["site": "x"])
    driver.bind("b/m", tags: ["site": "y"])
    driver.read("a/m", 2, at: 100)
    driver.read("b/m", 2, at: 100)
    let made = driver.engine.drain().transitions
    #expect(made.map(\.key.rule) == ["r"] && made.first?.tags == ["site": "x"])
  }

  @Test("Late, old, retained and repeated readings fire nothing and end nothing")
  func live() {
    var driver = EngineDriver([.simple("r", "m", .above(10))], listensSince: 0)
    driver.bind("d/m", interval: 10)
    driver.read("d/m", 11, at: 1000, time: 939)
    driver.read("d/m", 11, at: 1000, time: 999, isLive: false)
    #expect(driver.drain() == [])
    driver.read("d/m", 11, at: 1001, time: 990)
    #expect(driver.drain() == [])
    driver.read("d/m", 11, at: 1002)
    #expect(driver.drain() == ["r warning firing 1002"])
    driver.read("d/m", 1, at: 1003, time: 1001)
    driver.read("d/m", 1, at: 1200, time: 1100)
    #expect(driver.drain() == ["r warning unknown 1032"])
    driver.read("d/m", 1, at: 1201)
    #expect(driver.drain() == ["r warning resolved 1201"])
  }

  @Test("A silent sensor makes an open alert unknown, never resolved; only a good reading ends it")
  func silence() {
    var driver = EngineDriver([.simple("r", "m", .above(10))], listensSince: 0)
    driver.bind("d/m", interval: 10)
    driver.read("d/m", 11, at: 100)
    driver.read("d/m", 12, at: 110)
    driver.engine.tick(at(139))
    #expect(driver.drain() == ["r warning firing 100"])
    driver.engine.tick(at(140))
    let unknown = driver.engine.drain().transitions
    #expect(unknown.map(\.kind) == [.unknown] && unknown.first?.value == 12 && unknown.first?.at == at(140))
    driver.engine.tick(at(100_000))
    for place in Int64(0)..<5 { driver.read("d/m", nil, at: 100_000 + place) }
    #expect(driver.drain() == [] && driver.engine.states.map(\.word) == ["unknown"])
    driver.read("d/m", 1, at: 100_010)
    #expect(driver.drain() == ["r warning resolved 100010"])
  }

  @Test("A sensor without an interval is never silent")
  func noInterval() {
    var driver = EngineDriver(
      [.simple("r", "m", .above(10)), .simple("a", "m", .absent(.intervals(3)))], listensSince: 0)
    driver.bind("d/m", interval: nil)
    driver.read("d/m", 11, at: 100)
    driver.engine.tick(at(1_000_000))
    #expect(driver.drain() == ["r warning firing 100"])
  }

  @Test("Absence fires when it is due and ends with the next good reading")
  func absence() {
    var driver = EngineDriver(
      [.simple("three", "m", .absent(.intervals(3))), .simple("long", "m", .absent(.span(.seconds(60))))],
      listensSince: 0)
    driver.bind("d/m", interval: 10)
    for place in 0..<10 { driver.read("d/m", 1, at: 100 + Int64(place) * 10, time: 98 + Int64(place) * 10) }
    driver.engine.tick(at(219))
    #expect(driver.drain() == [])
    driver.engine.tick(at(220))
    #expect(driver.drain() == ["three warning firing 218"])
    driver.read("d/m", nil, at: 230)
    driver.read("d/m", 1, at: 240)
    #expect(driver.drain() == ["three warning resolved 240"])
    driver.engine.tick(at(400))
    #expect(driver.drain() == ["three warning firing 270", "long warning firing 300"])
  }

  @Test("While nothing can be heard nobody is silent, and deadlines begin anew when it can")
  func deafness() {
    var driver = EngineDriver(
      [.simple("gone", "m", .absent(.intervals(3))), .simple("r", "m", .above(10), for: 20)], listensSince: 0)
    driver.bind("d/m", interval: 10)
    driver.read("d/m", 11, at: 100)
    driver.engine.deaf()
    driver.engine.tick(at(10_000))
    #expect(driver.drain() == [] && driver.engine.listensSince == nil)
    driver.engine.listens(at: at(10_000))
    driver.engine.tick(at(10_019))
    #expect(driver.drain() == [])
    driver.engine.tick(at(10_030))
    #expect(driver.drain() == ["r warning firing 120", "r warning unknown 130", "gone warning firing 130"])
  }

  @Test("A clock that was far ahead before a restart puts no deadline off")
  func clockAhead() {
    let rule = AlertRule.simple("r", "m", .above(10), for: 30)
    var before = EngineDriver([rule], listensSince: 0)
    before.bind("d/m", interval: 60)
    before.read("d/m", 11, at: 90_000, time: 89_999)
    let states = before.engine.drain().states
    #expect(states.map(\.word) == ["pending"])
    var driver = EngineDriver([rule])
    driver.bind(
      "d/m", interval: 60, latest: LatestReading(time: at(89_999), receivedAt: at(90_000), quality: .good, value: 11))
    driver.engine.restore(states, storedAt: at(1000), now: at(1010))
    driver.engine.listens(at: at(1010))
    driver.engine.tick(at(1039))
    #expect(driver.drain() == [])
    driver.engine.tick(at(1040))
    #expect(driver.drain() == ["r warning firing 90029"])
  }

  @Test("Deadlines are reached in their order whether time is told often or once")
  func order() {
    func lines(_ ticks: [Int64]) -> [String] {
      var driver = EngineDriver(
        [.simple("a", "m", .above(10), for: 5), .simple("b", "m", .above(10), for: 9)], listensSince: 0)
      for name in ["x/m", "y/m", "z/m"] { driver.bind(name) }
      driver.read("x/m", 11, at: 100)
      driver.read("y/m", 11, at: 102)
      driver.read("z/m", 11, at: 104)
      for tick in ticks { driver.engine.tick(at(tick)) }
      return driver.engine.drain().transitions.map {
        "\($0.key.rule)\($0.key.target.device ?? "") \($0.receivedAt.seconds)"
      }
    }
    let expected = ["ax 105", "ay 107", "bx 109", "az 109", "by 111", "bz 113"]
    #expect(lines([120]) == expected)
    #expect(lines(Array(104...120)) == expected)
    #expect(lines([108, 111, 112, 113]) == expected)
  }

  @Test("A changed condition withdraws; a changed title, hook, span or filter that still fits does not")
  func reload() {
    let rule = AlertRule.simple("r", "m", .above(10))
    var driver = EngineDriver([rule, .simple("gone", "m", .above(5))], listensSince: 0)
    driver.bind("d/m")
    driver.read("d/m", 11, at: 100)
    let fired = driver.engine.drain().transitions
    #expect(fired.count == 2)
    var changed = rule
    changed.title = AlertTitle(english: AlertText("Other")!, chinese: AlertText("别的")!)
    changed.hooks = ["x"]
    changed.spans.keep = .seconds(5)
    driver.engine.replace(RuleSet(rules: [changed]), at: at(110))
    let changes = driver.engine.drain()
    #expect(changes.transitions.map { "\($0.key.rule) \($0.kind)" } == ["gone withdrawn"])
    #expect(changes.transitions.first?.alert == fired.first { $0.key.rule == "gone" }?.alert)
    #expect(changes.states.first { $0.key.rule == "gone" }?.machine == nil)
    driver.read("d/m", 1, at: 111)
    driver.engine.tick(at(116))
    #expect(driver.drain() == ["r warning resolved 116"])
    driver.read("d/m", 11, at: 120)
    changed.subject = .series(SeriesSubject(metric: "m", levels: [.init(.warning, .above(10.5))]))
    driver.engine.replace(RuleSet(rules: [changed]), at: at(121))
    #expect(driver.drain() == ["r warning firing 120", "r warning withdrawn 121"])
  }

  @Test("A device that loses the tag of a rule has its alert withdrawn; another override is another condition")
  func tagsChange() {
    let rule = AlertRule(
      id: "r",
      .series(
        SeriesSubject(
          metric: "m", filter: DeviceFilter(tags: ["kind": "pump"]), levels: [.init(.warning, .above(10))],
          overrides: [.init(filter: DeviceFilter(tags: ["old": "yes"]), levels: [.init(.warning, .above(9))])])))
    var driver = EngineDriver([rule], listensSince: 0)
    driver.bind("d/m", tags: ["kind": "pump"])
    driver.read("d/m", 11, at: 100)
    driver.bind("d/m", tags: ["kind": "pump", "site": "x"])
    #expect(driver.drain() == ["r warning firing 100"])
    driver.bind("d/m", tags: ["kind": "pump", "old": "yes"])
    #expect(driver.drain() == ["r warning withdrawn 100"])
    driver.read("d/m", 9.5, at: 110)
    driver.bind("d/m", tags: ["kind": "valve"])
    #expect(driver.drain() == ["r warning firing 110", "r warning withdrawn 110"])
    driver.read("d/m", 20, at: 120)
    #expect(driver.drain() == [])
  }

  @Test("States that fit no rule or series after a start are withdrawn, with the ids of their alerts")
  func restoreStrays() {
    var driver = EngineDriver([.simple("r", "m", .above(10))], listensSince: 0)
    driver.bind("d/m", tags: ["site": "x"])
    driver.read("d/m", 11, at: 100)
    let changes = driver.engine.drain()
    var other = EngineDriver([.simple("r", "m", .above(11))])
    other.bind("d/m", tags: ["site": "x"])
    other.engine.restore(changes.states, storedAt: at(100), now: at(200))
    let withdrawn = other.engine.drain()
    #expect(withdrawn.transitions.map(\.kind) == [.withdrawn] && withdrawn.transitions[0].tags == ["site": "x"])
    #expect(withdrawn.transitions[0].alert == changes.transitions[0].alert)
    #expect(withdrawn.states.map(\.machine) == [nil])
  }

  @Test("Two readings of one time are both looked at where they come in two messages")
  func equalTimes() {
    var driver = EngineDriver([.simple("r", "m", .above(10))], listensSince: 0)
    driver.bind("d/m")
    driver.read("d/m", 11, at: 100)
    driver.read("d/m", 9, at: 100)
    driver.read("d/m", 11, at: 100)
    let made = driver.engine.drain().transitions
    #expect(made.map(\.kind) == [.firing, .resolved, .firing] && Set(made.map(\.id)).count == 3)
    #expect(made[0].alert != made[2].alert)
  }

  @Test("Of readings of one time in one message the first is looked at, so that a sequence and a time name one")
  func equalTimesInOneMessage() {
    var driver = EngineDriver([.simple("r", "m", .above(10))], listensSince: 0)
    driver.bind("d/m")
    driver.read("d/m", 11, at: 100, sequence: 7)
    driver.read("d/m", 9, at: 100, sequence: 7)
    #expect(driver.drain() == ["r warning firing 100"])
    driver.read("d/m", 9, at: 101, sequence: 7)
    #expect(driver.drain() == ["r warning resolved 101"])
  }

  @Test("A sensor that flaps for days leaves a bounded number of deadlines")
  func bounded() {
    var driver = EngineDriver(
      [.simple("r", "m", .above(10), for: 5, keep: 5), .simple("gone", "m", .absent(.span(.seconds(86400))))],
      listensSince: 0)
    driver.bind("d/m", interval: nil)
    for place in Int64(0)..<60_000 { driver.read("d/m", place % 2 == 0 ? 11 : 9, at: 1000 + place * 2) }
    #expect(driver.engine.deadlines.count <= 4200)
    #expect(driver.drain() == [])
  }

  @Test("Rules cost nothing where all is well: no instance, and a series' plan is made once")
  func cheap() {
    let rules = (0..<10).map { AlertRule.simple("r\($0)", "m", .above(100 + Double($0))) }
    var driver = EngineDriver(rules, listensSince: 0)
    for place in 0..<500 { driver.bind("d\(place)/m") }
    for round in Int64(0)..<20 { for place in 0..<500 { driver.read("d\(place)/m", 5, at: 100 + round) } }
    #expect(driver.engine.instanceCount == 0 && driver.engine.plans.all.count == 2 && !driver.engine.hasChanges)
  }
}

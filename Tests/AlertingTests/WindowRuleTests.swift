import Telemetry
import Testing

@testable import Alerting

/// Rules about windows: while they grow, as they are closed, and where nothing comes.
@Suite struct WindowRuleTests {
  private let hour: Int64 = 3600

  private func aggregate(_ values: [Double], at time: Int64, kind: MetricKind = .event) -> Aggregate {
    var aggregate = Aggregate()
    for value in values { aggregate.append(TimedValue(time: at(time), value: value), SeriesRule(kind: kind)) }
    return aggregate
  }

  private func driver(
    _ function: WindowCondition.Function, _ comparison: Comparison, kind: MetricKind = .event
  ) -> EngineDriver {
    let window = WindowCondition(function, of: .hour, comparison)
    var driver = EngineDriver([.simple("r", "m", .window(window))], listensSince: 0)
    driver.bind("d/m", kind: kind)
    return driver
  }

  private func tell(_ driver: inout EngineDriver, hour number: Int64, _ values: [Double], kind: MetricKind = .event) {
    driver.engine.windows(changed: [
      WindowChange(
        series: driver.series("d/m"), length: .hour, start: number * hour, end: (number + 1) * hour,
        aggregate: aggregate(values, at: number * hour + 60, kind: kind))
    ])
  }

  @Test("A sum of amounts fires as soon as it is passed, and ends only with a closed window")
  func grows() {
    var driver = driver(.sum, .above(100, clear: 100))
    driver.engine.tick(at(10 * hour + 60))
    tell(&driver, hour: 10, [60])
    tell(&driver, hour: 10, [60, 41])
    tell(&driver, hour: 10, [60, 41, 5])
    let made = driver.engine.drain().transitions
    #expect(made.map(\.kind) == [.firing] && made[0].cause == .window(start: 10 * hour) && made[0].value == 101)
    driver.engine.tick(at(11 * hour + 60))
    tell(&driver, hour: 11, [10])
    #expect(driver.drain() == [])
    driver.engine.tick(at(12 * hour + 29))
    #expect(driver.drain() == [])
    driver.engine.tick(at(12 * hour + 30))
    #expect(driver.drain() == ["r warning resolved \(12 * hour)"])
  }

  @Test("A mean is judged once, half a minute after its window's end")
  func closes() {
    var driver = driver(.mean, .above(10, clear: 10), kind: .gauge)
    driver.engine.tick(at(10 * hour + 60))
    tell(&driver, hour: 10, [20], kind: .gauge)
    #expect(driver.drain() == [])
    driver.engine.tick(at(11 * hour + 30))
    #expect(driver.drain() == ["r warning firing \(11 * hour)"])
    // What comes later for it corrects history.
    tell(&driver, hour: 10, [1], kind: .gauge)
    driver.engine.tick(at(11 * hour + 100))
    #expect(driver.drain() == [])
  }

  @Test("A window in which nothing comes makes it unknown, never resolved")
  func empty() {
    var driver = driver(.count, .above(2, clear: 2))
    driver.engine.tick(at(10 * hour + 60))
    tell(&driver, hour: 10, [1, 1, 1])
    driver.engine.tick(at(12 * hour + 29))
    #expect(driver.drain() == ["r warning firing \(10 * hour + 60)"])
    driver.engine.tick(at(12 * hour + 30))
    #expect(driver.drain() == ["r warning unknown \(12 * hour)"])
    driver.engine.tick(at(15 * hour))
    tell(&driver, hour: 15, [1, 1, 1])
    #expect(driver.drain() == ["r warning known \(15 * hour + 60)"])
    driver.engine.tick(at(16 * hour + 1))
    tell(&driver, hour: 16, [1])
    driver.engine.tick(at(18 * hour))
    #expect(driver.drain() == ["r warning resolved \(17 * hour)"])
  }

  @Test("Windows of the past fire nothing")
  func history() {
    var driver = driver(.sum, .above(100, clear: 100))
    driver.engine.tick(at(20 * hour))
    tell(&driver, hour: 10, [500])
    driver.engine.tick(at(30 * hour))
    #expect(driver.drain() == [])
  }

  @Test("An open alert of a window goes on over a start, and over a reload")
  func restart() {
    var driver = driver(.sum, .above(100, clear: 100))
    driver.engine.tick(at(10 * hour + 60))
    tell(&driver, hour: 10, [101])
    let changes = driver.engine.drain()
    var other = self.driver(.sum, .above(100, clear: 100))
    other.engine.restore(changes.states, storedAt: at(10 * hour + 60), now: at(11 * hour + 100))
    other.engine.listens(at: at(11 * hour + 100))
    other.engine.replace(other.engine.rules, at: at(11 * hour + 101))
    tell(&other, hour: 11, [5])
    other.engine.tick(at(12 * hour + 30))
    let made = other.engine.drain().transitions
    #expect(made.map(\.kind) == [.resolved] && made[0].alert == changes.transitions[0].alert)
  }

  @Test("Each function is the window's figure; which may be judged early is known")
  func functions() {
    let aggregate = aggregate([2, 4], at: 100, kind: .gauge)
    func value(_ function: WindowCondition.Function, _ aggregate: Aggregate) -> Double? {
      WindowCondition(function, of: .minute, .above(1, clear: 1)).value(of: aggregate, seconds: 60) { Double($0.count) }
    }
    #expect(value(.count, aggregate) == 2 && value(.sum, aggregate) == 6 && value(.mean, aggregate) == 3)
    #expect(value(.min, aggregate) == 2 && value(.max, aggregate) == 4 && value(.stddev, aggregate) == 1)
    #expect(value(.sum, Aggregate()) == nil && value(.count, Aggregate()) == nil)
    var counter = Aggregate()
    counter.append(TimedValue(time: at(0), value: 5), SeriesRule(kind: .counter))
    counter.append(TimedValue(time: at(30), value: 35), SeriesRule(kind: .counter))
    #expect(value(.increase, counter) == 30 && value(.rate, counter) == 0.5)
    var state = Aggregate()
    state.append(TimedValue(time: at(0), value: 6), SeriesRule(kind: .state, interval: .seconds(60)))
    state.append(TimedValue(time: at(20), value: 3), SeriesRule(kind: .state, interval: .seconds(60)))
    #expect(value(.seconds(state: "BROKEN"), state) == 20 && value(.seconds(state: "RUN"), state) == 0)
    func early(_ function: WindowCondition.Function, _ comparison: Comparison, _ kind: MetricKind = .gauge) -> Bool {
      WindowCondition(function, of: .hour, comparison).isDecidedEarly(kind: kind)
    }
    #expect(early(.max, .above(1, clear: 1)) && !early(.max, .below(1, clear: 1)))
    #expect(early(.min, .below(1, clear: 1)) && !early(.mean, .above(1, clear: 1)))
    #expect(early(.sum, .above(1, clear: 1), .event) && !early(.sum, .above(1, clear: 1)))
    #expect(!early(.count, .outside(1...2, clear: 1...2)))
  }
}

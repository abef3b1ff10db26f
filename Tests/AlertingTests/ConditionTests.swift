import Telemetry
import Testing

@testable import Alerting

/// What each condition says, at its borders and back.
@Suite struct ConditionTests {
  /// What a rule without spans does with values that come one a second: f fires, r is resolved, a dot is nothing.
  private func course(_ condition: Condition, _ values: [Double?], kind: MetricKind = .gauge) -> String {
    var driver = EngineDriver([.simple("r", "m", condition)], listensSince: 0)
    driver.bind("d/m", kind: kind, states: ["RUN": 1, "BROKEN": 3])
    return values.enumerated().map { place, value in
      driver.read("d/m", value, at: 1000 + Int64(place))
      return driver.engine.drain().transitions.map { String($0.kind.rawValue.prefix(1)) }.first ?? "."
    }.joined()
  }

  @Test("Above fires beyond its limit, and ends at what clears it")
  func above() {
    #expect(course(.above(10), [10, 10.001, 10]) == ".fr")
    #expect(course(.above(10, clear: 8), [10, 11, 10, 8.001, 8, 10, 11]) == ".f..r.f")
  }

  @Test("Below fires beyond its limit, and ends at what clears it")
  func below() {
    #expect(course(.below(2), [2, 1.999, 2]) == ".fr")
    #expect(course(.below(2, clear: 3), [2, 1, 2, 2.999, 3, 2, 1]) == ".f..r.f")
  }

  @Test("Outside fires on both sides, and ends within what clears it")
  func outside() {
    #expect(course(.outside(1...12), [1, 12, 12.5, 12, 0.5, 1]) == "..frfr")
    #expect(course(.outside(1...12, clear: 3...10), [12, 13, 11, 2, 3, 10, 0, 10]) == ".f..r.fr")
    #expect(course(.outside(1...12, clear: 3...10), [13, 0, 2.9, 10.1, 10]) == "f...r")
  }

  @Test("Equals holds for a state's name, or for a number, and for nothing beside it")
  func equals() {
    #expect(course(.equals("BROKEN"), [1, 3, 3, 1], kind: .state) == ".f.r")
    #expect(course(.equals("3"), [2.999, 3, 3.001, 4], kind: .gauge) == ".fr.")
    #expect(course(.equals("BROKEN"), [3, 3], kind: .gauge) == "..")
    #expect(course(.equals("GONE"), [1, 3], kind: .state) == "..")
  }

  @Test("A bad reading says nothing: it neither fires nor ends, and an open alert is unknown until a good one")
  func bad() {
    #expect(course(.above(10), [nil, 11, nil, nil, 11, nil, 9]) == ".fu.kur")
    #expect(course(.above(10), [9, nil, 9, nil, 11]) == "....f")
  }

  @Test("After an unknown time hysteresis begins anew")
  func unknownHysteresis() {
    // 9 would have kept it, and does not begin it.
    #expect(course(.above(10, clear: 8), [11, 9, nil, 9]) == "f.ur")
  }

  @Test("A rate is what it grew by per span, over at least the span and at most twice as long")
  func rates() {
    let rule = Condition.rateAbove(6, clear: 4, span: .seconds(8))
    // One a second: after 8 s the rate is 8.
    #expect(course(rule, (0..<10).map { Double($0) }) == "........f.")
    #expect(course(rule, (0..<10).map { Double($0) * 0.75 }) == "..........")
    #expect(course(rule, (0..<10).map { Double($0) } + [9, 9, 9, 9]) == "........f....r")
    // A counter that begins anew at 2 has grown by 2.
    #expect(course(rule, (0..<9).map { Double($0) } + [2], kind: .counter) == "........f.")
  }

  @Test("Without a reading that lies far enough back, and not too far, a rate is unknown")
  func rateWithoutPast() {
    var driver = EngineDriver(
      [.simple("r", "m", .rateAbove(1, clear: 1, span: .seconds(10)))], listensSince: 0)
    driver.bind("d/m", interval: 60)
    driver.read("d/m", 0, at: 100)
    driver.read("d/m", 100, at: 109)
    #expect(driver.drain() == [])
    driver.read("d/m", 100, at: 110)
    #expect(driver.drain() == ["r warning firing 110"])
    driver.read("d/m", 500, at: 131)
    #expect(driver.drain() == ["r warning unknown 131"])
    driver.read("d/m", 500, at: 141)
    #expect(driver.drain() == ["r warning resolved 141"])
  }

  @Test("What is quiet around a value is exactly what says the same")
  func quietBands() {
    let conditions: [Condition] = [
      .above(10, clear: 8), .below(2, clear: 3), .outside(1...12, clear: 3...10), .equals("5"),
    ]
    let values = (0..<60).map { Double($0) / 4 }
    for condition in conditions {
      let threshold = condition.threshold { Double($0) }!
      for former in [Truth.yes, .no] {
        for value in values where threshold.holds(for: value, former: former) == former {
          let band = threshold.quietBand(around: value, former: former)
          #expect(band.contains(value))
          for other in values where band.contains(other) {
            #expect(threshold.holds(for: other, former: former) == former, "\(condition) \(value) \(other)")
          }
        }
      }
    }
  }
}

import Alerting
import Telemetry
import TestSupport
import Testing

@testable import Hooks

/// Receivers that are down, slow, and ask for time, in simulated time.
@Suite
struct QueueScenarioTests {
  private static let down = HookFailure(.connect, "refused", .away)
  private static let broken = HookFailure(.status, "500", .failed)

  private static func hook(_ name: String, retries: Int = 5, concurrency: Int = 4, rate: Int = 60) -> HookDeclaration {
    HookDeclaration(
      name: name, action: .exec(["/bin/true"]), retries: retries, concurrency: concurrency, ratePerMinute: rate)
  }

  private static func isWithin(_ moment: Timestamp, _ span: Duration) -> Bool {
    moment - QueueSimulation.begin < span
  }

  @Test("A receiver that is down for an hour gets all calls in the end, once each, after few tries")
  func downForAnHour() {
    let hour = Duration.seconds(3600)
    var simulation = QueueSimulation([Self.hook("ops")], seed: testSeed()) { _, now in
      Self.isWithin(now, hour) ? (.milliseconds(20), .failed(Self.down)) : (.milliseconds(200), .done)
    }
    for number in 0..<300 { simulation.add("\(number)", hook: "ops", behind: .seconds(number * 10)) }
    simulation.run()
    #expect(simulation.done.count == 300 && simulation.givenUp.isEmpty && simulation.endedTwice.isEmpty)
    // It doubles to five minutes, and half of that is left to chance: 9 and 24 at most.
    let inVain = simulation.tries.count { Self.isWithin($0.begun, hour) }
    #expect(inVain >= 18 && inVain <= 9 + 24 + 1, "\(inVain)")
    #expect(simulation.tries.count == inVain + 300)
    // It is found to be there within the longest wait, and then takes what its rate allows.
    let first = simulation.done.values.min()!
    #expect(first - QueueSimulation.begin <= hour + CallBackoff.longest + .seconds(1))
    #expect(simulation.done.values.max()! - first <= .seconds(5 * 60 + 1))
    #expect(simulation.mostInAMinute("ops") <= 60)
    guard case .failing(let hook, let since, Self.down) = simulation.troubles.first else {
      Issue.record("nobody was told")
      return
    }
    #expect(hook == "ops" && since - QueueSimulation.begin < .seconds(1))
    #expect(simulation.troubles.count == 2 && simulation.troubles.last == .recovered(hook: "ops"))
  }

  @Test("A receiver that is down for longer than one has patience loses calls, and says so")
  func downForDays() {
    var simulation = QueueSimulation([Self.hook("ops")], seed: testSeed()) { _, _ in
      (.milliseconds(20), .failed(Self.down))
    }
    for number in 0..<20 { simulation.add("\(number)", hook: "ops", behind: .zero) }
    simulation.run()
    #expect(simulation.givenUp.count == 20 && simulation.done.isEmpty && simulation.queue.ids.isEmpty)
    // One try each five minutes at most, for a day, and one for each call at its end.
    #expect(simulation.tries.count < 9 + 2 * 288 + 40)
    #expect(simulation.troubles.count == 1)
  }

  @Test("One that answers 500 uses the retries of a call up, within the backoff's bounds, and is told once")
  func answers500() {
    var simulation = QueueSimulation([Self.hook("ops")], seed: testSeed()) { _, now in
      (.milliseconds(20), Self.isWithin(now, .seconds(3600)) ? .failed(Self.broken) : .done)
    }
    for number in 0..<8 { simulation.add("\(number)", hook: "ops", behind: .seconds(number * 60)) }
    simulation.add("last", hook: "ops", behind: .seconds(4000))
    simulation.run()
    #expect(simulation.givenUp.count == 8 && simulation.done.keys.sorted() == ["last"])
    for number in 0..<8 {
      let moments = simulation.tries.filter { $0.id == "\(number)" }.map(\.begun)
      #expect(moments.count == 6)
      for (index, (earlier, later)) in zip(moments, moments.dropFirst()).enumerated() {
        let whole = Double(1 << index)
        let waited = (later - earlier).seconds - 0.02
        #expect(waited >= whole / 2 - 0.001 && waited <= whole + 0.001)
      }
    }
    #expect(simulation.troubles.count == 2)
    guard case .failing = simulation.troubles[0] else {
      Issue.record("nobody was told")
      return
    }
    // The third that was given up made it known.
    #expect(simulation.troubles[1] == .recovered(hook: "ops"))
  }

  @Test("While a receiver asks for time none of its hook's calls is tried, and others are")
  func retryAfter() {
    let busy = HookFailure(.status, "429", .away, retryAfter: .seconds(120))
    var simulation = QueueSimulation(
      [Self.hook("chat"), Self.hook("mail")], seed: testSeed(),
      receivers: [
        "chat": { _, now in
          (.milliseconds(10), Self.isWithin(now, .seconds(100)) ? .failed(busy) : .done)
        }, "mail": { _, _ in (.milliseconds(10), .done) },
      ])
    for number in 0..<10 {
      simulation.add("c\(number)", hook: "chat", behind: .seconds(number))
      simulation.add("m\(number)", hook: "mail", behind: .seconds(number))
    }
    simulation.run()
    #expect(simulation.done.count == 20)
    let chat = simulation.tries.filter { $0.hook == "chat" }.map { ($0.begun - QueueSimulation.begin).seconds }
    #expect(chat.count == 11 && chat[0] == 0 && chat[1] >= 120.01)
    for number in 0..<10 {
      #expect(simulation.done["m\(number)"]! - QueueSimulation.begin == .milliseconds(number * 1000 + 10))
    }
  }

  @Test("A hook with a thousand slow calls holds no other up, and all run in the end")
  func slow() {
    var simulation = QueueSimulation(
      [Self.hook("slow", concurrency: 16, rate: 10_000), Self.hook("quick")], seed: testSeed(),
      receivers: ["slow": { _, _ in (.seconds(5), .done) }, "quick": { _, _ in (.milliseconds(5), .done) }])
    for number in 0..<1000 { simulation.add("s\(number)", hook: "slow", behind: .zero) }
    for number in 0..<20 { simulation.add("q\(number)", hook: "quick", behind: .seconds(number * 7 + 1)) }
    simulation.run()
    #expect(simulation.done.count == 1020 && simulation.mostAtOnce() == 16 && simulation.mostAtOnce("quick") == 1)
    for number in 0..<20 {
      // One slow call ends within five seconds, and its place is the quick one's.
      let waited = simulation.done["q\(number)"]! - QueueSimulation.begin - .seconds(number * 7 + 1)
      #expect(waited <= .milliseconds(5005))
    }
    let order = simulation.tries.filter { $0.hook == "slow" }.sorted { $0.begun < $1.begun }.map(\.id)
    #expect(order.prefix(16).sorted() == (0..<16).map { "s\($0)" }.sorted())
  }

  @Test("No minute has more tries than the rate, and no moment more than the concurrency")
  func limits() {
    var simulation = QueueSimulation([Self.hook("robot", concurrency: 3, rate: 20)], seed: testSeed()) { _, _ in
      (.seconds(2), .done)
    }
    for number in 0..<100 { simulation.add("\(number)", hook: "robot", behind: .milliseconds(number * 300)) }
    simulation.run()
    #expect(simulation.done.count == 100)
    #expect(simulation.mostInAMinute("robot") == 20 && simulation.mostAtOnce("robot") == 3)
    #expect(simulation.now - QueueSimulation.begin < .seconds(5 * 60))
  }

  @Test("A call that a receiver cannot take keeps the others from nothing")
  func poison() {
    var simulation = QueueSimulation([Self.hook("ops", concurrency: 1)], seed: testSeed()) { id, _ in
      id == "poison" ? (.seconds(10), .failed(HookFailure(.timeout, "hangs", .away))) : (.milliseconds(100), .done)
    }
    simulation.add("poison", hook: "ops", behind: .zero)
    for number in 0..<500 { simulation.add("\(number)", hook: "ops", behind: .seconds(number * 5)) }
    simulation.run()
    #expect(simulation.done.count == 500 && simulation.givenUp == ["poison"])
    for number in 0..<500 {
      #expect(simulation.done["\(number)"]! - QueueSimulation.begin - .seconds(number * 5) < .seconds(30))
    }
  }
}

extension QueueSimulation {
  /// One hook, whose receiver is all there is.
  fileprivate init(_ declarations: [HookDeclaration], seed: UInt64, _ receiver: @escaping Receiver) {
    self.init(declarations, seed: seed, receivers: [declarations[0].name: receiver])
  }
}

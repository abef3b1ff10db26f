import DeviceCatalog
import Telemetry
import TestSupport
import Testing

@testable import Simulator

/// What factories have, when they work, and that what belongs together says the same.
@Suite
struct FactoriesTests {
  /// Friday, 2025-11-21, 07:00 in the city.
  private static let fridayAtSeven = Timestamp(seconds: 1_763_679_600)

  @Test("There are some thousand devices in the factories and some fifty in the mill, all with names of their own")
  func numbers() {
    let seed = testSeed()
    #expect((700...1200).contains(Factories.devices().count))
    #expect((30...60).contains(Factories.mill().count))
    var random = RandomSource(seed: seed)
    var tellers: [String: Set<Int>] = [:]
    for (index, device) in Factories.devices().enumerated() {
      var device = device
      for turn in 0..<25 {
        let message = device.message(at: Self.fridayAtSeven + .seconds(turn * 30), using: &random)
        for reading in message.readings { tellers["\(reading.device) \(reading.metric)", default: []].insert(index) }
      }
    }
    #expect(tellers.values.allSatisfy { $0.count == 1 }, "seed \(seed)")
  }

  @Test("Every profile of a factory is spoken, and each says something bad now and then, but seldom")
  func profiles() throws {
    let seed = testSeed()
    let catalogue = try Catalogue(.builtIn)
    var random = RandomSource(seed: seed)
    var mill = Factories.mill()
    var readings: [String: (all: Int, bad: Int)] = [:]
    for turn in 0..<400 {
      for index in mill.indices {
        let message = mill[index].message(at: Self.fridayAtSeven + .seconds(turn * 200), using: &random)
        guard let match = Array(message.topic.utf8).withUnsafeBytes({ catalogue.matches($0).first }) else { continue }
        readings[catalogue.profiles[match.profile].name, default: (0, 0)].all += message.readings.count
        readings[catalogue.profiles[match.profile].name]?.bad += message.readings.count { $0.value == .bad }
      }
    }
    #expect(
      Set(readings.keys) == [
        "agv-telemetry", "vda5050-state", "vda5050-connection", "warping-machine", "doffing-cart", "robot-arm",
        "inspection-station", "production-order", "smart-warehouse", "machine-energy-meter",
      ])
    // A connection has no sensor.
    for (name, found) in readings where name != "vda5050-connection" {
      let share = Double(found.bad) / Double(found.all)
      #expect((0.0002...0.02).contains(share), "\(name): \(found.bad) of \(found.all), seed \(seed)")
    }
  }

  @Test("Shifts begin at 7, 15 and 23 with a hand-over, have a meal in their middle, and rest from Sunday at 7")
  func shifts() {
    let plan = ShiftPlan(restDays: [0], shortDays: [6])
    func phase(_ hours: Double) -> ShiftPlan.Phase { plan.phase(at: Self.fridayAtSeven + .seconds(hours * 3600)) }
    for shift in 0..<3 {
      let begin = Double(shift * 8)
      #expect(phase(begin) == .handover && phase(begin + 0.5) == .work)
      #expect(phase(begin + 4.25) == .meal && phase(begin + 7.9) == .work)
    }
    #expect([0.0, 8, 16].map { plan.shift(at: Self.fridayAtSeven + .seconds($0 * 3600)) } == [.day, .late, .night])
    // Saturday works its day shift; Sunday rests until Monday at 7.
    #expect(phase(24 + 7) == .work && phase(24 + 9) == .rest && phase(24 + 23.9) == .rest)
    #expect(phase(48 + 1) == .rest && phase(48 + 23.9) == .rest && phase(72 + 1) == .work)
  }

  @Test("A machine runs most of its time, stops and is set up; its power follows")
  func schedules() {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    let machine = FactoryMachine(
      name: "m-\(seed)", site: "s", line: "l",
      schedule: MachineSchedule(of: "m-\(seed)", plan: ShiftPlan(restDays: [0]), pace: WarpingMachine.pace),
      ratedWatts: 20_000)
    var meter = MachineMeter("meter", number: 1, of: machine)
    var seconds: [MachineSchedule.Condition: Int] = [:]
    for step in 0..<7 * 8640 {
      let time = Self.fridayAtSeven + .seconds(step * 10)
      let condition = machine.schedule.condition(at: time)
      seconds[condition, default: 0] += 10
      let power = meter.message(at: time, using: &random).readings.first { $0.metric == "power" }
      guard case .number(let kilowatts) = power?.value else { continue }
      #expect((kilowatts > 12) == (condition == .running), "\(time), seed \(seed)")
    }
    let share = seconds.mapValues { Double($0) / (7 * 86_400) }
    #expect((0.5...0.8).contains(share[.running] ?? 0), "\(share), seed \(seed)")
    #expect((0.02...0.15).contains(share[.stopped] ?? 0), "\(share), seed \(seed)")
    #expect((0.05...0.2).contains(share[.changeover] ?? 0), "\(share), seed \(seed)")
    #expect(abs((share[.off] ?? 0) - 1.0 / 7) < 0.001, "\(share), seed \(seed)")
  }

  @Test("A sunroof leaves its line every half a minute or so, and an order ends with its last piece")
  func takt() {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    // No stops, no meals: a day has 2,880 takts.
    let schedule = MachineSchedule(of: "line", plan: ShiftPlan(), pace: FactoryKind.utilityPace)
    let line = FactoryMachine(name: "line", site: "glass-1", line: "sunroof-1", schedule: schedule, ratedWatts: 1)
    var terminal = OrderTerminal(
      "line", number: 1, line: line, jobs: [.init(product: "SR", taktSeconds: 30, pieces: 50)])
    var finished = 0
    var pieces = 0.0
    var last = 0.0
    for step in 0..<2880 {
      let readings = terminal.message(at: Self.fridayAtSeven + .seconds(step * 30), using: &random).readings
      if readings.contains(where: { $0.value == .state("finished") }) { finished += 1 }
      guard case .number(let good)? = readings.first(where: { $0.metric == "parts_good" })?.value else { continue }
      pieces += good < last ? good : good - last
      last = good
    }
    #expect((2500...2950).contains(pieces), "seed \(seed)")
    #expect(abs(Double(finished) - pieces / 50) < 3, "seed \(seed)")
  }

  @Test("Robots are born before they say anything, and never lose a number")
  func births() throws {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    var cell = try #require(Factories.mill().first { $0 is RobotCell })
    let types = (0..<20).map { turn in
      cell.message(at: Self.fridayAtSeven + .seconds(turn), using: &random).topic.split(separator: "/")[2]
    }
    #expect(types == ["NBIRTH", "DBIRTH", "DBIRTH"] + Array(repeating: "DDATA", count: 17))
    #expect(cell.traits.isOrdered)
  }
}

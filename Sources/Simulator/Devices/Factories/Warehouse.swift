import Telemetry

/// A warehouse's controller that speaks the profile `smart-warehouse`, of its rack and of all its stacker cranes.
struct Warehouse: SimulatedDevice {
  /// A crane moves a pallet in so many seconds.
  private static let secondsPerMove = 90.0
  private static let longestMillimetres = 80_000
  private static let highestMillimetres = 18_000

  private struct Crane {
    let name: String
    var moves: Int
    var travelMetres: Int
    var x = 0
    var height = 0
  }

  let interval = Duration.seconds(30)
  private let name: String
  private let site: String
  private let slots: Int
  private let plan: ShiftPlan
  private var cranes: [Crane]
  private var watch = Stopwatch()
  private var used: Int
  private var palletsIn: Int
  private var palletsOut: Int
  private var moveRest = 0.0

  init(_ name: String, site: String, slots: Int, cranes: Int, plan: ShiftPlan) {
    self.name = name
    self.site = site
    self.slots = slots
    self.plan = plan
    used = slots * 3 / 4
    palletsIn = slots * 9
    palletsOut = palletsIn - used
    self.cranes = (1...cranes).map {
      Crane(name: "crane-\($0)", moves: $0 * 20_117, travelMetres: $0 * 1_812_250)
    }
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    let isWorking = plan.phase(at: time) != .rest
    move(for: watch.seconds(until: time, atMost: Factories.longestSilenceSeconds), isWorking: isWorking, using: &random)
    var rack = MachineReport("\(name)/rack", at: time)
    var units = [rackUnit(&rack, using: &random)]
    var readings = rack.readings
    for crane in cranes {
      var report = MachineReport("\(name)/\(crane.name)", at: time)
      units.append(unit(crane, &report, isWorking: isWorking, using: &random))
      readings += report.readings
    }
    return SimulatedMessage(
      topic: "factory/\(site)/warehouse/\(name)/units",
      payload: """
        {"at":"\(CivilTime(time, zoneOffset: Timestamp.cityOffsetSeconds).text)","hall":"store",\
        "units":[\(units.joined(separator: ","))]}
        """, readings: readings)
  }

  /// Pallets go in where there is room for them, out where there are many.
  private mutating func move(for seconds: Double, isWorking: Bool, using random: inout RandomSource) {
    guard isWorking else { return }
    moveRest += seconds * Double(cranes.count) / Self.secondsPerMove
    let moves = Int(moveRest)
    moveRest -= Double(moves)
    for _ in 0..<moves {
      let isIn = Int.random(in: 0..<slots, using: &random) >= used
      if isIn { palletsIn += 1 } else { palletsOut += 1 }
      used += isIn ? 1 : -1
      let crane = Int.random(in: cranes.indices, using: &random)
      cranes[crane].x = Int.random(in: 0...Self.longestMillimetres, using: &random)
      cranes[crane].height = Int.random(in: 0...Self.highestMillimetres, using: &random)
      cranes[crane].moves += 1
      cranes[crane].travelMetres += cranes[crane].x / 1000
    }
  }

  private func rackUnit(_ report: inout MachineReport, using random: inout RandomSource) -> String {
    // Warmest at three in the afternoon.
    let distanceHours = abs(report.time.cityHour - 15)
    let swing = Int(40 - 10 * min(distanceHours, 24 - distanceHours))
    let tenthsCelsius = 225 + swing / 2 + Int.random(in: -3...3, using: &random)
    let celsius = MachineValue(Decimal(tenthsCelsius, decimals: 1)).orBroken("-99.9", using: &random)
    let humidity = MachineValue(Decimal(520 - swing + Int.random(in: -9...9, using: &random), decimals: 1))
      .orBroken("101.4", "null", using: &random)
    return """
      {"id":"rack","kind":"store","slots":{"total":\(report.say("slots_total", MachineValue(slots))),\
      "used":\(report.say("slots_used", MachineValue(used))),\
      "blocked":\(report.say("slots_blocked", MachineValue(slots / 400)))},\
      "pallets":{"in":\(report.say("pallets_in", MachineValue(palletsIn))),\
      "out":\(report.say("pallets_out", MachineValue(palletsOut)))},\
      "air":[\(report.say("temperature", celsius)),\(report.say("humidity", humidity))]}
      """
  }

  private func unit(
    _ crane: Crane, _ report: inout MachineReport, isWorking: Bool, using random: inout RandomSource
  ) -> String {
    let state = state(isWorking: isWorking, using: &random).orBroken("\"LOST\"", using: &random)
    let x = MachineValue(crane.x, factor: 0.001).orBroken("-1", using: &random)
    return """
      {"id":"\(crane.name)","kind":"stacker","mode":\(report.say("stacker_state", state)),\
      "x_mm":\(report.say("position_x", x)),\
      "y_mm":\(report.say("lift_height", MachineValue(crane.height, factor: 0.001))),\
      "moves":\(report.say("moves", MachineValue(crane.moves))),\
      "travel_km":\(report.say("odometer", MachineValue(Decimal(crane.travelMetres, decimals: 3), factor: 1000)))}
      """
  }

  private func state(isWorking: Bool, using random: inout RandomSource) -> MachineValue {
    guard isWorking else { return .state("IDLE", "idle") }
    switch Int.random(in: 0..<100, using: &random) {
    case 0: return .state("ERR", "fault")
    case 1: return .state("MAINT", "maintenance")
    case 2..<30: return .state("IDLE", "idle")
    case 30..<65: return .state("STORE", "storing")
    default: return .state("FETCH", "fetching")
    }
  }
}

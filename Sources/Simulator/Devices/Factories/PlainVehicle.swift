import Telemetry

/// An AGV that speaks the profile `agv-telemetry`.
struct PlainVehicle: SimulatedDevice {
  let interval = Duration.seconds(1)
  private let device: String
  private let site: String
  private let line: String
  private var trip: VehicleTrip

  init(_ device: String, number: Int, site: String, line: String, plan: ShiftPlan) {
    self.device = device
    self.site = site
    self.line = line
    trip = VehicleTrip(number: number, plan: plan)
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    trip.advance(to: time, using: &random)
    var report = MachineReport(device, at: time)
    let charge = MachineValue(Decimal(trip.charge, decimals: 1)).orBroken("6553.5", "null", using: &random)
    let speed = MachineValue(Decimal(trip.speed, decimals: 3)).orBroken("-32.768", using: &random)
    let state = state.orBroken("\"UNKNOWN\"", using: &random)
    let payload = """
      {"ts":\(time.milliseconds),"line":"\(line)","soc":\(report.say("battery", charge)),\
      "v":\(report.say("speed", speed)),\
      "x":\(report.say("position_x", MachineValue(Decimal(trip.x, decimals: 3)))),\
      "y":\(report.say("position_y", MachineValue(Decimal(trip.y, decimals: 3)))),\
      "h":\(report.say("heading", heading(using: &random))),\
      "odo":\(report.say("odometer", MachineValue(trip.odometerMillimetres / 1000))),\
      "st":\(report.say("activity", state))}
      """
    return SimulatedMessage(
      topic: "factory/\(site)/agv/\(device)/telemetry", payload: payload, readings: report.readings)
  }

  private var state: MachineValue {
    switch trip.activity {
    case .waiting: .state("IDLE", "IDLE")
    case .driving: .state("MOVING", "MOVING")
    case .charging: .state("CHARGING", "CHARGING")
    case .fault: .state("ERROR", "ERROR")
    }
  }

  /// In degrees; it sways by a little.
  private func heading(using random: inout RandomSource) -> MachineValue {
    MachineValue(Decimal(trip.headingDegrees * 10 + Int.random(in: -15...15, using: &random), decimals: 1))
  }
}

import Telemetry

/// An AGV that speaks VDA 5050, version 2.0: the profile `vda5050-state`.
struct StandardVehicle: SimulatedDevice {
  let interval = Duration.seconds(10)
  private let name: VehicleName
  private var trip: VehicleTrip
  private var header = 0

  init(_ name: VehicleName, number: Int, plan: ShiftPlan) {
    self.name = name
    trip = VehicleTrip(number: number, plan: plan)
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    trip.advance(to: time, using: &random)
    header += 1
    var report = MachineReport(name.device, at: time)
    let payload = """
      {\(name.head(header, at: time)),"orderId":"T-\(trip.legs)",\(order(&report)),\
      \(battery(&report, using: &random)),\(place(&report, using: &random)),\(condition(&report, using: &random))}
      """
    return SimulatedMessage(topic: name.topic("state"), payload: payload, readings: report.readings)
  }

  /// A leg has two nodes and the edge between them.
  private func order(_ report: inout MachineReport) -> String {
    let isUnderway = trip.activity == .driving
    let left = isUnderway ? 1 : 0
    return """
      "lastNodeSequenceId":\(report.say("order_last_node", MachineValue(trip.legs * 2 - left * 2))),\
      "newBaseRequest":\(report.say("order_base_requested", .truth(!isUnderway, ("yes", "no")))),\
      "nodeStates":\(list("{\"nodeId\":\"n\(trip.legs * 2)\"}", left, "order_nodes_left", &report)),\
      "edgeStates":\(list("{\"edgeId\":\"e\(trip.legs * 2 - 1)\"}", left, "order_edges_left", &report)),\
      "loads":\(list("{\"loadType\":\"pallet\"}", trip.isLoaded ? 1 : 0, "loads", &report))
      """
  }

  private func battery(_ report: inout MachineReport, using random: inout RandomSource) -> String {
    let charge = MachineValue(Decimal(trip.charge, decimals: 1)).orBroken("101", "null", using: &random)
    let tenthsVolt = 460 + trip.charge / 16 + (trip.activity == .charging ? 15 : 0)
    return """
      "batteryState":{"batteryCharge":\(report.say("battery", charge)),\
      "batteryVoltage":\(report.say("battery_voltage", MachineValue(Decimal(tenthsVolt, decimals: 1)))),\
      "batteryHealth":\(report.say("battery_health", MachineValue(97))),\
      "reach":\(report.say("battery_range", MachineValue(trip.charge * 30))),\
      "charging":\(report.say("charging", .truth(trip.activity == .charging, ("on", "off"))))}
      """
  }

  private func place(_ report: inout MachineReport, using random: inout RandomSource) -> String {
    let score = MachineValue(Decimal(Int.random(in: 820...990, using: &random), decimals: 3), factor: 100)
      .orBroken("-1", using: &random)
    return """
      "agvPosition":{"mapId":"\(name.site)",\
      "x":\(report.say("position_x", MachineValue(Decimal(trip.x, decimals: 3)))),\
      "y":\(report.say("position_y", MachineValue(Decimal(trip.y, decimals: 3)))),\
      "theta":\(report.say("heading", heading(using: &random))),\
      "positionInitialized":\(report.say("localized", .truth(trip.activity != .fault, ("yes", "no")))),\
      "localizationScore":\(report.say("localization_score", score))},\
      "velocity":{"vx":\(report.say("velocity_x", MachineValue(Decimal(trip.speed, decimals: 3)))),\
      "vy":\(report.say("velocity_y", MachineValue(0)))}
      """
  }

  private func condition(_ report: inout MachineReport, using random: inout RandomSource) -> String {
    let isFaulty = trip.activity == .fault
    let mode = MachineValue.state("AUTOMATIC", "automatic").orBroken("\"PARKED\"", using: &random)
    let error = "{\"errorType\":\"pathBlocked\",\"errorLevel\":\"WARNING\"}"
    let errors = list(error, isFaulty ? 1 : 0, "errors", &report)
    _ = report.say("errors_warning", MachineValue(isFaulty ? 1 : 0))
    for level in ["urgent", "critical", "fatal"] { _ = report.say("errors_\(level)", MachineValue(0)) }
    return """
      "driving":\(report.say("driving", .truth(trip.activity == .driving, ("yes", "no")))),\
      "paused":\(report.say("paused", .truth(isFaulty, ("yes", "no")))),\
      "operatingMode":\(report.say("operating_mode", mode)),"errors":\(errors),\
      "safetyState":{"eStop":\(report.say("emergency_stop", .state("NONE", "none"))),\
      "fieldViolation":\(report.say("field_violation", .truth(isFaulty, ("yes", "no"))))}
      """
  }

  /// A list of so many equal members, whose count is a reading.
  private func list(_ member: String, _ count: Int, _ metric: String, _ report: inout MachineReport) -> String {
    _ = report.say(metric, MachineValue(count))
    return "[" + Array(repeating: member, count: count).joined(separator: ",") + "]"
  }

  /// From -π to π, in ten-thousandths of a radian.
  private func heading(using random: inout RandomSource) -> MachineValue {
    let quarter = [0: 0, 90: 15_708, 180: 31_150, 270: -15_708][trip.headingDegrees] ?? 0
    let swayed = quarter + Int.random(in: -200...200, using: &random)
    return MachineValue(Decimal(swayed, decimals: 4), factor: 57.29577951308232)
  }
}

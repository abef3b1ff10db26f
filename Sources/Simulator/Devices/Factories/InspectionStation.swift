import Telemetry

/// A visual-inspection station that speaks the profile `inspection-station`. Its totals begin anew with each shift.
struct InspectionStation: SimulatedDevice {
  /// What goes by under a camera.
  struct Ware: Sendable {
    let product: String
    /// The kinds of defects as the camera calls them, each with its metric; the first is the most frequent.
    let defects: [(called: String, metric: String)]
    let secondsPerPiece: Double
    /// Of 10,000 pieces.
    let usualRejects: Int
  }

  let interval = Duration.seconds(15)
  private let machine: FactoryMachine
  private let ware: Ware
  private var watch = Stopwatch()
  private var shiftNumber: Int64?
  private var inspected = 0
  private var rejected = 0
  private var found: [Int]
  /// What is less than a piece.
  private var pieceRest = 0.0
  /// Of 10,000 pieces; it drifts with tools, melt and yarn.
  private var rejects: Int

  init(_ machine: FactoryMachine, _ ware: Ware) {
    self.machine = machine
    self.ware = ware
    found = ware.defects.map { _ in 0 }
    rejects = ware.usualRejects
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    let condition = machine.schedule.condition(at: time)
    inspect(until: time, isRunning: condition == .running, using: &random)
    var report = MachineReport(machine.name, at: time)
    let stamp = CivilTime(time, zoneOffset: Timestamp.cityOffsetSeconds).text.filter { $0 != "-" && $0 != ":" }
    let payload = """
      {"stamp":"\(stamp)","station":{"line":"\(machine.line)","product":"\(ware.product)"},\
      "result":{\(result(&report, using: &random))},"defects":[\(defects(&report))],\
      "camera":{\(camera(&report, condition, using: &random))}}
      """
    return SimulatedMessage(
      topic: "factory/\(machine.site)/inspection/\(machine.name)/report", payload: payload,
      readings: report.readings)
  }

  private mutating func inspect(until time: Timestamp, isRunning: Bool, using random: inout RandomSource) {
    let seconds = watch.seconds(until: time, atMost: Factories.longestSilenceSeconds)
    beginShift(machine.schedule.plan.shiftNumber(at: time))
    guard isRunning else { return }
    pieceRest += seconds / ware.secondsPerPiece
    let pieces = Int(pieceRest)
    pieceRest -= Double(pieces)
    inspected += pieces
    rejects = min(max(rejects + Int.random(in: -4...4, using: &random), 5), ware.usualRejects * 4)
    for _ in 0..<pieces where Int.random(in: 0..<10_000, using: &random) < rejects {
      rejected += 1
      found[random.happens(onceIn: 2) ? 0 : Int.random(in: found.indices, using: &random)] += 1
    }
  }

  private mutating func beginShift(_ number: Int64) {
    guard number != shiftNumber else { return }
    shiftNumber = number
    inspected = 0
    rejected = 0
    found = found.map { _ in 0 }
  }

  // MARK: What it says

  private func result(_ report: inout MachineReport, using random: inout RandomSource) -> String {
    let share =
      inspected == 0
      ? MachineValue.broken("null") : MachineValue(Decimal(rejected * 10_000 / inspected, decimals: 4), factor: 100)
    let inference = MachineValue(Decimal(Int.random(in: 310...520, using: &random), decimals: 1), factor: 0.001)
    return """
      "inspected":\(report.say("images_inspected", MachineValue(inspected))),\
      "rejected":\(report.say("images_rejected", MachineValue(rejected))),\
      "reject_ratio":\(report.say("reject_share", share.orBroken("17.5", using: &random))),\
      "inference_ms":\(report.say("inference_time", inference))
      """
  }

  private func defects(_ report: inout MachineReport) -> String {
    zip(ware.defects, found).map { kind, count in
      "{\"kind\":\"\(kind.called)\",\"total\":\(report.say(kind.metric, MachineValue(count)))}"
    }.joined(separator: ",")
  }

  private func camera(
    _ report: inout MachineReport, _ condition: MachineSchedule.Condition, using random: inout RandomSource
  ) -> String {
    let warmth = condition == .off ? 260 : 415
    let tenthsCelsius = warmth + Int.random(in: -12...12, using: &random)
    let celsius = MachineValue(Decimal(tenthsCelsius, decimals: 1)).quoted(" °C")
      .orBroken("\"hot\"", "\"327.6 °C\"", using: &random)
    let exposure = MachineValue(Decimal(Int.random(in: 118...132, using: &random), decimals: 2), factor: 0.001)
    let light = MachineValue(Decimal(Int.random(in: 118...131, using: &random), decimals: 1), factor: 1000)
    let state = state(condition, using: &random).orBroken("\"asleep\"", using: &random)
    return """
      "temperature":\(report.say("camera_temperature", celsius)),\
      "exposure":\(report.say("exposure_time", exposure.quoted(" ms"))),\
      "light":\(report.say("illuminance", light.quoted(" klx"))),"state":\(report.say("camera_state", state))
      """
  }

  private func state(
    _ condition: MachineSchedule.Condition, using random: inout RandomSource
  ) -> MachineValue {
    if condition == .changeover { return .state("calibrating", "calibrating") }
    if random.happens(onceIn: 200) { return .state("lost", "lost") }
    return random.happens(onceIn: 30) ? .state("dirty", "dirty") : .state("ok", "ok")
  }
}

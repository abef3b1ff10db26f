import Telemetry

/// A warping machine that speaks the profile `warping-machine`.
///
/// A changeover of its schedule is the change of a full beam; after every fifth one another article is set up.
struct WarpingMachine: SimulatedDevice {
  static let pace = MachineSchedule.Pace(
    stopPercent: 45, stopSeconds: 40...240, changeoverEverySeconds: 4500, changeoverSeconds: 480...900)

  private static let articles = [("PES-83", 83), ("PES-167", 167), ("PA-110", 110), ("CO-295", 295)]
  private static let beamsPerArticle: Int64 = 5
  private static let metresPerMinute = 720.0
  private static let emptyBeamMillimetres = 240.0
  /// Square millimetres of a beam's side that a metre of warp adds, for 640 ends on 1.8 m.
  private static let squareMillimetresPerMetre = 11.0

  let interval = Duration.seconds(5)
  private let machine: FactoryMachine
  private var watch = Stopwatch()
  private var lastCondition = MachineSchedule.Condition.off
  private var beamNumber: Int64?
  private var metres = 0.0
  private var breaks: Int
  private var beams: Int
  private var motorCelsius = 32.0

  init(_ machine: FactoryMachine, number: Int) {
    self.machine = machine
    breaks = number * 31
    beams = number * 17
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    let condition = machine.schedule.condition(at: time)
    let speed = advance(to: time, condition, using: &random)
    var report = MachineReport(machine.name, at: time)
    let payload = """
      {"time":"\(CivilTime(time, zoneOffset: Timestamp.cityOffsetSeconds).text)","line":"\(machine.line)",\
      "article":"\(article(at: time).name)","tags":[\(progress(&report, condition, speed, using: &random)),\
      \(warp(&report, isRunning: speed > 0, using: &random))]}
      """
    return SimulatedMessage(
      topic: "factory/\(machine.site)/warping/\(machine.name)/tags", payload: payload, readings: report.readings)
  }

  /// - Returns: metres a minute.
  private mutating func advance(
    to time: Timestamp, _ condition: MachineSchedule.Condition, using random: inout RandomSource
  ) -> Int {
    let seconds = watch.seconds(until: time, atMost: Factories.longestSilenceSeconds)
    defer { lastCondition = condition }
    let isRunning = condition == .running
    // Towards 68 °C where it runs, towards 30 °C where not, half of the way in seven minutes.
    motorCelsius += ((isRunning ? 68 : 30) - motorCelsius) * min(1, seconds / 600)
    changeBeam(machine.schedule.changeoversBegun(at: time))
    if condition == .stopped, lastCondition == .running { breaks += 1 }
    guard isRunning else { return 0 }
    let speed = Self.metresPerMinute + Double(Int.random(in: -15...15, using: &random))
    metres += speed * seconds / 60
    return Int(speed)
  }

  private mutating func changeBeam(_ number: Int64) {
    guard number != beamNumber else { return }
    beamNumber = number
    beams += metres > 0 ? 1 : 0
    metres = 0
  }

  private func progress(
    _ report: inout MachineReport, _ condition: MachineSchedule.Condition, _ speed: Int,
    using random: inout RandomSource
  ) -> String {
    let state = state(condition, at: report.time).orBroken("\"E117\"", using: &random)
    let rate = MachineValue(speed, factor: 0.016666666666666666).orBroken("65535", using: &random)
    let length = MachineValue(Decimal(Int(metres * 10), decimals: 1))
    return [
      tag("State", report.say("machine_state", state)), tag("Speed", report.say("speed", rate)),
      tag("Length", report.say("warped_length", length)),
      tag("Breaks", report.say("yarn_breaks", MachineValue(breaks))),
      tag("Beams", report.say("beams_finished", MachineValue(beams))),
    ].joined(separator: ",")
  }

  private func warp(
    _ report: inout MachineReport, isRunning: Bool, using random: inout RandomSource
  ) -> String {
    let tenthsCentinewton =
      isRunning ? Int.random(in: 105...145, using: &random) : Int.random(in: 0...8, using: &random)
    let tension = MachineValue(Decimal(tenthsCentinewton, decimals: 1), scale: 0.01).orBroken("null", using: &random)
    let dtex = MachineValue(article(at: report.time).dtex, factor: 0.1)
    let square = Self.emptyBeamMillimetres * Self.emptyBeamMillimetres + metres * Self.squareMillimetresPerMetre * 1.27
    let celsius = MachineValue(Decimal(Int(motorCelsius * 10), decimals: 1)).orBroken("-999", using: &random)
    return [
      tag("Tension", report.say("yarn_tension", tension)), tag("Count", report.say("yarn_linear_density", dtex)),
      tag("Ends", report.say("yarn_ends", MachineValue(640))),
      tag("BeamDiameter", report.say("beam_diameter", MachineValue(Int(square.squareRoot()), factor: 0.001))),
      tag("MotorTemp", report.say("motor_temperature", celsius)),
    ].joined(separator: ",")
  }

  private func tag(_ name: String, _ value: String) -> String { "{\"name\":\"\(name)\",\"value\":\(value)}" }

  private func state(_ condition: MachineSchedule.Condition, at time: Timestamp) -> MachineValue {
    switch condition {
    case .running: .state("RUN", "running")
    case .stopped: .state("BREAK", "yarn-break")
    case .changeover where machine.schedule.changeoversBegun(at: time) % Self.beamsPerArticle == 0:
      .state("SETUP", "changeover")
    case .changeover: .state("BEAM", "beam-change")
    case .paused: .state("STOP", "stopped")
    case .off: .state("OFF", "off")
    }
  }

  private func article(at time: Timestamp) -> (name: String, dtex: Int) {
    let setups = machine.schedule.changeoversBegun(at: time) / Self.beamsPerArticle
    // Machines do not all have the same article.
    let own = machine.name.utf8.reduce(0) { $0 + Int64($1) }
    return Self.articles[Int((setups + own) % Int64(Self.articles.count))]
  }
}

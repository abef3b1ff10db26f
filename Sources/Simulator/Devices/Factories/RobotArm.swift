import Telemetry

/// One arm: what it does, in the words of its controller and in those of a gateway.
struct RobotArm: Sendable {
  static let pace = MachineSchedule.Pace(
    stopPercent: 20, stopSeconds: 20...180, changeoverEverySeconds: 14_400, changeoverSeconds: 600...1500)

  private static let cycleMilliseconds = 24_000.0
  private static let idleWatts = 320

  struct Value {
    let called: String
    let metric: String
    let value: SimulatedEdgeNode.Value
    let known: KnownReading.Value
  }

  private let machine: FactoryMachine
  private var watch = Stopwatch()
  private var cycles: Double
  private var wattHours: Double
  private var motorCelsius = 30.0
  /// The cycle's drift from what it should take.
  private var drift = 1.0

  init(_ machine: FactoryMachine, number: Int) {
    self.machine = machine
    cycles = Double(number * 8_640)
    wattHours = Double(number) * 412_000
  }

  var name: String { machine.name }

  mutating func values(at time: Timestamp, using random: inout RandomSource) -> [Value] {
    let condition = machine.schedule.condition(at: time)
    let isRunning = condition == .running
    let seconds = watch.seconds(until: time, atMost: Factories.longestSilenceSeconds)
    drift = min(max(drift + Double(Int.random(in: -10...10, using: &random)) / 2000, 0.95), 1.2)
    let watts = isRunning ? machine.ratedWatts * Int.random(in: 55...100, using: &random) / 100 : Self.idleWatts
    cycles += isRunning ? seconds * 1000 / (Self.cycleMilliseconds * drift) : 0
    wattHours += Double(watts) * seconds / 3600
    motorCelsius += ((isRunning ? 62 : 28) - motorCelsius) * min(1, seconds / 900)
    let isGripping = isRunning && random.happens(onceIn: 2)
    return program(condition, using: &random) + tool(isGripping, isRunning: isRunning, using: &random)
      + drives(watts, using: &random)
  }

  private func program(_ condition: MachineSchedule.Condition, using random: inout RandomSource) -> [Value] {
    let (raw, state) = Self.words(for: condition)
    let milliseconds = Int(Self.cycleMilliseconds * drift)
    let isFaulty = random.happens(onceIn: 400)
    return [
      Value(
        called: "Program/State", metric: "program_state", value: .text(isFaulty ? "0x3F" : raw),
        known: isFaulty ? .bad : .state(state)),
      whole("Program/Cycles", "cycles", Int(cycles)), whole("Program/Cycle Time", "cycle_time", milliseconds, 0.001),
      whole("Program/Override", "speed_override", condition == .changeover ? 25 : 100),
      truth("Safety/Protective Stop", "protective_stop", condition == .stopped, ("yes", "no")),
    ]
  }

  private func tool(_ isGripping: Bool, isRunning: Bool, using random: inout RandomSource) -> [Value] {
    let hectograms = isGripping ? Int.random(in: 118...131, using: &random) : 0
    var values = [
      number("Tool/Load", "tool_load", Double(hectograms) / 10),
      truth("Tool/Closed", "gripper", isGripping, ("closed", "open")),
    ]
    for axis in 1...3 {
      let reach = isRunning ? 300 / axis : 40
      let torque = Double(Int.random(in: -reach...reach, using: &random))
      values.append(
        sensed(number("Axes/\(axis)/Torque", "axis_torque_\(axis)", torque), broken: .null, using: &random))
    }
    return values
  }

  private func drives(_ watts: Int, using random: inout RandomSource) -> [Value] {
    let celsius = (motorCelsius * 10).rounded() / 10
    return [
      sensed(number("Axes/Hottest", "motor_temperature", celsius), broken: .double(850), using: &random),
      number("Power", "power", Double(watts), 0.001),
      number("Energy", "energy", (wattHours / 10).rounded() / 100),
    ]
  }

  private static func words(for condition: MachineSchedule.Condition) -> (raw: String, state: String) {
    switch condition {
    case .running: ("Running", "running")
    case .stopped: ("Fault", "fault")
    case .changeover: ("Teach", "teach-in")
    case .paused: ("Hold", "held")
    case .off: ("Off", "off")
    }
  }

  // MARK: Values

  private func number(_ called: String, _ metric: String, _ number: Double, _ factor: Double = 1) -> Value {
    Value(called: called, metric: metric, value: .double(number), known: .number(number * factor))
  }

  private func whole(_ called: String, _ metric: String, _ count: Int, _ factor: Double = 1) -> Value {
    Value(called: called, metric: metric, value: .whole(Int64(count)), known: .number(Double(count) * factor))
  }

  private func truth(
    _ called: String, _ metric: String, _ isTrue: Bool, _ names: (true: String, false: String)
  ) -> Value {
    Value(called: called, metric: metric, value: .truth(isTrue), known: .state(isTrue ? names.true : names.false))
  }

  /// Now and then what a broken sensor says.
  private func sensed(
    _ value: Value, broken: SimulatedEdgeNode.Value, using random: inout RandomSource
  ) -> Value {
    guard random.happens(onceIn: 300) else { return value }
    return Value(called: value.called, metric: value.metric, value: broken, known: .bad)
  }
}

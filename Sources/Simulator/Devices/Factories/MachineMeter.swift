import Telemetry

/// The energy meter of a machine, which speaks the profile `machine-energy-meter`: its power follows what the machine
/// does.
struct MachineMeter: SimulatedDevice {
  /// In which the demand follows the power.
  private static let demandSeconds = 900.0

  let interval = Duration.seconds(10)
  private let device: String
  private let machine: FactoryMachine
  private var watch = Stopwatch()
  private var wattHours: Double
  private var demandWatts: Double

  init(_ device: String, number: Int, of machine: FactoryMachine) {
    self.device = device
    self.machine = machine
    wattHours = Double(number) * 8_750_000
    demandWatts = Double(machine.ratedWatts) / 2
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = Timestamp(seconds: time.seconds)
    let load = load(at: time)
    let watts = machine.ratedWatts * load.percent / 100 * Int.random(in: 940...1060, using: &random) / 1000
    let seconds = watch.seconds(until: time, atMost: Factories.longestSilenceSeconds)
    wattHours += Double(watts) * seconds / 3600
    demandWatts += (Double(watts) - demandWatts) * min(1, seconds / Self.demandSeconds)
    let factor = load.powerFactor + Int.random(in: -9...9, using: &random)
    var report = MachineReport(device, at: time)
    let payload = """
      {"t":\(time.seconds),"line":"\(machine.line)","machine":"\(machine.name)",\
      \(power(&report, watts, factor, using: &random)),\(phases(&report, watts, factor, using: &random))}
      """
    return SimulatedMessage(
      topic: "factory/\(machine.site)/energy/\(device)/registers", payload: payload, readings: report.readings)
  }

  private func power(
    _ report: inout MachineReport, _ watts: Int, _ factor: Int, using random: inout RandomSource
  ) -> String {
    let energy = MachineValue(Decimal(Int(wattHours / 10), decimals: 2)).quoted().orBroken("\"--\"", using: &random)
    let thousandths = MachineValue(factor, scale: 0.001, factor: 100).orBroken("32767", using: &random)
    let hertz = MachineValue(Int.random(in: 4997...5003, using: &random), scale: 0.01).orBroken("0", using: &random)
    return """
      "kWh":\(report.say("energy", energy)),"P":\(report.say("power", MachineValue(watts, factor: 0.001))),\
      "Pmax15":\(report.say("power_demand", MachineValue(Int(demandWatts), factor: 0.001))),\
      "PF":\(report.say("power_factor", thousandths)),"F":\(report.say("frequency", hertz))
      """
  }

  private func phases(
    _ report: inout MachineReport, _ watts: Int, _ factor: Int, using random: inout RandomSource
  ) -> String {
    var volts: [String] = []
    var amperes: [String] = []
    for phase in 1...3 {
      // The more it takes the less is left.
      let tenthsVolt = 2330 - watts / 4000 + Int.random(in: -14...14, using: &random)
      let volt = MachineValue(tenthsVolt, scale: 0.1).orBroken("65535", using: &random)
      let milliamperes = watts * 10_000_000 / (3 * tenthsVolt * factor)
      volts.append(report.say("voltage_l\(phase)", volt))
      amperes.append(report.say("current_l\(phase)", MachineValue(milliamperes, factor: 0.001)))
    }
    return "\"U\":[\(volts.joined(separator: ","))],\"I\":[\(amperes.joined(separator: ","))]"
  }

  /// Per cent of the rated power, and thousandths of the power factor.
  private func load(at time: Timestamp) -> (percent: Int, powerFactor: Int) {
    switch machine.schedule.condition(at: time) {
    case .running: (82, 920)
    case .stopped: (18, 610)
    case .changeover: (27, 690)
    case .paused: (12, 560)
    case .off: (2, 480)
    }
  }
}

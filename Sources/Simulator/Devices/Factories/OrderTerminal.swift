import Telemetry

/// A line's terminal that speaks the profile `production-order`: pieces of one order after the other, at a takt that
/// drifts.
struct OrderTerminal: SimulatedDevice {
  /// What a line makes.
  struct Job: Sendable {
    let product: String
    let taktSeconds: Int
    /// Of one order.
    let pieces: Int
  }

  private static let mostTaktDrift = 0.12

  let interval = Duration.seconds(30)
  private let device: String
  private let line: FactoryMachine
  private let jobs: [Job]
  private var number: Int
  private var watch = Stopwatch()
  private var good = 0
  private var scrap = 0
  private var rework = 0
  private var pieceRest = 0.0
  /// The takt over the one that is planned.
  private var drift = 0.02
  private var stopSeconds = 0.0
  private var isFinished = false

  /// - Parameter jobs: made one after the other, at least one.
  init(_ device: String, number: Int, line: FactoryMachine, jobs: [Job]) {
    self.device = device
    self.number = number * 100
    self.line = line
    self.jobs = jobs
  }

  private var job: Job { jobs[number % jobs.count] }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = Timestamp(seconds: time.seconds)
    let condition = line.schedule.condition(at: time)
    let stopMinutesTenths = advance(to: time, condition, using: &random)
    var report = MachineReport(device, at: time)
    let payload = """
      {"timestamp":\(time.seconds),"line":"\(line.line)","shift":"\(line.schedule.plan.shift(at: time).rawValue)",\
      \(order(&report, condition, using: &random)),\(pieces(&report, using: &random))\
      \(stop(stopMinutesTenths, &report))}
      """
    return SimulatedMessage(
      topic: "factory/\(line.site)/orders/\(device)/progress", payload: payload, readings: report.readings)
  }

  /// - Returns: how long a stop was that has ended, in tenths of a minute.
  private mutating func advance(
    to time: Timestamp, _ condition: MachineSchedule.Condition, using random: inout RandomSource
  ) -> Int? {
    let seconds = watch.seconds(until: time, atMost: Factories.longestSilenceSeconds)
    if isFinished { beginOrder() }
    if condition == .stopped { stopSeconds += seconds }
    guard condition == .running else { return nil }
    drift += Double(Int.random(in: -10...10, using: &random)) / 1000
    drift = min(max(drift, -0.04), Self.mostTaktDrift)
    make(seconds / takt, using: &random)
    defer { stopSeconds = 0 }
    return stopSeconds > 0 ? Int(stopSeconds / 6) : nil
  }

  private var takt: Double { Double(job.taktSeconds) * (1 + drift) }

  private mutating func make(_ pieces: Double, using random: inout RandomSource) {
    pieceRest += pieces
    while pieceRest >= 1, good < job.pieces {
      pieceRest -= 1
      if random.happens(onceIn: 80) {
        scrap += 1
      } else {
        good += 1
        rework += random.happens(onceIn: 120) ? 1 : 0
      }
    }
    isFinished = good == job.pieces
  }

  private mutating func beginOrder() {
    number += 1
    good = 0
    scrap = 0
    rework = 0
    pieceRest = 0
    isFinished = false
  }

  // MARK: What it says

  private func order(
    _ report: inout MachineReport, _ condition: MachineSchedule.Condition, using random: inout RandomSource
  ) -> String {
    let state = state(condition).orBroken("45", using: &random)
    return """
      "order":{"id":"WO-\(line.site)-\(number)","product":"\(job.product)","state":\(report.say("order_state", state))}
      """
  }

  private func pieces(_ report: inout MachineReport, using random: inout RandomSource) -> String {
    let planned = MachineValue(job.pieces).orBroken("null", using: &random)
    let progress = MachineValue(Decimal(good * 1000 / job.pieces, decimals: 1))
    return """
      "pieces":{"planned":\(report.say("parts_planned", planned)),\
      "good":\(report.say("parts_good", MachineValue(good))),\
      "scrap":\(report.say("parts_bad", MachineValue(scrap))),\
      "rework":\(report.say("parts_reworked", MachineValue(rework)))},\
      "progress":\(report.say("order_progress", progress)),"takt":{\(takts(&report, using: &random))}
      """
  }

  /// Long ones are in minutes, to which the unit is added.
  private func takts(_ report: inout MachineReport, using random: inout RandomSource) -> String {
    let isLong = job.taktSeconds >= 600
    let (factor, unit) = isLong ? (60.0, " min") : (1.0, " s")
    let planned = MachineValue(isLong ? job.taktSeconds / 60 : job.taktSeconds, factor: factor)
    let actual = MachineValue(Decimal(Int(takt * 10 / factor), decimals: 1), factor: factor).quoted(unit)
    return """
      "planned":\(report.say("takt_time_planned", planned.quoted(unit))),\
      "actual":\(report.say("takt_time", actual.orBroken("0", using: &random)))
      """
  }

  private func stop(_ tenthsMinute: Int?, _ report: inout MachineReport) -> String {
    guard let tenthsMinute else { return "" }
    let minutes = MachineValue(Decimal(tenthsMinute, decimals: 1), factor: 60)
    return ",\"stop\":{\"minutes\":\(report.say("stop_time", minutes))}"
  }

  private func state(_ condition: MachineSchedule.Condition) -> MachineValue {
    if isFinished { return .state(90, "finished") }
    switch condition {
    case .running: return .state(20, "running")
    case .paused: return .state(30, "paused")
    case .changeover: return .state(40, "changeover")
    case .stopped: return .state(50, "stopped")
    case .off: return .state(10, "released")
    }
  }
}

import Telemetry

/// A doffing cart that speaks the profile `doffing-cart`: it fetches full bobbins and hands them over, to an AGV or to
/// the packing line. It sends what it has kept of the last half minute.
struct DoffingCart: SimulatedDevice {
  /// What it is about, in the numbers of its controller.
  private enum Task: Int {
    case idle = 0
    case travelling, doffing, waitingForAGV, handingToAGV, handingToPacking, charging
    case fault = 9
  }

  /// Who takes bobbins, in the words of its controller.
  private enum Receiver: String {
    case agv, packing

    /// As the profile names it.
    var name: String {
      switch self {
      case .agv: "agv"
      case .packing: "packing-line"
      }
    }
  }

  /// One that has ended.
  private struct Handover {
    let receiver: Receiver
    let seconds: Double
    let bobbins: Int
  }

  private static let recordSeconds = 10.0
  private static let recordsPerMessage = 3
  private static let places = 48

  let interval = Duration.seconds(30)
  private let device: String
  private let site: String
  private let line: String
  private let plan: ShiftPlan
  private var task = Task.idle
  private var remainingSeconds = 30.0
  private var taskSeconds = 30.0
  private var load = 0
  private var charge: Double
  private var doffed: Int
  private var packed = 0
  private var toAGV = 0
  private var toPacking = 0
  private var failed = 0
  private var watch = Stopwatch()

  init(_ device: String, number: Int, site: String, line: String, plan: ShiftPlan) {
    self.device = device
    self.site = site
    self.line = line
    self.plan = plan
    charge = Double(40 + number * 13 % 60)
    doffed = number * 4_800
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    let seconds = watch.seconds(until: time, atMost: Factories.longestSilenceSeconds)
    let count = min(max(Int(seconds / Self.recordSeconds), 1), Self.recordsPerMessage)
    var records: [String] = []
    var readings: [KnownReading] = []
    for place in 0..<count {
      let moment = time - .seconds(Self.recordSeconds * Double(count - 1 - place))
      var report = MachineReport(device, at: moment.wholeMilliseconds)
      records.append(record(after: seconds / Double(count), &report, using: &random))
      readings += report.readings
    }
    return SimulatedMessage(
      topic: "factory/\(site)/doffing/\(device)/log",
      payload: "{\"line\":\"\(line)\",\"records\":[\(records.joined(separator: ","))]}", readings: readings)
  }

  private mutating func record(
    after seconds: Double, _ report: inout MachineReport, using random: inout RandomSource
  ) -> String {
    let ended = advance(by: seconds, at: report.time, using: &random)
    let state = MachineValue.state(task.rawValue, Self.name(of: task)).orBroken("7", using: &random)
    let bobbins = MachineValue(load).orBroken("480", using: &random)
    let battery = MachineValue(Int(charge)).orBroken("255", using: &random)
    return """
      {"ts":\(report.time.milliseconds),"st":\(report.say("cart_state", state)),\
      "load":\(report.say("bobbins_loaded", bobbins)),\
      "n":{"doffed":\(report.say("bobbins_doffed", MachineValue(doffed))),\
      "packed":\(report.say("bobbins_packed", MachineValue(packed))),\
      "agv":\(report.say("handovers_agv", MachineValue(toAGV))),\
      "packing":\(report.say("handovers_packing", MachineValue(toPacking))),\
      "failed":\(report.say("handovers_failed", MachineValue(failed)))},\
      \(text(of: ended, &report))"soc":\(report.say("battery", battery))}
      """
  }

  private func text(of handover: Handover?, _ report: inout MachineReport) -> String {
    guard let handover else { return "" }
    let receiver = MachineValue.state(handover.receiver.rawValue, handover.receiver.name)
    return """
      "handover":{"to":\(report.say("handover_to", receiver)),\
      "ms":\(report.say("handover_time", MachineValue(Int(handover.seconds * 1000), factor: 0.001))),\
      "bobbins":\(report.say("handover_bobbins", MachineValue(handover.bobbins)))},
      """
  }

  // MARK: Tasks

  /// - Returns: a hand-over that has ended.
  private mutating func advance(
    by seconds: Double, at time: Timestamp, using random: inout RandomSource
  ) -> Handover? {
    charge = min(100, max(0, charge + seconds * (task == .charging ? 0.03 : -0.0025)))
    remainingSeconds -= seconds
    guard remainingSeconds <= 0 else { return nil }
    return end(isResting: plan.phase(at: time) == .rest, using: &random)
  }

  private mutating func end(isResting: Bool, using random: inout RandomSource) -> Handover? {
    switch task {
    case .idle where isResting: begin(.idle, 60...60, using: &random)
    case .idle where charge < 25: begin(.charging, 1200...1800, using: &random)
    case .idle: begin(.doffing, 120...240, using: &random)
    case .doffing:
      load = Self.places - (random.happens(onceIn: 5) ? 1 : 0)
      doffed += load
      begin(.travelling, 30...70, using: &random)
    case .travelling where load == 0: begin(.idle, 20...300, using: &random)
    case .travelling where random.happens(onceIn: 60): begin(.fault, 60...400, using: &random)
    case .travelling where random.happens(onceIn: 2): begin(.handingToPacking, 45...75, using: &random)
    case .travelling: begin(.waitingForAGV, 5...120, using: &random)
    case .waitingForAGV: begin(.handingToAGV, 28...52, using: &random)
    case .handingToAGV: return endHandover(to: .agv, using: &random)
    case .handingToPacking: return endHandover(to: .packing, using: &random)
    case .charging, .fault: begin(load == 0 ? .idle : .travelling, 20...60, using: &random)
    }
    return nil
  }

  /// One in forty has to be done again.
  private mutating func endHandover(to receiver: Receiver, using random: inout RandomSource) -> Handover? {
    guard !random.happens(onceIn: 40) else {
      failed += 1
      begin(task, 45...90, using: &random)
      return nil
    }
    let handover = Handover(receiver: receiver, seconds: taskSeconds, bobbins: load)
    switch receiver {
    case .agv: toAGV += 1
    case .packing:
      toPacking += 1
      packed += load
    }
    load = 0
    begin(.travelling, 30...70, using: &random)
    return handover
  }

  private mutating func begin(_ next: Task, _ seconds: ClosedRange<Double>, using random: inout RandomSource) {
    task = next
    taskSeconds = Double.random(in: seconds, using: &random)
    remainingSeconds = taskSeconds
  }

  private static func name(of task: Task) -> String {
    switch task {
    case .idle: "idle"
    case .travelling: "travelling"
    case .doffing: "doffing"
    case .waitingForAGV: "waiting-for-agv"
    case .handingToAGV: "handing-to-agv"
    case .handingToPacking: "handing-to-packing"
    case .charging: "charging"
    case .fault: "fault"
    }
  }
}

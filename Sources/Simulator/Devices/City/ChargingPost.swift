import Telemetry

/// A post of two to four connectors that speaks the profile `ev-charger`: most cars come between six and ten in the
/// evening.
struct ChargingPost: SimulatedDevice {
  let interval = Duration.seconds(30)

  private let device: String
  private let topic: String
  private let station: String
  private var connectors: [ChargingConnector]
  private var watch = Stopwatch()

  /// - Parameter number: from 1.
  init(number: Int, district: String) {
    device = "post-\(number)"
    topic = "city/\(district)/charger/\(device)/status"
    station = "\(district)-\((number - 1) / 8 % 5 + 1)"
    connectors = (1...(2 + number % 3)).map { ChargingConnector(number: $0, kilowattHours: number * 311 + $0 * 97) }
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    let hours = watch.hours(until: time, atMost: 0.5)
    let arrivals = Self.arrivalsPerHour(at: time.cityHour)
    var texts: [String] = []
    var readings: [KnownReading] = []
    for index in connectors.indices {
      connectors[index].pass(hours, arrivalsPerHour: arrivals, using: &random)
      let (text, known) = connectors[index].status(of: device, at: time, using: &random)
      texts.append(text)
      readings += known
    }
    return SimulatedMessage(
      topic: topic,
      payload: """
        {"ts":\(time.milliseconds),"station":"\(station)","connectors":[\(texts.joined(separator: ","))]}
        """,
      readings: readings)
  }

  /// Cars an hour for each connector that is free: few by night, some at noon, a queue in the evening.
  private static func arrivalsPerHour(at hour: Double) -> Double {
    switch hour {
    case 18..<22: 1.6
    case 11..<14: 0.7
    case 7..<18: 0.4
    default: 0.1
    }
  }
}

/// One connector: free, then a car that is made ready, charged and let go, or out of order.
struct ChargingConnector: Sendable {
  private enum Status: String {
    case available = "Available"
    case preparing = "Preparing"
    case charging = "Charging"
    case finishing = "Finishing"
    case faulted = "Faulted"
  }

  /// A car and what it has got.
  private struct Session {
    let capacityKilowattHours: Double
    let targetPercent: Double
    let mostKilowatts: Double
    var percent: Double
    var kilowattHours = 0.0
    var hours = 0.0
  }

  private let number: Int
  private var status = Status.available
  private var session: Session?
  private var ended: Session?
  private var kilowattHours: Double
  private var kilowatts = 0.0
  private var celsius = 30.0

  init(number: Int, kilowattHours: Int) {
    self.number = number
    self.kilowattHours = Double(kilowattHours)
  }

  /// What happens in so many hours.
  mutating func pass(_ hours: Double, arrivalsPerHour: Double, using random: inout RandomSource) {
    switch status {
    case .available:
      if random.happens(onceIn: 20_000) { status = .faulted }
      if Double.random(in: 0..<1, using: &random) < arrivalsPerHour * hours { status = .preparing }
    case .preparing: begin(using: &random)
    case .charging: charge(hours)
    case .finishing: status = .available
    case .faulted: if random.happens(onceIn: 50) { status = .available }
    }
    celsius += (30 + kilowatts * 0.25 - celsius) * min(1, hours * 6)
  }

  private mutating func begin(using random: inout RandomSource) {
    status = .charging
    session = Session(
      capacityKilowattHours: Double.random(in: 38...100, using: &random),
      targetPercent: Double.random(in: 75...100, using: &random),
      mostKilowatts: Double.random(in: 60...240, using: &random),
      percent: Double.random(in: 8...60, using: &random))
  }

  /// Above four fifths a battery takes less and less.
  private mutating func charge(_ hours: Double) {
    guard var session else { return }
    kilowatts = session.mostKilowatts * (session.percent < 80 ? 1 : max(0.1, (105 - session.percent) / 25))
    let missing = (session.targetPercent - session.percent) / 100 * session.capacityKilowattHours
    let given = min(missing, kilowatts * hours)
    session.kilowattHours += given
    session.percent += given / session.capacityKilowattHours * 100
    session.hours += hours
    kilowattHours += given
    self.session = session
    if given >= missing { end() }
  }

  private mutating func end() {
    ended = session
    session = nil
    kilowatts = 0
    status = .finishing
  }

  /// - Returns: its part of the message, as JSON, and what that says.
  mutating func status(
    of post: String, at time: Timestamp, using random: inout RandomSource
  ) -> (text: String, readings: [KnownReading]) {
    let power = Decimal(nearest: kilowatts, decimals: 1)
    let meter = Decimal(nearest: kilowattHours, decimals: 2)
    var text =
      "{\"no\":\(number),\"status\":\"\(status.rawValue)\",\"power\":\"\(power.text) kW\",\"meter\":\(meter.text)"
    var readings = DeviceReadings("\(post)/\(number)", at: time)
    readings.add("connector_state", state: status.rawValue.lowercased())
    readings.add("power", power.value)
    readings.add("energy", meter.value)
    if let session { text += current(of: session, into: &readings) }
    if let ended { text += account(of: ended, into: &readings) }
    ended = nil
    text += temperatures(into: &readings, using: &random) + "}"
    return (text, readings.all)
  }

  private func current(of session: Session, into readings: inout DeviceReadings) -> String {
    let volts = 350 + session.percent * 1.1
    let voltage = Decimal(nearest: volts, decimals: 1)
    let current = Decimal(nearest: kilowatts * 1000 / volts, decimals: 1)
    let percent = Int(session.percent)
    readings.add("voltage", voltage.value)
    readings.add("current", current.value)
    readings.add("vehicle_battery", Double(percent))
    return ",\"dc\":{\"u\":\(voltage.text),\"i\":\(current.text)},\"soc\":\(percent)"
  }

  private func account(of session: Session, into readings: inout DeviceReadings) -> String {
    let energy = Decimal(nearest: session.kilowattHours, decimals: 2)
    let minutes = Int((session.hours * 60).rounded())
    readings.add("session_energy", energy.value)
    readings.add("session_time", Double(minutes) * 60)
    return ",\"ended\":{\"kwh\":\(energy.text),\"minutes\":\(minutes)}"
  }

  /// The probe in the plug is cut now and then.
  private func temperatures(into readings: inout DeviceReadings, using random: inout RandomSource) -> String {
    let isCut = random.happens(onceIn: 300)
    let plug = Int(celsius)
    let module = Int(celsius + kilowatts * 0.05)
    readings.add("connector_temperature", isCut ? nil : Double(plug))
    readings.add("case_temperature", Double(module))
    return ",\"t\":{\"plug\":\(isCut ? 255 : plug),\"module\":\(module)}"
  }
}

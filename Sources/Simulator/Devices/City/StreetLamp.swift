import Telemetry

/// A solar lamp that speaks the profile `street-lamp`: it shines from sunset to sunrise, at half power in the small
/// hours, out of a battery that its panel charges by day.
struct StreetLamp: SimulatedDevice {
  private static let port = 10
  private static let batteryWattHours = 900.0
  private static let panelWatts = 120.0
  private static let lampWatts = 40.0
  private static let roads = ["donghu-street", "wenling-road", "fengze-street", "jiangbin-road", "citong-road"]

  private enum Fault: Int {
    case none, lamp, battery, panel
  }

  let interval = Duration.seconds(600)
  let traits = DeviceTraits(identity: .message)

  private let eui: String
  private let name: String
  private let topic: String
  private let road: String
  private let fault: Fault
  private var charge: Double
  /// Watt hours in all its life.
  private var consumed: Double
  private var gained: Double
  private var watch = Stopwatch()

  /// - Parameter number: from 1.
  init(number: Int, district: String) {
    eui = "a84041" + Hex.text(UInt64(number), digits: 10)
    name = "lamp-\(number)"
    topic = "city/\(district)/lamps/device/\(eui)/event/up"
    road = Self.roads[number % Self.roads.count]
    fault = number % 197 == 0 ? .lamp : number % 331 == 0 ? .panel : number % 449 == 0 ? .battery : .none
    charge = Self.batteryWattHours * (0.55 + 0.4 * Double(number % 37) / 37)
    consumed = Double(150_000 + number * 7)
    gained = consumed * 1.2
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let sun = Sun.sineOfElevation(at: time)
    let dimming = sun < Sun.sineOfHorizon && fault != .lamp ? (5..<23).contains(time.cityHour) ? 100 : 50 : 0
    let lampWatts = Double(dimming) / 100 * Self.lampWatts
    let light = max(0, sun) * (1 - 0.75 * Weather.cloudCover(at: time))
    let panelWatts = fault == .panel ? 0 : charged(light * Self.panelWatts, lampWatts, at: time)
    let state = State(
      charge: Int((charge / Self.batteryWattHours * 100).rounded()), panelDeciwatts: Int(panelWatts * 10),
      lampDeciwatts: dimming == 0 ? 0 : Int(lampWatts * 10 + random.noise(4)), dimming: dimming,
      caseCelsius: Int(Weather.temperatureCelsius(at: time) + light * 18 + random.noise(1)))
    return message(of: state, at: time, using: &random)
  }

  /// Moves what has flowed since the last message into and out of the battery.
  ///
  /// - Returns: the watts that the panel gives: no more than the lamp takes where the battery is full.
  private mutating func charged(_ offered: Double, _ lampWatts: Double, at time: Timestamp) -> Double {
    let hours = watch.hours(until: time, atMost: 3)
    let isFull = charge >= Self.batteryWattHours * 0.995
    let taken = isFull ? min(offered, lampWatts + 2) : offered
    charge = min(Self.batteryWattHours, max(0, charge + (taken * 0.9 - lampWatts - 0.5) * hours))
    consumed += lampWatts * hours
    gained += taken * hours
    return taken
  }

  /// What is told in whole numbers.
  private struct State {
    let charge: Int
    let panelDeciwatts: Int
    let lampDeciwatts: Int
    let dimming: Int
    let caseCelsius: Int
    /// 12 to 14.2 V of a battery of lithium iron phosphate.
    var centivolts: Int { 1200 + charge * 22 / 10 }
    var lamp: Int { dimming == 0 ? 0 : dimming == 100 ? 1 : 2 }
  }

  private func message(
    of state: State, at time: Timestamp, using random: inout RandomSource
  ) -> SimulatedMessage {
    // The gauge of the battery has nothing to say, or says more than there is.
    let isMissing = fault == .battery || random.happens(onceIn: 400)
    let charge = isMissing ? 0xFF : random.happens(onceIn: 400) ? 140 : state.charge
    let panel = fault == .panel ? 0xFFFF : state.panelDeciwatts
    let payload = NetworkServerUplink.chirpStack(
      eui: eui, name: name, profile: "Solar lamp", tags: "{\"road\":\"\(road)\"}", port: Self.port,
      bytes: bytes(state, charge: charge, panel: panel), at: time, using: &random)
    var readings = DeviceReadings(eui, at: time)
    readings.add("battery", charge > 100 ? nil : Double(charge))
    readings.add("battery_voltage", Double(state.centivolts) * 0.01)
    readings.add("panel_power", fault == .panel ? nil : Double(panel) * 0.1 * 0.001)
    readings.add("power", Double(state.lampDeciwatts) * 0.1 * 0.001)
    readings.add("lamp", state: ["off", "on", "low"][state.lamp])
    readings.add(
      "lamp_status", state: ["ok", "defective-lamp", "defective-battery", "defective-panel"][fault.rawValue])
    readings.add("dimming", Double(state.dimming))
    readings.add("energy", Double(Int(consumed)) * 0.001)
    readings.add("panel_energy", Double(Int(gained)) * 0.001)
    readings.add("case_temperature", Double(state.caseCelsius))
    return SimulatedMessage(topic: topic, payload: payload, readings: readings.all)
  }

  private func bytes(_ state: State, charge: Int, panel: Int) -> [UInt8] {
    var fields = BinaryFields()
    fields.append(charge, bytes: 1)
    fields.append(state.centivolts, bytes: 2)
    fields.append(panel, bytes: 2)
    fields.append(state.lampDeciwatts, bytes: 2)
    fields.append(state.lamp | fault.rawValue << 4, bytes: 1)
    fields.append(state.dimming, bytes: 1)
    fields.append(Int(consumed), bytes: 4)
    fields.append(Int(gained), bytes: 4)
    fields.append(state.caseCelsius, bytes: 1)
    return fields.bytes
  }
}

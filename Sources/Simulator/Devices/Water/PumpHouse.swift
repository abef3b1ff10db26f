import Telemetry

/// The pumps of a water plant, in one message of the profile `water-pumps`: three that run as the flow wants it, and one
/// that stands by.
struct PumpHouse: SimulatedDevice {
  private static let pumps = 4
  private static let efficiency = 0.75
  private static let lowestHertz = 32.0
  private static let highestHertz = 50.0

  let interval = Duration.seconds(30)

  private let house: String
  private let topic: String
  private let plant: Int
  private let noise: MeterNoise
  /// What one pump moves, in m³/h: three of them the most that the plant sends out.
  private let pumpFlow: Double
  private static let built = Timestamp(seconds: 1_483_228_800)

  /// - Parameter plant: from 0.
  init(plant: Int, district: District) {
    house = "plant-\(plant + 1)"
    topic = "city/\(district.rawValue)/water/\(house)/pumps"
    self.plant = plant
    noise = MeterNoise(house + "/pumps")
    pumpFlow = WaterBalance.sendOut[plant].greatest / Double(Self.pumps - 1)
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    var chance = noise.chance(at: time)
    var texts: [String] = []
    var readings: [KnownReading] = []
    for pump in 0..<Self.pumps {
      let state = state(of: pump, at: time, &chance)
      let name = "p\(pump + 1)"
      texts.append("\"\(name)\":\(state.text)")
      readings += state.readings(of: "\(house)/\(name)", at: time)
    }
    return SimulatedMessage(
      topic: topic, payload: "{\"time\":\"\(time.cityText)\",\"pumps\":{\(texts.joined(separator: ","))}}",
      readings: readings)
  }

  private struct State {
    let isRunning: Bool
    /// Nil where the drive's counter is not heard.
    let hours: Decimal?
    let kilowatts: Decimal
    let hertz: Decimal

    var text: String {
      "{\"state\":\(isRunning ? 1 : 0),\"hours\":\(hours.text),\"kw\":\(kilowatts.text),\"hz\":\(hertz.text)}"
    }

    func readings(of device: String, at time: Timestamp) -> [KnownReading] {
      var readings = DeviceReadings(device, at: time)
      readings.add("pump", state: isRunning ? "running" : "stopped")
      readings.add("running_time", hours.map { $0.value * 3600 })
      readings.add("power", kilowatts.value)
      readings.add("drive_frequency", hertz.value)
      return readings.all
    }
  }

  /// The first runs all day, the second and the third where those before them cannot do it alone.
  private func state(of pump: Int, at time: Timestamp, _ chance: inout RandomSource) -> State {
    let flow = WaterBalance.sendOut[plant].value(at: time)
    let threshold = Double(pump) * pumpFlow
    let isRunning = flow > threshold
    let share = flow / (pumpFlow * (flow / pumpFlow).rounded(.up))
    // m³/h × kPa ÷ 3600 is kW.
    let pressure = WaterBalance.outletPressureKilopascals(of: plant, at: time)
    let kilowatts = isRunning ? share * pumpFlow * pressure / 3600 / Self.efficiency + abs(chance.noise(1)) : 0
    let hertz = isRunning ? Self.lowestHertz + share * (Self.highestHertz - Self.lowestHertz) : 0
    return State(
      isRunning: isRunning,
      hours: chance.happens(onceIn: 500) ? nil : Decimal(nearest: hours(above: threshold, until: time), decimals: 2),
      kilowatts: Decimal(nearest: kilowatts, decimals: 1), hertz: Decimal(nearest: hertz, decimals: 1))
  }

  private func hours(above threshold: Double, until time: Timestamp) -> Double {
    let curve = WaterBalance.sendOut[plant]
    return (curve.secondsAbove(threshold, until: time) - curve.secondsAbove(threshold, until: Self.built)) / 3600
  }
}

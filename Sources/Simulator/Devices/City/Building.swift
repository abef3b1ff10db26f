import Telemetry

/// A building whose management system speaks the profile `building-energy`: it works from Monday to Friday, and cools
/// where it is warm outside.
struct Building: SimulatedDevice {
  let interval = Duration.seconds(60)

  private let device: String
  private let topic: String
  /// Of a normal office block.
  private let size: Double
  /// On the roof.
  private let solarKilowatts: Double
  private var energy: Double
  private var coolingEnergy: Double
  private var savedEnergy: Double
  private var watch = Stopwatch()

  /// - Parameter number: from 1.
  init(number: Int, district: String) {
    device = "building-\(number)"
    topic = "city/\(district)/building/campus-\((number - 1) / 8 % 4 + 1)/\(device)/energy"
    size = 0.4 + Double(number % 11) * 0.25
    solarKilowatts = number % 4 == 0 ? 220 : 0
    energy = Double(200_000 + number * 911)
    coolingEnergy = energy * 0.4
    savedEnergy = energy * 0.06
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    let presence = Self.presence(at: time)
    let outside = Weather.temperatureCelsius(at: time)
    let cooling = size * presence * max(0, outside - 16) * 14
    let sun = max(0, Sun.sineOfElevation(at: time)) * (1 - 0.75 * Weather.cloudCover(at: time))
    let power = size * (40 + 180 * presence) + cooling - solarKilowatts * sun + random.noise(3)
    let hours = watch.hours(until: time, atMost: 1)
    energy += max(0, power) * hours
    coolingEnergy += cooling * hours
    savedEnergy += cooling * 0.18 * hours
    return message(presence: presence, cooling: cooling, power: power, at: time, using: &random)
  }

  /// From 0, nobody, to 1.
  private static func presence(at time: Timestamp) -> Double {
    // 1970 began on a Thursday.
    let isWeekend = (time.cityDay + 3) % 7 >= 5
    switch time.cityHour {
    case 7..<8.5, 18..<20: return isWeekend ? 0 : 0.4
    case 8.5..<18: return isWeekend ? 0.1 : 1
    default: return 0
    }
  }

  private func message(
    presence: Double, cooling: Double, power: Double, at time: Timestamp, using random: inout RandomSource
  ) -> SimulatedMessage {
    var points = NeuronPoints(device, at: time)
    let warming = cooling > 0 ? 4.5 : 0.3
    points.add("AC_Supply_T", as: "supply_temperature", 7.2 + random.noise(0.4), decimals: 1)
    points.add("AC_Return_T", as: "return_temperature", 7.2 + warming + random.noise(0.4), decimals: 1)
    points.add("AC_P", as: "air_conditioning_power", cooling, decimals: 1)
    points.add("AC_E", as: "air_conditioning_energy", coolingEnergy, decimals: 1)
    points.add("Main_P", as: "power", power, decimals: 1)
    points.add("Main_E", as: "energy", energy, decimals: 1)
    points.add("Saved_E", as: "energy_saved", savedEnergy, decimals: 1)
    points.add("Room_T", as: "temperature", 25 + random.noise(0.8), decimals: 1)
    points.add("Room_RH", as: "humidity", 52 + random.noise(4), decimals: 0)
    if random.happens(onceIn: 150) {
      points.addError(3004, "Room_CO2", as: "co2")
    } else {
      points.add("Room_CO2", as: "co2", 420 + 500 * presence + random.noise(30), decimals: 0, factor: 0.0001)
    }
    points.add(
      "Occupancy", as: "occupancy", presence > 0.3 ? 0 : presence > 0 ? 2 : 1, ["occupied", "unoccupied", "standby"])
    return SimulatedMessage(
      topic: topic, payload: points.payload(node: "bms", group: "energy"), readings: points.readings)
  }
}

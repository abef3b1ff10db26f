import Glibc
import Telemetry

/// A platform of cages at sea that speaks the profile `sea-cage`: the current goes with the tide, the oxygen with the
/// light, and feed is blown in every five minutes of two hours a day.
struct SeaCage: SimulatedDevice {
  private static let feedingHours: [Range<Double>] = [6.5..<7.5, 16.5..<17.5]
  private static let doseSeconds: Int64 = 300

  let interval = Duration.seconds(120)
  let traits = DeviceTraits(clock: .ownElseReceipt, identity: .message)

  private let device: String
  private let topic: String
  private let depthMetres: Double
  private let fishTonnes: Double
  private var sequence = 0
  /// The last dose that was told, or could have been.
  private var lastDose: Int64?

  /// - Parameter number: from 1.
  init(number: Int, district: String) {
    device = "cage-\(number)"
    topic = "city/\(district)/sea-cage/bay-\(number % 3 + 1)/\(device)/property/post"
    depthMetres = 16 + Double(number % 5) * 3
    fishTonnes = 60 + Double(number % 4) * 25
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    sequence += 1
    var properties = AlinkProperties(device, at: time)
    addWater(to: &properties, at: time, using: &random)
    addCurrent(to: &properties, at: time)
    let light = max(0, Sun.sineOfElevation(at: time))
    properties.add("BatteryLevel", as: "battery", 72 + 25 * light + random.noise(1), decimals: 0)
    if let dose = doseDue(at: time) {
      let kilograms = fishTonnes * 12 / 24 * (1 + random.noise(0.15))
      properties.add("FeedAmount", as: "feed", kilograms, decimals: 1, at: Timestamp(seconds: dose * Self.doseSeconds))
    }
    return SimulatedMessage(
      topic: topic, payload: properties.payload(id: "\(time.milliseconds)\(sequence)"), readings: properties.readings)
  }

  private func addWater(
    to properties: inout AlinkProperties, at time: Timestamp, using random: inout RandomSource
  ) {
    let light = max(0, Sun.sineOfElevation(at: time))
    let season = Weather.temperatureCelsius(at: time) - 20
    properties.add("WaterTemp", as: "water_temperature", 20.5 + 0.45 * season + random.noise(0.1), decimals: 2)
    // A fouled probe reads below zero.
    let isFouled = random.happens(onceIn: 200)
    properties.add(
      "DO", as: "dissolved_oxygen", isFouled ? -1.5 : 6.2 + 1.4 * light + random.noise(0.1), decimals: 2,
      isBad: isFouled)
    properties.add("Salinity", as: "salinity", 31.5 + random.noise(0.3), decimals: 1, factor: 0.1)
    if random.happens(onceIn: 300) {
      properties.addNull("PH", as: "ph")
    } else {
      properties.add("PH", as: "ph", 8.05 + 0.1 * light + random.noise(0.03), decimals: 2)
    }
  }

  /// The flood runs to the north-west, into the bay, and the ebb out of it.
  private func addCurrent(to properties: inout AlinkProperties, at time: Timestamp) {
    let rise = Tide.metresPerHour(at: time)
    let speed = Decimal(nearest: abs(rise) * 55, decimals: 0)
    properties.add("CurrentSpeed", as: "flow_velocity", speed.value, decimals: 0, factor: 0.01)
    properties.add("CurrentDir", as: "flow_direction", rise > 0 ? 315 : 135, decimals: 0)
    properties.add("Depth", as: "water_depth", depthMetres + Tide.metres(at: time), decimals: 2)
  }

  /// The number of the dose that was given since the last message; of several the last.
  private mutating func doseDue(at time: Timestamp) -> Int64? {
    let dose = time.seconds / Self.doseSeconds
    defer { lastDose = dose }
    guard let lastDose, dose > lastDose else { return nil }
    let hour = Timestamp(seconds: dose * Self.doseSeconds).cityHour
    return Self.feedingHours.contains { $0.contains(hour) } ? dose : nil
  }
}

import Telemetry

/// A station at a river or a plant's intake that speaks the profile `water-quality-station`: packets of HJ 212.
struct QualityStation: SimulatedDevice {
  private static let surfaceWater = "21"
  /// Flags of a value that is not to go by: calibration, fault, maintenance, no connection.
  private static let badFlags: [Character] = ["C", "D", "M", "B"]

  let interval = Duration.seconds(300)

  private let station: String
  private let topic: String
  private let reservoir: ReservoirBalance
  private let noise: MeterNoise

  /// - Parameter number: from 1.
  init(number: Int, district: District) {
    station = "QZ3505SW\(1000 + number)"
    topic = "city/\(district.rawValue)/water-quality/reach-\(number)/up"
    reservoir = WaterBalance.reservoirs[(number - 1) % WaterBalance.reservoirs.count]
    noise = MeterNoise(station)
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeSecond
    var chance = noise.chance(at: time)
    var writer = HJ212Writer(station: station, system: Self.surfaceWater, at: time)
    let turbidity = reservoir.rain.turbidity.value(at: time)
    let celsius = 8 + 0.5 * Weather.temperatureCelsius(at: time)
    add("w01010", as: "water_temperature", celsius + chance.noise(0.1), decimals: 1, to: &writer, &chance)
    add("w01001", as: "ph", 7.4 + chance.noise(0.1), decimals: 2, to: &writer, &chance)
    // Less of it is dissolved where the water is warm.
    let oxygen = 12.5 - 0.2 * celsius + chance.noise(0.1)
    let isNegative = chance.happens(onceIn: 300)
    writer.add(
      "w01009", as: "dissolved_oxygen", Decimal(nearest: isNegative ? -0.2 : oxygen, decimals: 2), isBad: isNegative)
    add("w01014", as: "conductivity", 150 - 0.2 * turbidity + chance.noise(2), decimals: 1, to: &writer, &chance)
    add("w01003", as: "turbidity", turbidity + abs(chance.noise(0.5)), decimals: 1, to: &writer, &chance)
    // What rain washes into the river.
    let washed = 1 + turbidity / 200
    add("w01019", as: "permanganate_index", 2 * washed + chance.noise(0.1), decimals: 2, to: &writer, &chance)
    add("w21003", as: "ammonia_nitrogen", 0.15 * washed + abs(chance.noise(0.02)), decimals: 3, to: &writer, &chance)
    add("w21011", as: "total_phosphorus", 0.04 * washed + abs(chance.noise(0.005)), decimals: 3, to: &writer, &chance)
    add("w21001", as: "total_nitrogen", 1.1 * washed + abs(chance.noise(0.05)), decimals: 2, to: &writer, &chance)
    return SimulatedMessage(topic: topic, payload: writer.packet, readings: writer.readings)
  }

  /// Each value has its flag.
  private func add(
    _ factor: String, as metric: String, _ value: Double, decimals: Int, to writer: inout HJ212Writer,
    _ chance: inout RandomSource
  ) {
    let flag = chance.happens(onceIn: 250) ? Self.badFlags.randomElement(using: &chance)! : "N"
    writer.add(factor, as: metric, Decimal(nearest: value, decimals: decimals), flag: flag)
  }
}

import Telemetry

/// A works' outfall that speaks the profile `hj212`: packets of HJ 212 of waste water. More flows off by day.
struct Outfall: SimulatedDevice {
  private static let wasteWater = "32"
  private static let workingHours = 8.0..<20

  let interval = Duration.seconds(600)

  private let station: String
  private let topic: String
  private let noise: MeterNoise
  private let fullLitresPerSecond: Double

  /// - Parameter number: from 1.
  init(number: Int) {
    station = "QZ3505WW\(1000 + number)"
    topic = "hj212/works-\(number)/up"
    noise = MeterNoise(station)
    var chance = noise.ofDevice
    fullLitresPerSecond = Double.random(in: 8...40, using: &chance)
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeSecond
    var chance = noise.chance(at: time)
    let isWorking = Self.workingHours.contains(time.cityHour)
    // The meter of oxygen demand is calibrated at three in the morning.
    let isCalibrated = (3..<3.5).contains(time.cityHour)
    var writer = HJ212Writer(station: station, system: Self.wasteWater, at: time)
    writer.add("w01001", as: "ph", Decimal(nearest: 7.6 + chance.noise(0.4), decimals: 2))
    let demand = (isWorking ? 38.0 : 22) + chance.noise(4)
    writer.add("w01018", as: "cod", Decimal(nearest: demand, decimals: 1), flag: isCalibrated ? "C" : "N")
    writer.add("w21003", as: "ammonia_nitrogen", Decimal(nearest: demand / 20 + abs(chance.noise(0.3)), decimals: 3))
    writer.add("w21011", as: "total_phosphorus", Decimal(nearest: demand / 110, decimals: 3))
    writer.add("w21001", as: "total_nitrogen", Decimal(nearest: demand / 4 + abs(chance.noise(0.5)), decimals: 2))
    let litresPerSecond = fullLitresPerSecond * (isWorking ? 1 : 0.2) + abs(chance.noise(0.5))
    // The weir's gauge tells less than nothing now and then.
    let isNegative = chance.happens(onceIn: 200)
    writer.add(
      "w00000", as: "flow", Decimal(nearest: isNegative ? -1 : litresPerSecond, decimals: 2), factor: 3.6,
      isBad: isNegative)
    return SimulatedMessage(topic: topic, payload: writer.packet, readings: writer.readings)
  }
}

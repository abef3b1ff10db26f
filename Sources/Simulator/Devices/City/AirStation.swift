import Glibc
import Telemetry

/// A street station that speaks the profile `air-station`: nitrogen dioxide rises with the traffic, ozone with the sun,
/// and rain washes the dust out of the air.
struct AirStation: SimulatedDevice {
  /// What the bucket tips at.
  private static let tipMillimetres = 0.1

  let interval = Duration.seconds(60)
  /// A base time of little more than nothing counts from the receipt.
  let traits = DeviceTraits(clock: .ownElseReceipt)

  private let device: String
  private let topic: String
  /// How much traffic goes by, around 1.
  private let traffic: Double
  private let course: UInt64
  /// Rain that has not tipped the bucket yet.
  private var caughtMillimetres = 0.0
  private var watch = Stopwatch()

  /// - Parameter number: from 1.
  init(number: Int, district: String) {
    device = "air-\(number)"
    topic = "city/\(district)/air/street-\(number % 7 + 1)/\(device)/up"
    traffic = 0.6 + Double(number % 9) * 0.1
    course = UInt64(1000 + number)
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    // Whole seconds, as its base time has them.
    let time = Timestamp(seconds: time.seconds)
    var pack = SenMLWriter(device: device, baseName: "urn:dev:os:32473-\(device):", at: time)
    addDust(to: &pack, at: time, using: &random)
    addGases(to: &pack, at: time, using: &random)
    addWeather(to: &pack, at: time, using: &random)
    return SimulatedMessage(topic: topic, payload: pack.json, readings: pack.readings)
  }

  private func addDust(to pack: inout SenMLWriter, at time: Timestamp, using random: inout RandomSource) {
    let isWet = Weather.rainMillimetresPerHour(at: time) > 0
    let air = (8 + 45 * SmoothNoise.value(8, time, period: 2 * 86400) + 10 * rush(at: time)) * (isWet ? 0.5 : 1)
    // A fogged lens reads more than there can be.
    let isFogged = random.happens(onceIn: 250)
    let fine = isFogged ? 99_999 : max(1, air + random.noise(2))
    pack.add("pm2_5", unit: "ug/m3", isFogged ? 99_999 : fine, decimals: 1, isBad: isFogged)
    pack.add("pm10", unit: "ug/m3", max(2, air * 1.7 + random.noise(4)), decimals: 0)
  }

  private func addGases(to pack: inout SenMLWriter, at time: Timestamp, using random: inout RandomSource) {
    let light = max(0, Sun.sineOfElevation(at: time)) * (1 - 0.7 * Weather.cloudCover(at: time))
    pack.add("no2", unit: "ug/m3", 12 + 40 * rush(at: time) + random.noise(3), decimals: 1)
    // Zero gas goes through the analyser once in a while.
    if random.happens(onceIn: 200) {
      pack.addNull("so2", unit: "ug/m3")
    } else {
      pack.add("so2", unit: "ug/m3", 6 + random.noise(2), decimals: 1)
    }
    pack.add("o3", unit: "ug/m3", 35 + 110 * light + random.noise(5), decimals: 0)
    pack.add("co", unit: "mg/m3", 0.4 + 0.5 * rush(at: time) + random.noise(0.05), decimals: 2, factor: 1000)
  }

  private mutating func addWeather(to pack: inout SenMLWriter, at time: Timestamp, using random: inout RandomSource) {
    let local = SmoothNoise.value(course, time, period: 5400) - 0.5
    let direction = (Weather.windDegrees(at: time) + 30 * local + 360).truncatingRemainder(dividingBy: 360)
    let humidity = min(99, max(20, Weather.humidityPercent(at: time) + 5 * local))
    pack.add(
      "temperature", as: "air_temperature", unit: "Cel", Weather.temperatureCelsius(at: time) + local, decimals: 1)
    pack.add("humidity", unit: "%RH", humidity, decimals: 0)
    pack.add("pressure", unit: "hPa", Weather.pressureHectopascals(at: time), decimals: 1, factor: 0.1)
    pack.add("wind_speed", unit: "m/s", Weather.windMetresPerSecond(at: time) + random.noise(0.8), decimals: 1)
    pack.add("wind_direction", unit: "deg", direction, decimals: 0)
    let rain = Weather.rainMillimetresPerHour(at: time) * watch.hours(until: time, atMost: 0.5)
    pack.add("rain", as: "rainfall", unit: "mm", tipped(rain), decimals: 1, factor: 0.001)
  }

  /// Whole tips of the bucket; the rest waits for the next message.
  private mutating func tipped(_ millimetres: Double) -> Double {
    caughtMillimetres += millimetres
    let tips = (caughtMillimetres / Self.tipMillimetres).rounded(.down)
    caughtMillimetres -= tips * Self.tipMillimetres
    return tips * Self.tipMillimetres
  }

  /// How much of the traffic of the rush hours there is.
  private func rush(at time: Timestamp) -> Double {
    let morning = exp(-pow((time.cityHour - 8) / 1.5, 2))
    let evening = exp(-pow((time.cityHour - 18.5) / 2, 2))
    return traffic * (0.15 + max(morning, evening))
  }
}

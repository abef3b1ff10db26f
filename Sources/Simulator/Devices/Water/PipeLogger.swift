import Telemetry

/// A pressure logger in the network of a plant's zone that speaks the profile `pipe-pressure`: the more is drawn, the
/// lower the pressure.
struct PipeLogger: SimulatedDevice {
  private static let samples = 5
  private static let sampleInterval = Duration.seconds(60)
  /// What a sensor reads that is cut off.
  private static let cutOff = Decimal(65_535, decimals: 3)

  let interval = Duration.seconds(300)

  private let device: String
  private let topic: String
  private let zone: Int
  private let noise: MeterNoise
  /// Below the plant's outlet, for its height, and for its distance at the mean of a day.
  private let heightLossKilopascals: Double
  private let pathLossKilopascals: Double

  /// - Parameter number: from 1.
  init(number: Int, district: District) {
    device = "pipe-\(number)"
    topic = "city/\(district.rawValue)/pipe/\(device)/up"
    zone = district.waterZone
    noise = MeterNoise(device)
    var chance = noise.ofDevice
    heightLossKilopascals = Double.random(in: -20...60, using: &chance)
    pathLossKilopascals = Double.random(in: 8...35, using: &chance)
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    var texts: [String] = []
    var readings: [KnownReading] = []
    for back in (0..<Self.samples).reversed() {
      let sampled = time - Self.sampleInterval * back
      var chance = noise.chance(at: sampled)
      let isCutOff = chance.happens(onceIn: 500)
      let pressure = isCutOff ? Self.cutOff : pressure(at: sampled, &chance)
      var known = DeviceReadings(device, at: sampled)
      known.add("pressure", isCutOff ? nil : pressure.value * 1000)
      var text = "{\"t\":\(sampled.milliseconds),\"p\":\(pressure.text)"
      if back == 0 {
        let battery = Decimal(nearest: 3.55 + chance.noise(0.02), decimals: 2)
        known.add("battery_voltage", battery.value)
        text += ",\"bat\":\(battery.text)"
      }
      texts.append(text + "}")
      readings += known.all
    }
    return SimulatedMessage(
      topic: topic, payload: "{\"zone\":\"zone-\(zone + 1)\",\"samples\":[\(texts.joined(separator: ","))]}",
      readings: readings)
  }

  /// In MPa.
  private func pressure(at time: Timestamp, _ chance: inout RandomSource) -> Decimal {
    let load = WaterBalance.demand[zone].value(at: time) / WaterBalance.demand[zone].mean
    let kilopascals =
      WaterBalance.outletPressureKilopascals(of: zone, at: time) - heightLossKilopascals
      - pathLossKilopascals * load * load + chance.noise(1.5)
    return Decimal(nearest: kilopascals / 1000, decimals: 3)
  }
}

import Telemetry

/// A reservoir's gauges, which speak the profile `reservoir`.
struct ReservoirGauge: SimulatedDevice {
  private static let noLevel = "-99"

  let interval = Duration.seconds(60)

  private let device: String
  private let topic: String
  private let reservoir: ReservoirBalance
  private let noise: MeterNoise

  /// - Parameter number: from 0.
  init(number: Int, district: District) {
    device = "reservoir-\(number + 1)"
    topic = "city/\(district.rawValue)/reservoir/\(device)/up"
    reservoir = WaterBalance.reservoirs[number]
    noise = MeterNoise(device)
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeSecond
    var chance = noise.chance(at: time)
    let level = chance.happens(onceIn: 200) ? nil : Decimal(nearest: reservoir.levelMetres(at: time), decimals: 2)
    // In units of 10,000 m³.
    let storage = Decimal(nearest: reservoir.storageCubicMetres(at: time) / 10_000, decimals: 3)
    // Where waves disturb it, the flow that is made of levels comes out below nothing.
    let isDisturbed = chance.happens(onceIn: 400)
    let inflow = Decimal(nearest: isDisturbed ? -1.5 : reservoir.inflowCubicMetresPerSecond(at: time), decimals: 3)
    let outflow = Decimal(nearest: reservoir.outflowCubicMetresPerSecond(at: time), decimals: 3)
    var readings = DeviceReadings(device, at: time)
    readings.add("reservoir_level", level?.value)
    readings.add("storage_volume", storage.value * 10_000)
    readings.add("inflow", isDisturbed ? nil : inflow.value * 3600)
    readings.add("outflow", outflow.value * 3600)
    return SimulatedMessage(
      topic: topic,
      payload: """
        {"ts":\(time.seconds),"basin":"\(reservoir.basin)","level":\(level?.text ?? Self.noLevel),\
        "storage":\(storage.text),"in":\(inflow.text),"out":\(outflow.text)}
        """,
      readings: readings.all)
  }
}

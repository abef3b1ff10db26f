import Telemetry

/// A water plant that speaks the profile `water-plant`.
///
/// Its raw water is turbid after rain. Once a night its turbidity meter is cleaned and has no value.
struct Waterworks: SimulatedDevice {
  private static let cleaningHours = 0.2
  /// What is left of raw turbidity behind the filters.
  private static let passedShare = 0.003
  private static let noLevel = "9999"

  let interval = Duration.seconds(10)

  private let device: String
  private let topic: String
  private let plant: Int
  private let noise: MeterNoise
  /// What the totaliser counted before this system began.
  private let totalAtFirst: Double

  /// - Parameter plant: from 0.
  init(plant: Int, district: District) {
    device = "plant-\(plant + 1)"
    topic = "city/\(district.rawValue)/water/\(device)/telemetry"
    self.plant = plant
    noise = MeterNoise(device)
    totalAtFirst = Double(plant + 1) * 3_000_000 - WaterBalance.sendOut[plant].integral(until: Self.built) / 3600
  }

  private static let built = Timestamp(seconds: 1_420_070_400)

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    var chance = noise.chance(at: time)
    let reservoir = WaterBalance.mainReservoir(of: plant)
    let flow = WaterBalance.sendOut[plant].value(at: time)
    let raw = reservoir.rain.turbidity.value(at: time)
    let state = State(
      turbidity: isCleaning(at: time)
        ? nil : Decimal(nearest: 0.12 + raw * Self.passedShare + abs(chance.noise(0.03)), decimals: 2),
      rawTurbidity: Decimal(nearest: raw + abs(chance.noise(0.4)), decimals: 1),
      ph: Decimal(nearest: 7.3 + chance.noise(0.1), decimals: 2),
      chlorine: Decimal(nearest: 0.6 + chance.noise(0.05), decimals: 2),
      pressure: Decimal(
        nearest: WaterBalance.outletPressureKilopascals(of: plant, at: time) / 1000 + chance.noise(0.001), decimals: 3),
      flow: Decimal(nearest: flow, decimals: 1),
      total: Decimal(
        nearest: totalAtFirst + WaterBalance.sendOut[plant].integral(until: time) / 3600, decimals: 0),
      rawFlow: Decimal(nearest: WaterBalance.intake[plant].value(at: time), decimals: 1),
      level: chance.happens(onceIn: 300) ? nil : Decimal(nearest: reservoir.levelMetres(at: time), decimals: 2))
    return message(of: state, at: time)
  }

  private func isCleaning(at time: Timestamp) -> Bool {
    let begin = 2 + Double(plant)
    return (begin..<begin + Self.cleaningHours).contains(time.cityHour)
  }

  private struct State {
    let turbidity: Decimal?
    let rawTurbidity: Decimal
    let ph: Decimal
    let chlorine: Decimal
    let pressure: Decimal
    let flow: Decimal
    let total: Decimal
    let rawFlow: Decimal
    let level: Decimal?
  }

  private func message(of state: State, at time: Timestamp) -> SimulatedMessage {
    let payload = """
      {"time":"\(time.cityText)","raw":{"turbidity":\(state.rawTurbidity.text),"flow":\(state.rawFlow.text)},\
      "quality":{"turbidity":\(state.turbidity.text),"ph":\(state.ph.text),"chlorine":\(state.chlorine.text)},\
      "outlet":{"pressure":\(state.pressure.text),"flow":\(state.flow.text),"total":\(state.total.text)},\
      "reservoir":{"level":\(state.level?.text ?? Self.noLevel)}}
      """
    var readings = DeviceReadings(device, at: time)
    readings.add("turbidity", state.turbidity?.value)
    readings.add("raw_turbidity", state.rawTurbidity.value)
    readings.add("ph", state.ph.value)
    readings.add("residual_chlorine", state.chlorine.value)
    readings.add("outlet_pressure", state.pressure.value * 1000)
    readings.add("flow", state.flow.value)
    readings.add("totaliser", state.total.value)
    readings.add("raw_flow", state.rawFlow.value)
    readings.add("reservoir_level", state.level?.value)
    return SimulatedMessage(topic: topic, payload: payload, readings: readings.all)
  }
}

import Telemetry

/// The controller of a district's hot water pump, as Neuron and as OPC UA PubSub tell it.
struct PumpController: SimulatedDevice {
  /// By the built-in profile that reads it.
  enum Dialect: String, CaseIterable, Sendable {
    case neuron = "neuron"
    case opcua = "opcua-json"
  }

  private static let perMinute = 0.016666666666666666

  let interval = Duration.seconds(10)
  let traits: DeviceTraits

  private let dialect: Dialect
  private let number: Int

  init(number: Int, dialect: Dialect) {
    self.dialect = dialect
    self.number = number
    traits = DeviceTraits(clock: dialect == .opcua ? .ownElseReceipt : .own)
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    let load = 0.5 + 0.5 * SmoothNoise.value(UInt64(3000 + number), time, period: 3600)
    let celsius = 48 + 14 * load + random.noise(0.3)
    let kilopascals = random.happens(onceIn: 200) ? nil : 280 + 90 * load + random.noise(2)
    let perMinute = 1480 * load + random.noise(5)
    return dialect == .neuron
      ? neuron(celsius, kilopascals, perMinute, at: time) : opcua(celsius, kilopascals, perMinute, at: time)
  }

  /// - Parameter kilopascals: nil where the transmitter does not answer.
  private func neuron(
    _ celsius: Double, _ kilopascals: Double?, _ perMinute: Double, at time: Timestamp
  ) -> SimulatedMessage {
    var points = NeuronPoints("hot-water/pump-\(number)", at: time)
    points.add("Temperature", as: "temperature", celsius, decimals: 1)
    if let kilopascals {
      points.add("Pressure", as: "pressure", kilopascals, decimals: 1)
    } else {
      points.addError(2014, "Pressure", as: "pressure")
    }
    points.add("Speed", as: "motor_speed", perMinute, decimals: 0, factor: Self.perMinute)
    return SimulatedMessage(
      topic: "/neuron/hot-water/modbus/pumps", payload: points.payload(node: "pump-\(number)", group: "pumps"),
      readings: points.readings)
  }

  private func opcua(
    _ celsius: Double, _ kilopascals: Double?, _ perMinute: Double, at time: Timestamp
  ) -> SimulatedMessage {
    var fields = OPCUAFields("boiler-house/pump-\(number)", at: time)
    fields.add("Temperature", as: "temperature", celsius, decimals: 1)
    if let kilopascals {
      fields.add("Pressure", as: "pressure", kilopascals, decimals: 1)
    } else {
      fields.addNull("Pressure", as: "pressure")
    }
    fields.add("Speed", as: "motor_speed", perMinute, decimals: 0, factor: Self.perMinute)
    return SimulatedMessage(
      topic: "opcua/json/data/boiler-house/pumps/pump-\(number)", payload: fields.payload(publisher: "boiler-house"),
      readings: fields.readings)
  }
}

import Telemetry

/// A meter of water out in the field: of a well's level and of a pipe's flow, in each of the formats that such meters
/// speak.
struct FieldMeter: SimulatedDevice {
  /// By the built-in profile that reads it.
  enum Dialect: String, CaseIterable, Sendable {
    case logger = "csv"
    case binary = "binary-meter"
    case theThingsStack = "ttn-v3"
    case chirpStack = "chirpstack-v4"
    case waterResource = "szy206"
  }

  let interval = Duration.seconds(300)
  let traits: DeviceTraits

  let dialect: Dialect
  /// From 1, among those of its dialect.
  let number: Int
  private var litres: Double
  private var watch = Stopwatch()

  init(number: Int, dialect: Dialect) {
    self.number = number
    self.dialect = dialect
    litres = Double(number * 1_234_567)
    switch dialect {
    // A line that is whole is read, whatever stands behind it.
    case .logger: traits = DeviceTraits(isRefusedWhole: false)
    case .chirpStack: traits = DeviceTraits(identity: .message)
    case .binary, .theThingsStack, .waterResource: traits = DeviceTraits()
    }
  }

  /// What it measures, in whole steps.
  struct State {
    let litres: Int
    /// Nil where the sensor is out of the water.
    let litresPerHour: Int?
    let levelMillimetres: Int
    let batteryPercent: Int
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let demand = 200 + 900 * SmoothNoise.value(UInt64(4000 + number), time, period: 5400)
    litres += demand * watch.hours(until: time, atMost: 6)
    let state = State(
      litres: Int(litres), litresPerHour: random.happens(onceIn: 100) ? nil : Int(demand),
      levelMillimetres: 4000 + number * 500 + Int(1500 * SmoothNoise.value(9, time, period: 86400)),
      batteryPercent: 90 - number * 3)
    switch dialect {
    case .logger: return logger(state, at: time)
    case .binary: return binary(state, at: time)
    case .theThingsStack, .chirpStack: return decoded(state, at: time, using: &random)
    case .waterResource: return waterResource(state, at: time, using: &random)
    }
  }

  // MARK: Dialects

  private func logger(_ state: State, at time: Timestamp) -> SimulatedMessage {
    let device = "well-\(number)"
    let level = Decimal(state.levelMillimetres, decimals: 3)
    let flow = state.litresPerHour.map { Decimal($0, decimals: 3) }
    var readings = DeviceReadings(device, at: time)
    readings.add("water_level", level.value)
    readings.add("flow", flow?.value)
    return SimulatedMessage(
      topic: "csv/\(device)/up",
      payload: "time,level,flow\n\(CivilTime(time, zoneOffset: 0).text),\(level.text),\(flow?.text ?? "")\n",
      readings: readings.all)
  }

  /// Mark, clock, litres, litres an hour, battery, alarms, CRC.
  private func binary(_ state: State, at time: Timestamp) -> SimulatedMessage {
    let time = Timestamp(seconds: time.seconds)
    let device = "park-meter-\(number)"
    var fields = BinaryFields()
    fields.append(0xA5, bytes: 1)
    fields.append(Int(time.seconds), bytes: 4)
    fields.append(state.litres, bytes: 4)
    fields.append(state.litresPerHour ?? 0xFFFF, bytes: 2)
    fields.append(state.batteryPercent, bytes: 1)
    fields.append(0, bytes: 1)
    let checksum = Int(ModbusChecksum.of(fields.bytes))
    fields.append(checksum & 0xFF, bytes: 1)
    fields.append(checksum >> 8, bytes: 1)
    var readings = DeviceReadings(device, at: time)
    readings.add("totaliser", Double(state.litres) * 0.001)
    readings.add("flow", state.litresPerHour.map { Double($0) * 0.001 })
    readings.add("battery", Double(state.batteryPercent))
    readings.add("water_leak", state: "no")
    readings.add("tamper", state: "no")
    return SimulatedMessage(topic: "binary/\(device)/up", payload: fields.bytes, readings: readings.all)
  }

  /// Numbers with their units, as a network server's decoder writes them.
  private func decoded(
    _ state: State, at time: Timestamp, using random: inout RandomSource
  ) -> SimulatedMessage {
    let isChirpStack = dialect == .chirpStack
    let device = isChirpStack ? "70b3d5" + Hex.text(UInt64(number), digits: 10) : "garden-meter-\(number)"
    let flow = state.litresPerHour.map { Decimal($0, decimals: 3).text } ?? "null"
    let object = "{\"volume\":\"\(state.litres) L\",\"flow\":\(flow),\"battery\":\(state.batteryPercent)}"
    var readings = DeviceReadings(device, at: time)
    readings.add("totaliser", Double(state.litres) * 0.001)
    readings.add("flow", state.litresPerHour.map { Decimal($0, decimals: 3).value })
    readings.add("battery", Double(state.batteryPercent))
    var bytes = BinaryFields()
    bytes.append(state.litres, bytes: 4)
    return SimulatedMessage(
      topic: isChirpStack ? "application/a2de/device/\(device)/event/up" : "v3/gardens@city/devices/\(device)/up",
      payload: isChirpStack
        ? NetworkServerUplink.chirpStack(
          eui: device, name: "Garden \(number)", profile: "Water meter", port: 2, bytes: bytes.bytes, object: object,
          at: time, using: &random)
        : NetworkServerUplink.theThingsStack(
          device: device, application: "gardens", port: 2, bytes: bytes.bytes, object: object, at: time),
      readings: readings.all)
  }

  private func waterResource(
    _ state: State, at time: Timestamp, using random: inout RandomSource
  ) -> SimulatedMessage {
    let time = Timestamp(seconds: time.seconds)
    let device = "350500\(1000 + number)"
    // A sensor that does not answer.
    let millimetres = random.happens(onceIn: 150) ? nil : state.levelMillimetres
    var readings = DeviceReadings(device, at: time)
    readings.add("water_level", millimetres.map { Decimal($0, decimals: 3).value })
    return SimulatedMessage(
      topic: "szy206/upper-jin/up", payload: WaterResourceFrame.level(millimetres, of: device, at: time),
      readings: readings.all)
  }
}

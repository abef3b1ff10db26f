import Telemetry

/// A sensor of a room's climate, in each of the formats that such sensors speak.
struct RoomSensor: SimulatedDevice {
  /// By the built-in profile that reads it.
  enum Dialect: String, CaseIterable, Sendable {
    case senMLJSON = "senml-json"
    case senMLCBOR = "senml-cbor"
    case lineProtocol = "line-protocol"
    case plainValue = "value"
    case thingsBoardDevice = "thingsboard-device"
    case thingsBoardGateway = "thingsboard-gateway"
    case alink = "alink"
    case tasmota = "tasmota"
    case zigbee = "zigbee2mqtt"
    case theThingsStackLPP = "ttn-lpp"
    case chirpStackLPP = "chirpstack-lpp"
  }

  let interval = Duration.seconds(300)
  let traits: DeviceTraits

  let dialect: Dialect
  /// From 1, among those of its dialect.
  let number: Int
  private let course: UInt64

  init(number: Int, dialect: Dialect) {
    self.number = number
    self.dialect = dialect
    traits = dialect.traits
    course = UInt64(2000 + number)
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let climate = climate(at: time, using: &random)
    switch dialect {
    case .senMLJSON, .senMLCBOR: return senML(climate, at: time)
    case .lineProtocol: return lineProtocol(climate, at: time)
    case .plainValue: return plainValue(climate, at: time)
    case .thingsBoardDevice, .thingsBoardGateway: return thingsBoard(climate, at: time)
    case .alink: return alink(climate, at: time)
    case .tasmota: return tasmota(climate, at: time)
    case .zigbee: return zigbee(climate, at: time)
    case .theThingsStackLPP, .chirpStackLPP: return lowPowerPayload(climate, at: time, using: &random)
    }
  }

  /// What it measures, in whole steps.
  struct Climate {
    /// Nil where the probe is broken.
    let deciCelsius: Int?
    let humidityPercent: Int
    let decihectopascals: Int
    let batteryPercent: Int

    var temperature: Decimal? { deciCelsius.map { Decimal($0, decimals: 1) } }
    var pressure: Decimal { Decimal(decihectopascals, decimals: 1) }
  }

  private func climate(at time: Timestamp, using random: inout RandomSource) -> Climate {
    let outside = Weather.temperatureCelsius(at: time)
    let room = 22 + 0.2 * (outside - 20) + 3 * (SmoothNoise.value(course, time, period: 7200) - 0.5)
    return Climate(
      deciCelsius: random.happens(onceIn: 120) ? nil : Int(room * 10 + random.noise(1)),
      humidityPercent: Int(0.8 * Weather.humidityPercent(at: time)),
      decihectopascals: Int(Weather.pressureHectopascals(at: time) * 10),
      batteryPercent: 95 - number * 7 % 60)
  }
}

extension RoomSensor.Dialect {
  fileprivate var traits: DeviceTraits {
    switch self {
    case .plainValue, .zigbee: DeviceTraits(clock: .receipt, identity: .none)
    case .senMLJSON, .senMLCBOR, .thingsBoardDevice, .thingsBoardGateway, .tasmota:
      DeviceTraits(clock: .ownElseReceipt)
    case .alink: DeviceTraits(clock: .ownElseReceipt, identity: .message)
    case .chirpStackLPP: DeviceTraits(identity: .message)
    // The lines before the damage are read.
    case .lineProtocol: DeviceTraits(isRefusedWhole: false)
    case .theThingsStackLPP: DeviceTraits()
    }
  }
}

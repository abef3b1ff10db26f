import Telemetry

/// A household's water meter that speaks the profile `household-water-meter`: a frame of CJ/T 188 in an uplink of
/// ChirpStack.
struct HouseholdMeter: SimulatedDevice {
  private static let port = 2
  private static let maker = "3301"
  private static let deviceProfile = "CJ/T 188 water meter"

  let interval = Duration.seconds(3600)

  private let eui: String
  private let name: String
  private let tags: String
  private let register: MeterRegister

  /// - Parameter number: from 1.
  init(number: Int, community: Community) {
    eui = "70b3d5c7" + Hex.text(UInt64(number), digits: 8)
    name = "meter-\(number)"
    tags = "{\"district\":\"\(community.district.rawValue)\",\"site\":\"\(community.name)\"}"
    register = MeterRegister(meter: Self.maker + String(3_505_000_000 + number))
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let reply = register.reply(of: eui, at: time.wholeSecond)
    let payload = NetworkServerUplink.chirpStack(
      eui: eui, name: name, profile: Self.deviceProfile, tags: tags, port: Self.port, bytes: reply.frame, at: time,
      using: &random)
    return SimulatedMessage(
      topic: "application/water/device/\(eui)/event/up", payload: payload, readings: reply.readings)
  }
}

/// A household's water meter on a wire, which speaks the profile `cjt188` once a day through its block's concentrator.
struct WiredMeter: SimulatedDevice {
  private static let maker = "7833"

  let interval = Duration.seconds(86400)

  private let meter: String
  private let topic: String
  private let register: MeterRegister

  /// - Parameters:
  ///   - number: from 1.
  ///   - block: from 1.
  init(number: Int, block: Int) {
    meter = Self.maker + String(3_506_000_000 + number)
    topic = "cjt188/block-\(block)/up"
    register = MeterRegister(meter: meter)
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let reply = register.reply(of: meter, at: time.wholeSecond)
    return SimulatedMessage(topic: topic, payload: reply.frame, readings: reply.readings)
  }
}

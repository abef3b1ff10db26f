import Telemetry

/// Who a vehicle is that speaks VDA 5050.
struct VehicleName: Sendable {
  let manufacturer: String
  let serial: String
  let site: String

  var device: String { "\(manufacturer)/\(serial)" }

  func topic(_ subject: String) -> String { "\(site)/uagv/v2/\(manufacturer)/\(serial)/\(subject)" }

  /// What every message begins with, without braces.
  func head(_ number: Int, at time: Timestamp) -> String {
    """
    "headerId":\(number),"timestamp":"\(CivilTime(time, zoneOffset: 0).text)","version":"2.0.0",\
    "manufacturer":"\(manufacturer)","serialNumber":"\(serial)"
    """
  }
}

/// The connection of a vehicle that speaks VDA 5050: the profile `vda5050-connection`.
///
/// It says that the vehicle is there; now and then that it has gone, by itself or in its last will, and is back.
struct VehicleConnection: SimulatedDevice {
  let interval = Duration.seconds(1800)
  private let name: VehicleName
  private var header = 0
  private var isOnline = false

  init(_ name: VehicleName) {
    self.name = name
  }

  var traits: DeviceTraits { DeviceTraits(clock: .receipt, identity: .none) }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    header += 1
    isOnline = !isOnline || !random.happens(onceIn: 6)
    let state = state(using: &random)
    var report = MachineReport(name.device, at: time)
    let payload = "{\(name.head(header, at: time)),\"connectionState\":\(report.say("connection", state))}"
    return SimulatedMessage(topic: name.topic("connection"), payload: payload, readings: report.readings)
  }

  private func state(using random: inout RandomSource) -> MachineValue {
    if isOnline { return .state("ONLINE", "online") }
    return random.happens(onceIn: 3) ? .state("OFFLINE", "offline") : .state("CONNECTIONBROKEN", "broken")
  }
}

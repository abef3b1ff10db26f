import Telemetry

/// A Shelly plug with a fridge behind it, as its statuses and as its notifications tell it.
struct SmartPlug: SimulatedDevice {
  /// By the built-in profile that reads it.
  enum Dialect: String, CaseIterable, Sendable {
    case status = "shelly-status"
    case events = "shelly-events"
  }

  let interval = Duration.seconds(60)
  let traits: DeviceTraits

  private let dialect: Dialect
  private let name: String
  private let course: UInt64
  private var wattHours = 0.0
  private var watch = Stopwatch()

  init(number: Int, dialect: Dialect) {
    self.dialect = dialect
    name = "\(dialect == .status ? "canteen" : "kitchen")-plug-\(number)"
    course = UInt64(5000 + number)
    wattHours = Double(number * 4321)
    traits =
      dialect == .status ? DeviceTraits(clock: .receipt, identity: .none) : DeviceTraits(clock: .ownElseReceipt)
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    // Quarters of a second stand exactly in seconds with a fraction.
    let time = Timestamp(microseconds: time.microseconds / 250_000 * 250_000)
    let isCooling = SmoothNoise.value(course, time, period: 1200) > 0.45
    let watts = Decimal(nearest: isCooling ? 85 + random.noise(4) : 1.5, decimals: 1)
    wattHours += watts.value * watch.hours(until: time, atMost: 1)
    let total = Decimal(nearest: wattHours, decimals: 3)
    // The meter has nothing to say while it starts.
    let volts = random.happens(onceIn: 150) ? nil : Decimal(nearest: 231 + random.noise(4), decimals: 1)
    let component =
      "{\"id\":0,\"output\":true,\"apower\":\(watts.text),\"voltage\":\(volts?.text ?? "null"),"
      + "\"aenergy\":{\"total\":\(total.text)}}"
    var readings = DeviceReadings("\(name)/switch:0", at: time)
    readings.add("power", watts.value * 0.001)
    readings.add("voltage", volts?.value)
    readings.add("energy", total.value * 0.001)
    readings.add("output", state: "on")
    return message(component, readings.all, at: time)
  }

  private func message(_ component: String, _ readings: [KnownReading], at time: Timestamp) -> SimulatedMessage {
    switch dialect {
    case .status:
      return SimulatedMessage(topic: "shellies/\(name)/status/switch:0", payload: component, readings: readings)
    case .events:
      let seconds = Decimal(Int(time.microseconds / 10_000), decimals: 2)
      return SimulatedMessage(
        topic: "shellies/\(name)/events/rpc",
        payload: """
          {"src":"\(name)","dst":"shellies/\(name)/events","method":"NotifyStatus","params":{"ts":\(seconds.text),\
          "switch:0":\(component)}}
          """,
        readings: readings)
    }
  }
}

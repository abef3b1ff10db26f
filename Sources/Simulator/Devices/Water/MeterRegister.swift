import Telemetry

/// What a household's water meter has counted, its frame by CJ/T 188, and what that says. It counts its part of what
/// `WaterBalance` says that households draw.
struct MeterRegister: Sendable {
  private enum Valve: UInt8 {
    case open = 0
    case closed = 1
    case fault = 3
  }

  /// 14 decimal digits, the maker's four first.
  private let meter: String
  private let noise: MeterNoise
  private let valve: Valve
  private let isBatteryLow: Bool
  /// What it draws: 1 is the mean of all; a closed valve lets nothing through.
  private let share: Double
  private let installed: Timestamp

  init(meter: String) {
    self.meter = meter
    noise = MeterNoise(meter)
    var chance = noise.ofDevice
    valve = chance.happens(onceIn: 400) ? .closed : chance.happens(onceIn: 700) ? .fault : .open
    isBatteryLow = chance.happens(onceIn: 60)
    share = valve == .closed ? 0 : Double.random(in: 0.3...1.7, using: &chance)
    installed = Timestamp(seconds: 1_640_966_400 + Int64.random(in: 0..<40_000_000, using: &chance))
  }

  /// - Parameters:
  ///   - device: as the profile names it.
  ///   - clock: in whole seconds.
  func reply(of device: String, at clock: Timestamp) -> (frame: [UInt8], readings: [KnownReading]) {
    var chance = noise.chance(at: clock)
    let volume = chance.happens(onceIn: 300) ? nil : hundredths(at: clock)
    let settled = hundredths(at: firstOfMonth(clock))
    let writer = CJT188Writer(
      meter: meter, volume: volume, settlementVolume: settled, clock: clock,
      status: valve.rawValue | (isBatteryLow ? 4 : 0))
    var readings = DeviceReadings(device, at: clock)
    readings.add("totaliser", volume.map { Double($0) / 100 })
    readings.add("settlement_volume", Double(settled) / 100)
    readings.add("valve", state: "\(valve)")
    readings.add("battery_low", state: isBatteryLow ? "yes" : "no")
    return (writer.frame, readings.all)
  }

  /// What it has counted, in hundredths of a cubic metre.
  private func hundredths(at time: Timestamp) -> Int {
    let course = WaterBalance.householdCourse
    let days = (course.integral(until: time) - course.integral(until: installed)) / 86400
    return max(0, Int((share * WaterBalance.householdCubicMetresPerDay * days * 100).rounded(.down)))
  }

  /// The midnight at which the month began in the city.
  private func firstOfMonth(_ time: Timestamp) -> Timestamp {
    let day = Int64(time.cityDigits.dropFirst(6).prefix(2)) ?? 1
    return Timestamp(seconds: (time.cityDay - day + 1) * 86400 - Timestamp.cityOffsetSeconds)
  }
}

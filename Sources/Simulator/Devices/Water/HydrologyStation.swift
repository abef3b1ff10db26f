import Telemetry

/// A river and rain station that speaks the profile `hydrology-station`, or `sl651` on its topic: frames of SL 651.
///
/// A timed report has the minute of its observation; a second one in a minute is an additional report, which has the
/// second of its sending, so that no two of a station have one time and other values. Each hour there is one with the
/// hour's rain.
struct HydrologyStation: SimulatedDevice {
  private static let parts = 12
  private static let partLength = Duration.seconds(300)
  private static let hour = Duration.seconds(3600)
  private static let alarmLevelMetres = 4.0
  private static let lowVolts = 11.6

  let interval = Duration.seconds(300)

  private let station: String
  private let topic: String
  private let reservoir: ReservoirBalance
  private let noise: MeterNoise
  private let zeroMetres: Double
  private let squareKilometres: Double
  private var serial: UInt16 = 0
  private var reportedMinute: Timestamp?
  private var reportedHour: Timestamp?
  /// After an hourly report comes a timed one, however fast the hours go by.
  private var isHourDue = false

  /// - Parameter number: from 1.
  init(number: Int, topic: String) {
    station = String(3_505_000_000 + number)
    self.topic = topic
    reservoir = WaterBalance.reservoirs[(number - 1) % WaterBalance.reservoirs.count]
    noise = MeterNoise(station)
    var chance = noise.ofDevice
    zeroMetres = Double.random(in: 3...60, using: &chance)
    squareKilometres = Double.random(in: 60...400, using: &chance)
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    serial &+= 1
    let hour = time.wholeHour
    if isHourDue, hour != reportedHour {
      reportedHour = hour
      isHourDue = false
      return hourlyReport(of: hour, at: time.wholeSecond)
    }
    reportedHour = reportedHour ?? hour
    isHourDue = true
    let isFirstOfMinute = time.wholeMinute != reportedMinute
    reportedMinute = time.wholeMinute
    return report(at: time.wholeSecond, isTimed: isFirstOfMinute)
  }

  // MARK: Reports

  private func report(at sent: Timestamp, isTimed: Bool) -> SimulatedMessage {
    let observed = isTimed ? sent.wholeMinute : sent
    var writer = SL651Writer(station: station, isTimed ? .timed : .additional, serial: serial, sentAt: sent)
    if isTimed { writer.observe(at: observed) }
    var chance = noise.chance(at: observed)
    var readings = DeviceReadings(station, at: observed)
    let depth = depthMetres(at: observed)
    let level = chance.happens(onceIn: 300) ? nil : Int(((zeroMetres + depth) * 1000).rounded())
    writer.add(0x39, level, width: 4, decimals: 3)
    readings.add("water_level", level.map { Double($0) / 1000 })
    let litresPerSecond = Int((riverFlow(at: observed) * 1000).rounded())
    writer.add(0x27, litresPerSecond, width: 4, decimals: 3)
    readings.add("flow", Double(litresPerSecond) / 1000 * 3600)
    let millimetresPerSecond = Int((400 * depth.squareRoot()).rounded())
    writer.add(0x37, millimetresPerSecond, width: 3, decimals: 3)
    readings.add("flow_velocity", Double(millimetresPerSecond) / 1000)
    addRain(at: observed, to: &writer, &readings)
    addStation(at: observed, isOverLevel: depth > Self.alarmLevelMetres, to: &writer, &readings, &chance)
    return SimulatedMessage(topic: topic, payload: writer.frame, readings: readings.all)
  }

  private func addRain(at time: Timestamp, to writer: inout SL651Writer, _ readings: inout DeviceReadings) {
    let total = tenthsOfRain(until: time)
    let sinceMorning = total - tenthsOfRain(until: hydrologicalDay(of: time))
    writer.add(0x20, sinceMorning, width: 3, decimals: 1)
    readings.add("rainfall_current", Double(sinceMorning) / 10 * 0.001)
    writer.add(0x26, total, width: 4, decimals: 1)
    readings.add("rainfall_total", Double(total) / 10 * 0.001)
  }

  private func addStation(
    at time: Timestamp, isOverLevel: Bool, to writer: inout SL651Writer, _ readings: inout DeviceReadings,
    _ chance: inout RandomSource
  ) {
    // A probe that is out of the water, or beyond all water, now and then.
    let isImpossible = chance.happens(onceIn: 300)
    let celsius = 8 + 0.5 * Weather.temperatureCelsius(at: time)
    let tenths = isImpossible ? 990 : max(0, Int((celsius * 10).rounded()))
    writer.add(0x03, tenths, width: 2, decimals: 1)
    readings.add("water_temperature", isImpossible ? nil : Double(tenths) / 10)
    let centivolts = Int(((12.4 + chance.noise(0.9)) * 100).rounded())
    writer.add(0x38, centivolts, width: 2, decimals: 2)
    readings.add("battery_voltage", Double(centivolts) / 100)
    let isOffMains = chance.happens(onceIn: 60)
    let isLow = Double(centivolts) / 100 < Self.lowVolts
    writer.add(state: (isOffMains ? 1 : 0) | (isLow ? 2 : 0) | (isOverLevel ? 4 : 0))
    readings.add("mains", state: isOffMains ? "off" : "on")
    readings.add("battery_low", state: isLow ? "yes" : "no")
    readings.add("level_alarm", state: isOverLevel ? "yes" : "no")
  }

  /// The rain of the hour before a full hour.
  private func hourlyReport(of hour: Timestamp, at sent: Timestamp) -> SimulatedMessage {
    var writer = SL651Writer(station: station, .hourly, serial: serial, sentAt: sent)
    let ends = (1...Self.parts).map { hour - Self.hour + Self.partLength * $0 }
    writer.observe(at: ends[0])
    var chance = noise.chance(at: hour)
    var readings: [KnownReading] = []
    let parts = ends.map { end -> Int? in
      let tenths = tenthsOfRain(until: end) - tenthsOfRain(until: end - Self.partLength)
      let part = chance.happens(onceIn: 400) ? nil : tenths
      var known = DeviceReadings(station, at: end)
      known.add("rainfall", part.map { Double($0) / 10 * 0.001 })
      readings += known.all
      return part
    }
    writer.add(hourlyRain: parts)
    return SimulatedMessage(topic: topic, payload: writer.frame, readings: readings)
  }

  // MARK: River

  /// In m³/s.
  private func riverFlow(at time: Timestamp) -> Double {
    squareKilometres * (0.01 + reservoir.rain.runoff.value(at: time))
  }

  private func depthMetres(at time: Timestamp) -> Double {
    (riverFlow(at: time) / 8).squareRoot()
  }

  /// Since the first fortnight of the year 2020.
  private func tenthsOfRain(until time: Timestamp) -> Int {
    let millimetres = reservoir.rain.depth(until: time) - reservoir.rain.depth(until: Self.installed)
    return max(0, Int((millimetres * 10).rounded(.down)))
  }

  private static let installed = Timestamp(seconds: 1_577_836_800)

  /// It begins at eight in the morning.
  private func hydrologicalDay(of time: Timestamp) -> Timestamp {
    Timestamp(seconds: time.seconds - (time.seconds % 86400 + 86400) % 86400)
  }
}

import Glibc
import Telemetry

/// A farm's controller that speaks the profile `mushroom-house` for all its houses.
struct MushroomFarm: SimulatedDevice {
  let interval = Duration.seconds(60)

  private let topic: String
  private var houses: [MushroomHouse]

  /// - Parameter number: from 1.
  init(number: Int, district: String, houses count: Int) {
    let site = "farm-\(number)"
    topic = "city/\(district)/mushroom/\(site)/telemetry"
    houses = (1...count).map { MushroomHouse(number: $0, site: site, ageDays: Double(number * 7 + $0 * 9)) }
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    var texts: [String] = []
    var readings: [KnownReading] = []
    for index in houses.indices {
      let (text, known) = houses[index].values(at: time, using: &random)
      texts.append(text)
      readings += known
    }
    return SimulatedMessage(topic: topic, payload: "{\(texts.joined(separator: ","))}", readings: readings)
  }
}

/// One house: its beds go through a crop in 60 days, its fan and its humidifier keep the air within the phase's bounds.
struct MushroomHouse: Sendable {
  private enum Phase: Int {
    case incubation = 1
    case pinning, fruiting, rest
  }

  private static let cropDays = 60.0

  private let name: String
  private let device: String
  /// Of its crop, on the first day of 1970.
  private let ageDays: Double

  init(number: Int, site: String, ageDays: Double) {
    name = "house-\(number)"
    device = "\(site)/\(name)"
    self.ageDays = ageDays
  }

  private func phase(at time: Timestamp) -> Phase {
    switch (time.seconds.days + ageDays).truncatingRemainder(dividingBy: Self.cropDays) {
    case ..<25: .incubation
    case ..<33: .pinning
    case ..<52: .fruiting
    default: .rest
    }
  }

  /// What the beds want: degrees, per cent of humidity, and parts per million of carbon dioxide at most.
  private static func climate(of phase: Phase) -> (celsius: Double, humidity: Double, carbonDioxide: Double) {
    switch phase {
    case .incubation: (24, 70, 5000)
    case .pinning: (15, 93, 900)
    case .fruiting: (17, 90, 1200)
    case .rest: (21, 80, 2000)
    }
  }

  /// - Returns: its part of the message, as JSON, and what that says.
  func values(
    at time: Timestamp, using random: inout RandomSource
  ) -> (text: String, readings: [KnownReading]) {
    let phase = phase(at: time)
    let wanted = Self.climate(of: phase)
    // The fan and the humidifier run in turns of some minutes.
    let turn = sin((time.seconds.days * 86400 / 900 + ageDays) * 2 * .pi)
    let outside = Weather.temperatureCelsius(at: time)
    let isLit = phase != .incubation && (8..<20).contains(time.cityHour)
    let fan = turn > 0.8 ? 2 : turn > 0 ? 1 : 0
    var values = HouseValues(device, at: time)
    // The probe's own word for no answer.
    let isCut = random.happens(onceIn: 300)
    values.add(
      "t_air", as: "temperature", isCut ? -127 : wanted.celsius + 0.04 * (outside - 20) + 0.5 * turn, 2, !isCut)
    values.add("t_bed", as: "substrate_temperature", wanted.celsius + 1.5 + random.noise(0.2), 2)
    // A wet hygrometer reads more than all.
    let isWet = random.happens(onceIn: 400)
    values.add("rh", as: "humidity", isWet ? 108 : min(99.5, wanted.humidity - 3 * turn + random.noise(1)), 1, !isWet)
    values.add("co2", as: "co2", wanted.carbonDioxide * (0.9 - 0.2 * turn) + random.noise(40), 0, factor: 0.0001)
    values.add("lux", as: "illuminance", isLit ? 350 + random.noise(20) : 0, 0)
    values.add("light", as: "lamp", isLit ? "true" : "false", state: isLit ? "on" : "off")
    values.add("fan", as: "fan", "\(fan)", state: ["off", "low", "high"][fan])
    values.add("mist", as: "humidifier", turn < -0.5 ? "true" : "false", state: turn < -0.5 ? "on" : "off")
    values.add(
      "phase", as: "growth_phase", "\(phase.rawValue)",
      state: ["incubation", "pinning", "fruiting", "rest"][phase.rawValue - 1])
    return ("\"\(name)\":[{\"ts\":\(time.milliseconds),\"values\":{\(values.text)}}]", values.readings)
  }
}

/// The members of one house's object, and what they say.
private struct HouseValues {
  private var known: DeviceReadings
  private var members: [String] = []

  init(_ device: String, at time: Timestamp) { known = DeviceReadings(device, at: time) }

  var text: String { members.joined(separator: ",") }
  var readings: [KnownReading] { known.all }

  mutating func add(
    _ key: String, as metric: String, _ value: Double, _ decimals: Int, _ isGood: Bool = true, factor: Double = 1
  ) {
    let number = Decimal(nearest: value, decimals: decimals)
    members.append("\"\(key)\":\(number.text)")
    known.add(metric, isGood ? number.value * factor : nil)
  }

  mutating func add(_ key: String, as metric: String, _ raw: String, state: String) {
    members.append("\"\(key)\":\(raw)")
    known.add(metric, state: state)
  }
}

extension Int64 {
  /// Seconds as days.
  fileprivate var days: Double { Double(self) / 86400 }
}

import Telemetry

/// A weighing bin that speaks the profile `kitchen-waste-bin`: it fills in the hours in which residents come, and is
/// emptied after them, or when it is full.
struct WeighingBin: SimulatedDevice {
  private static let depositsPerDay = 32.0
  private static let depositGrams = 200...3200
  private static let fullGrams = 60_000
  /// Trucks pass bins by that hold less.
  private static let leastGrams = 8000
  private static let longestHours = 0.5
  /// What a broken probe reads.
  private static let noTemperature = -999

  let interval = Duration.seconds(300)

  private let device: String
  private let topic: String
  private let community: String
  private var grams: Int
  private var uses: Int
  private var emptyings: Int
  private var watch = Stopwatch()
  private var hasSpoken = false

  /// - Parameter number: from 1.
  init(number: Int, community: Community) {
    device = "bin-" + String(String(10_000 + number).dropFirst())
    topic = "city/\(community.district.rawValue)/waste/\(device)/up"
    self.community = community.name
    grams = number * 997 % (Self.fullGrams / 2)
    uses = number * 131 % 9000
    emptyings = uses / 24
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    let isEmptied = emptyWhereDue(at: time, using: &random)
    let added = deposit(at: time, using: &random)
    let state = State(
      added: added, isUnderTare: added > 0 && random.happens(onceIn: 150), total: grams,
      temperature: random.happens(onceIn: 80) ? Self.noTemperature : tenthsFahrenheit(at: time, using: &random),
      millivolts: Int.random(in: 3300...3650, using: &random),
      isOpen: isEmptied || added > 0 && random.happens(onceIn: 6), hasChip: !random.happens(onceIn: 300))
    return message(of: state, at: time)
  }

  // MARK: What happens

  private mutating func emptyWhereDue(at time: Timestamp, using random: inout RandomSource) -> Bool {
    let isDue = WasteHours.isCollection(at: time) && grams > Self.leastGrams && random.happens(onceIn: 8)
    guard isDue || grams > Self.fullGrams * 95 / 100 else { return false }
    grams = 0
    emptyings += 1
    return true
  }

  /// - Returns: the grams that came since the last message.
  private mutating func deposit(at time: Timestamp, using random: inout RandomSource) -> Int {
    let passed = watch.hours(until: time, atMost: Self.longestHours)
    let hours = hasSpoken ? passed : interval.seconds / 3600
    hasSpoken = true
    let count = WasteHours.deposits(perDay: Self.depositsPerDay, hours: hours, at: time, using: &random)
    let added = (0..<count).reduce(0) { sum, _ in sum + Int.random(in: Self.depositGrams, using: &random) }
    grams += added
    uses += count
    return added
  }

  private func tenthsFahrenheit(at time: Timestamp, using random: inout RandomSource) -> Int {
    // What rots is warmer than the air.
    let celsius = Weather.temperatureCelsius(at: time) + 4 * Double(grams) / Double(Self.fullGrams) + random.noise(0.5)
    return Int((celsius * 18 + 320).rounded())
  }

  // MARK: What it says

  private struct State {
    let added: Int
    let isUnderTare: Bool
    let total: Int
    let temperature: Int
    let millivolts: Int
    let isOpen: Bool
    let hasChip: Bool
  }

  private func message(of state: State, at time: Timestamp) -> SimulatedMessage {
    let weight = Decimal(state.isUnderTare ? -state.added : state.added, decimals: 3)
    let total = Decimal(state.total, decimals: 3)
    let fill = min(100, state.total * 100 / Self.fullGrams)
    let chip = state.hasChip ? "{\"uses\":\(uses),\"emptied\":\(emptyings)}" : "{\"uses\":null,\"emptied\":null}"
    let payload = """
      {"ts":\(time.milliseconds),"community":"\(community)","weigh":{"kg":\(weight.text),"total":\(total.text)},\
      "fill":\(fill),"t":\(state.temperature),"bat":\(state.millivolts),"lid":\(state.isOpen ? 1 : 0),"chip":\(chip)}
      """
    var readings = DeviceReadings(device, at: time)
    readings.add("weight_added", state.isUnderTare ? nil : weight.value)
    readings.add("content_weight", total.value)
    readings.add("fill_level", Double(fill))
    readings.add(
      "temperature", state.temperature == Self.noTemperature ? nil : celsius(tenthsFahrenheit: state.temperature))
    readings.add("battery_voltage", Double(state.millivolts) * 0.001)
    readings.add("lid", state: state.isOpen ? "open" : "closed")
    readings.add("deposits", state.hasChip ? Double(uses) : nil)
    readings.add("emptyings", state.hasChip ? Double(emptyings) : nil)
    return SimulatedMessage(topic: topic, payload: payload, readings: readings.all)
  }

  /// In the steps of the documentation: raw × scale, then value × factor + offset.
  private func celsius(tenthsFahrenheit raw: Int) -> Double {
    let fahrenheit = Double(raw) * 0.1
    return fahrenheit * 0.5555555555555556 + -17.77777777777778
  }
}

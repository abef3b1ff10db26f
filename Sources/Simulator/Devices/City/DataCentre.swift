import Telemetry

/// A data centre that speaks the profile `data-centre`: its computers' load goes a little with the day, its cooling with
/// the weather, and so its power usage effectiveness.
struct DataCentre: SimulatedDevice {
  let interval = Duration.seconds(10)

  private let device: String
  private let topic: String
  /// Of the computers at their quietest.
  private let baseKilowatts: Double
  /// In megawatt hours.
  private var energy: Double
  private var computersEnergy: Double
  /// From 0 to 1.
  private var charge = 1.0
  /// Messages until the mains are back.
  private var outage = 0
  private var watch = Stopwatch()

  /// - Parameter number: from 1.
  init(number: Int, district: String) {
    device = "dc-\(number)"
    topic = "city/\(district)/data-centre/\(device)/energy"
    baseKilowatts = 1200 + Double(number) * 700
    computersEnergy = Double(30_000 + number * 8000)
    energy = computersEnergy * 1.34
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    let outside = Weather.temperatureCelsius(at: time)
    let computers = baseKilowatts * (1 + 0.12 * max(0, Sun.sineOfElevation(at: time))) + random.noise(15)
    let cooling = computers * (0.12 + 0.009 * max(0, outside - 8))
    let facility = computers * 1.08 + cooling
    let hours = watch.hours(until: time, atMost: 1)
    computersEnergy += computers * hours / 1000
    energy += facility * hours / 1000
    passOutage(hours, using: &random)
    var fields = OPCUAFields(device, at: time)
    fields.add("FacilityPower", as: "power", facility, decimals: 1)
    addComputers(computers, to: &fields, using: &random)
    fields.add("CoolingPower", as: "cooling_power", cooling, decimals: 1)
    fields.add("FacilityEnergy", as: "energy", energy, decimals: 3, factor: 1000)
    fields.add("ITEnergy", as: "it_energy", computersEnergy, decimals: 3, factor: 1000)
    fields.add("PUE", as: "pue", facility / computers, decimals: 3)
    addClimate(outside, to: &fields, using: &random)
    addSupply(computers, to: &fields)
    return SimulatedMessage(topic: topic, payload: fields.payload(publisher: device), readings: fields.readings)
  }

  /// The mains fail seldom, and for some messages.
  private mutating func passOutage(_ hours: Double, using random: inout RandomSource) {
    outage = outage > 0 ? outage - 1 : random.happens(onceIn: 10_000) ? 12 : 0
    charge = min(1, max(0.3, charge + (outage > 0 ? -4 : 0.5) * hours))
  }

  /// Its meter does not answer now and then.
  private func addComputers(_ kilowatts: Double, to fields: inout OPCUAFields, using random: inout RandomSource) {
    if random.happens(onceIn: 250) {
      fields.addError(0x808A_0000, "ITPower", as: "it_power")
    } else {
      fields.add("ITPower", as: "it_power", kilowatts, decimals: 1)
    }
  }

  private func addClimate(_ outside: Double, to fields: inout OPCUAFields, using random: inout RandomSource) {
    fields.add("ColdAisle", as: "cold_aisle_temperature", 22.5 + random.noise(0.5), decimals: 1)
    fields.add("HotAisle", as: "hot_aisle_temperature", 34 + random.noise(0.8), decimals: 1)
    fields.add("Humidity", as: "humidity", 47 + random.noise(3), decimals: 1)
    fields.add("Outdoor", as: "air_temperature", outside, decimals: 1)
  }

  private func addSupply(_ computers: Double, to fields: inout OPCUAFields) {
    fields.add("UPS", as: "ups", number: outage > 0 ? 2 : 1, state: outage > 0 ? "on-battery" : "online")
    fields.add("UPSLoad", as: "ups_load", computers / baseKilowatts * 42, decimals: 1)
    fields.add("UPSCharge", as: "battery", charge * 100, decimals: 0)
  }
}

import Telemetry

/// An AGV that speaks the profile `agv-telemetry`.
struct Vehicle: SimulatedDevice {
  let interval = Duration.seconds(1)
  private let device: String
  private let site: String
  private let line: String
  private var charge = 800
  private var odometer = 0
  private var x = 0
  private var y = 0

  init(number: Int, site: String) {
    device = number < 10 ? "agv-0\(number)" : "agv-\(number)"
    self.site = site
    line = "line-\(number % 3 + 1)"
    odometer = number * 1000
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    let state = charge < 200 ? "CHARGING" : random.happens(onceIn: 8) ? "IDLE" : "MOVING"
    let step = state == "MOVING" ? Int.random(in: 300...1500, using: &random) : 0
    charge = state == "CHARGING" ? min(1000, charge + 300) : max(0, charge - Int.random(in: 0...2, using: &random))
    odometer += step / 1000
    x += Int.random(in: -step...step, using: &random)
    y += Int.random(in: -step...step, using: &random)
    let isBad = random.happens(onceIn: 100)
    let soc = Decimal(isBad ? 6553 : charge, decimals: 1)
    let speed = Decimal(step, decimals: 3)
    let heading = Decimal(Int.random(in: 0..<3600, using: &random), decimals: 1)
    let east = Decimal(x, decimals: 3)
    let north = Decimal(y, decimals: 3)
    return SimulatedMessage(
      topic: "factory/\(site)/agv/\(device)/telemetry",
      payload: """
        {"ts":\(time.milliseconds),"line":"\(line)","soc":\(soc.text),"v":\(speed.text),"x":\(east.text),\
        "y":\(north.text),"h":\(heading.text),"odo":\(odometer),"st":"\(state)"}
        """,
      readings: [
        known("battery", isBad ? .bad : .number(soc.value), time), known("speed", .number(speed.value), time),
        known("position_x", .number(east.value), time), known("position_y", .number(north.value), time),
        known("heading", .number(heading.value), time), known("odometer", .number(Double(odometer)), time),
        known("activity", .state(state), time),
      ])
  }

  private func known(_ metric: String, _ value: KnownReading.Value, _ time: Timestamp) -> KnownReading {
    KnownReading(device: device, metric: metric, time: time, value: value)
  }
}

/// A weighing bin that speaks the profile `kitchen-waste-bin`.
struct Bin: SimulatedDevice {
  let interval = Duration.seconds(300)
  private static let districts = ["licheng", "luojiang", "fengze"]
  private static let communities = ["wan-an", "he-ping", "dong-hu", "xi-hu", "bei-feng"]

  private let device: String
  private let district: String
  private let community: String
  private var fill = 0

  init(number: Int) {
    device = number < 10 ? "bin-000\(number)" : "bin-00\(number)"
    district = Bin.districts[number % 3]
    community = Bin.communities[number % 5]
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    let grams = Int.random(in: 100...8000, using: &random)
    let isUnderTare = random.happens(onceIn: 150)
    let weight = Decimal(isUnderTare ? -grams : grams, decimals: 3)
    fill = fill > 95 ? 0 : fill + Int.random(in: 0...3, using: &random)
    // Tenths of a degree Fahrenheit; the probe is broken now and then.
    let temperature = random.happens(onceIn: 80) ? -999 : Int.random(in: 500...950, using: &random)
    let millivolts = Int.random(in: 3300...3650, using: &random)
    let lid = random.happens(onceIn: 3) ? 1 : 0
    return SimulatedMessage(
      topic: "city/\(district)/waste/\(device)/up",
      payload: """
        {"ts":\(time.milliseconds),"community":"\(community)","weigh":{"kg":\(weight.text)},"fill":\(fill),\
        "t":\(temperature),"bat":\(millivolts),"lid":\(lid)}
        """,
      readings: [
        known("weight_added", isUnderTare ? .bad : .number(weight.value), time),
        known("fill_level", .number(Double(fill)), time),
        known("temperature", temperature == -999 ? .bad : .number(Bin.celsius(tenthsFahrenheit: temperature)), time),
        known("battery_voltage", .number(Double(millivolts) * 0.001), time),
        known("lid", .state(lid == 1 ? "open" : "closed"), time),
      ])
  }

  /// In the steps of the documentation: raw × scale, then value × factor + offset.
  private static func celsius(tenthsFahrenheit raw: Int) -> Double {
    let fahrenheit = Double(raw) * 0.1
    return fahrenheit * 0.5555555555555556 + -17.77777777777778
  }

  private func known(_ metric: String, _ value: KnownReading.Value, _ time: Timestamp) -> KnownReading {
    KnownReading(device: device, metric: metric, time: time, value: value)
  }
}

/// A plant that speaks the profile `water-plant`, with local times.
struct WaterPlant: SimulatedDevice {
  let interval = Duration.seconds(10)
  private var total = 88_000_000
  private var level = 2340

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    let time = time.wholeMilliseconds
    let isCleaning = random.happens(onceIn: 40)
    let turbidity = Decimal(Int.random(in: 15...90, using: &random), decimals: 2)
    let ph = Decimal(Int.random(in: 68...78, using: &random), decimals: 1)
    let chlorine = Decimal(Int.random(in: 30...90, using: &random), decimals: 2)
    let pressure = Decimal(Int.random(in: 300...420, using: &random), decimals: 3)
    let flow = Int.random(in: 900...1600, using: &random)
    total += Int.random(in: 0...5, using: &random)
    level += Int.random(in: -1...1, using: &random)
    let depth = Decimal(level, decimals: 2)
    return SimulatedMessage(
      topic: "city/licheng/water/plant-1/telemetry",
      payload: """
        {"time":"\(CivilTime(time, zoneOffset: 28800).text)","quality":{"turbidity":\
        \(isCleaning ? "null" : turbidity.text),"ph":\(ph.text),"chlorine":\(chlorine.text)},"outlet":{"pressure":\
        \(pressure.text),"flow":\(flow),"total":\(total)},"reservoir":{"level":\(depth.text)}}
        """,
      readings: [
        known("turbidity", isCleaning ? .bad : .number(turbidity.value), time),
        known("ph", .number(ph.value), time), known("residual_chlorine", .number(chlorine.value), time),
        known("outlet_pressure", .number(pressure.value * 1000), time), known("flow", .number(Double(flow)), time),
        known("totaliser", .number(Double(total)), time), known("reservoir_level", .number(depth.value), time),
      ])
  }

  private func known(_ metric: String, _ value: KnownReading.Value, _ time: Timestamp) -> KnownReading {
    KnownReading(device: "plant-1", metric: metric, time: time, value: value)
  }
}

extension Timestamp {
  var milliseconds: Int64 { microseconds / 1000 }

  var wholeMilliseconds: Timestamp { Timestamp(microseconds: microseconds / 1000 * 1000) }
}

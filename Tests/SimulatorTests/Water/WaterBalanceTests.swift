import Telemetry
import TestSupport
import Testing

@testable import Simulator

/// Water neither comes from nowhere nor goes there, by what the devices say.
@Suite
struct WaterBalanceTests {
  private static let noon = Timestamp(seconds: 1_763_697_600)
  private static let fortnight = 14 * 86400

  /// What a device says of a metric at a moment, in the canonical unit; what is said with a bad value is asked for a
  /// little later.
  private func told(_ metric: String, by device: any SimulatedDevice, at time: Timestamp, _ name: String? = nil)
    -> Double
  {
    var device = device
    var random = RandomSource(seed: 1)
    for second in 0..<100 {
      let message = device.message(at: time + .seconds(second), using: &random)
      let reading = message.readings.first { $0.metric == metric && (name == nil || $0.device == name) }
      if case .number(let value) = reading?.value { return value }
    }
    return .nan
  }

  private func device<Device: SimulatedDevice>(_ kind: Device.Type, _ number: Int) -> Device {
    WaterSupply.small().compactMap { $0 as? Device }[number]
  }

  @Test("A reservoir's storage changes by what flows in less what flows out", arguments: 0..<3)
  func storage(reservoir: Int) {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    let gauge = device(ReservoirGauge.self, reservoir)
    for _ in 0..<10 {
      let begin = Self.noon + .seconds(Int.random(in: 0..<Self.fortnight, using: &random))
      let minutes = Int.random(in: 60...3000, using: &random)
      var net = 0.0
      for minute in 0..<minutes {
        let time = begin + .seconds(minute * 60 + 30)
        net += (told("inflow", by: gauge, at: time) - told("outflow", by: gauge, at: time)) / 60
      }
      let change =
        told("storage_volume", by: gauge, at: begin + .seconds(minutes * 60))
        - told("storage_volume", by: gauge, at: begin)
      // A reading that is bad is some seconds late, in a flood of up to 60 m³/s.
      #expect(abs(change - net) < 200 + 0.002 * abs(net) + 5 * Double(minutes), "\(change), \(net), seed \(seed)")
    }
  }

  @Test("After a fortnight each reservoir holds what it held, at any time of it")
  func cycle() {
    for reservoir in WaterBalance.reservoirs {
      for hour in stride(from: 0, to: 14 * 24, by: 5) {
        let time = Self.noon + .seconds(hour * 3600)
        let storage = reservoir.storageCubicMetres(at: time)
        #expect(abs(storage - reservoir.storageCubicMetres(at: time + .seconds(Self.fortnight))) < 1)
        #expect(storage > 40_000_000)
        #expect(reservoir.outflowCubicMetresPerSecond(at: time) > 0)
      }
    }
  }

  @Test(
    "A plant's totaliser counts its flow, and it takes what it sends out and what it needs itself", arguments: 0..<3)
  func totaliser(plant: Int) {
    let works = device(Waterworks.self, plant)
    let end = Self.noon + .seconds(86400)
    let hours = stride(from: 0, to: 86400, by: 60).map { second in
      told("flow", by: works, at: Self.noon + .seconds(second + 30)) / 60
    }
    let counted = told("totaliser", by: works, at: end) - told("totaliser", by: works, at: Self.noon)
    #expect(abs(counted - hours.reduce(0, +)) < 0.0005 * counted)
    for hour in 0..<24 {
      let time = Self.noon + .seconds(hour * 3600)
      let taken = told("raw_flow", by: works, at: time)
      #expect(abs(taken * (1 - WaterBalance.ownUseShare) - told("flow", by: works, at: time)) < 1)
    }
  }

  @Test("The reservoirs' plants take together what their gauges say, but for the even release to the rivers")
  func intake() {
    func gap(_ time: Timestamp) -> Double {
      let outflow = (0..<3).map { told("outflow", by: device(ReservoirGauge.self, $0), at: time) }.reduce(0, +)
      return outflow - (0..<3).map { told("raw_flow", by: device(Waterworks.self, $0), at: time) }.reduce(0, +)
    }
    let release = gap(Self.noon)
    #expect(release > 0)
    for hour in 1..<24 { #expect(abs(gap(Self.noon + .seconds(hour * 3600)) - release) < 30) }
  }

  @Test("What the plants send out in a day is what households, industry and leaks draw; valves only move it")
  func demand() {
    let end = Self.noon + .seconds(86400)
    let sent = (0..<3).map { plant in
      let works = device(Waterworks.self, plant)
      return told("totaliser", by: works, at: end) - told("totaliser", by: works, at: Self.noon)
    }.reduce(0, +)
    let industry = WaterBalance.industryCubicMetresPerHour.reduce(0, +) * 24
    let households = sent * (1 - WaterBalance.leakShare) - industry
    // The meters are a sample of them.
    let meters = WaterSupply.devices().compactMap { $0 as? HouseholdMeter }
    let metered = meters.map { told("totaliser", by: $0, at: end) - told("totaliser", by: $0, at: Self.noon) }
    let mean = metered.reduce(0, +) / Double(metered.count)
    #expect(abs(mean * WaterBalance.households.reduce(0, +) - households) < 0.03 * households)
    // Each plant gives and gets through its valves.
    for hour in 0..<24 {
      let time = Self.noon + .seconds(hour * 3600)
      let valves = (0..<3).map { told("flow", by: device(InterconnectionValve.self, $0), at: time) }
      for plant in 0..<3 {
        let given = zip(WaterBalance.links, valves).reduce(0.0) { sum, pair in
          sum + (pair.0.source == plant ? pair.1 : pair.0.sink == plant ? -pair.1 : 0)
        }
        let drawn = told("flow", by: device(Waterworks.self, plant), at: time) - given
        #expect(abs(drawn - WaterBalance.demand[plant].value(at: time)) < 2)
      }
    }
  }

  @Test("A pump's hours go on while it runs and stand while it stands")
  func pumps() {
    let house = device(PumpHouse.self, 0)
    for pump in ["plant-1/p1", "plant-1/p2", "plant-1/p3", "plant-1/p4"] {
      for hour in 0..<24 {
        let begin = Self.noon + .seconds(hour * 3600)
        let ran =
          told("running_time", by: house, at: begin + .seconds(3600), pump)
          - told("running_time", by: house, at: begin, pump)
        let minutesWithPower = (0..<60).count {
          told("power", by: house, at: begin + .seconds($0 * 60), pump) > 0
        }
        // Readings that are bad are some seconds late, and hours have two decimals.
        #expect(abs(ran - Double(minutesWithPower) * 60) < 240, "\(pump), hour \(hour)")
      }
    }
  }

  @Test("Pressure in the pipes is least in the hour of most demand, and raw water is turbid after rain")
  func courses() {
    let logger = device(PipeLogger.self, 2)
    let evening = Self.noon + .seconds(7 * 3600)
    let night = Self.noon + .seconds(16 * 3600)
    #expect(told("pressure", by: logger, at: evening) < told("pressure", by: logger, at: night))
    let works = device(Waterworks.self, 0)
    let rain = WaterBalance.mainReservoir(of: 0).rain
    let hours = (0..<14 * 24).map { Self.noon + .seconds($0 * 3600) }
    let afterRain = hours.filter { rain.depth(until: $0) - rain.depth(until: $0 - .seconds(6 * 3600)) > 10 }
    let dry = hours.filter { rain.depth(until: $0) - rain.depth(until: $0 - .seconds(48 * 3600)) < 0.1 }
    #expect(!afterRain.isEmpty && !dry.isEmpty)
    #expect(afterRain.allSatisfy { told("raw_turbidity", by: works, at: $0) > 20 })
    #expect(dry.allSatisfy { told("raw_turbidity", by: works, at: $0) < 10 })
    // While the meter is cleaned it has no value.
    #expect(hours.allSatisfy { !(told("turbidity", by: works, at: $0) >= 1) })
  }

  @Test("An hour's parts of rain add up to what the station's total grew by")
  func rain() {
    var station = device(HydrologyStation.self, 0)
    var random = RandomSource(seed: 1)
    var parts = 0.0
    var totals: [Double] = []
    // Before, in and behind the last storm of a fortnight, one report in five minutes.
    let rain = WaterBalance.reservoirs[0].rain
    let begin = (0..<14 * 24).map { (Self.noon + .seconds($0 * 3600)).wholeHour }.first {
      rain.depth(until: $0 + .seconds(6 * 3600)) - rain.depth(until: $0) > 20
    }!
    for minute in stride(from: 0, through: 720, by: 5) {
      for reading in station.message(at: begin + .seconds(minute * 60 + 60), using: &random).readings {
        guard case .number(let value) = reading.value else { continue }
        if reading.metric == "rainfall", reading.time > begin { parts += value }
        if reading.metric == "rainfall_total" { totals.append(value) }
      }
    }
    let grown = totals.last! - totals.first!
    #expect(grown > 0.02)
    // Tenths of a millimetre, and a part that is missing.
    #expect(abs(parts - grown) < 0.0025, "\(parts), \(grown)")
  }
}

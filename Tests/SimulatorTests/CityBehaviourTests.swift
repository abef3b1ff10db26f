import DeviceCatalog
import Telemetry
import TestSupport
import Testing

@testable import Simulator

/// The city's devices behave as such devices do.
@Suite
struct CityBehaviourTests {
  /// Midnight of 21 November 2025, a Friday, in the city.
  private static let midnight = Timestamp(seconds: 1_763_654_400)

  /// What one device says at moments of one day after the other, every so many minutes.
  private func readings(
    of device: some SimulatedDevice, days: Int, everyMinutes step: Int, seed: UInt64
  ) -> [KnownReading] {
    var device = device
    var random = RandomSource(seed: seed)
    return stride(from: 0, to: days * 1440, by: step).flatMap { minute in
      device.message(at: Self.midnight + .seconds(minute * 60), using: &random).readings
    }
  }

  @Test(
    "The sun rises and sets over Quanzhou when the equations of another source say",
    arguments: [
      // NOAA's solar calculator, after Meeus: Astronomical Algorithms.
      (1_742_422_187, 1_742_465_802), (1_750_454_209, 1_750_503_480), (1_758_578_072, 1_758_621_668),
      (1_763_677_566, 1_763_716_591), (1_766_270_753, 1_766_308_883),
    ] as [(Int64, Int64)])
  func sun(sunrise: Int64, sunset: Int64) {
    #expect(!Sun.isUp(at: Timestamp(seconds: sunrise - 60)))
    #expect(Sun.isUp(at: Timestamp(seconds: sunrise + 60)))
    #expect(Sun.isUp(at: Timestamp(seconds: sunset - 60)))
    #expect(!Sun.isUp(at: Timestamp(seconds: sunset + 60)))
  }

  @Test("Lamps shine from sunset to sunrise, out of batteries that charge by day")
  func lamps() {
    let seed = testSeed()
    for number in 1...20 {
      let all = readings(of: StreetLamp(number: number, district: "fengze"), days: 3, everyMinutes: 10, seed: seed)
      for reading in all where reading.metric == "lamp" {
        #expect((reading.value == .state("off")) == Sun.isUp(at: reading.time), "seed \(seed)")
      }
      let byHour = { (hour: Double) in
        all.filter { $0.metric == "battery" && abs($0.time.cityHour - hour) < 0.1 }.compactMap(\.number)
      }
      #expect(!byHour(17).isEmpty)
      for (morning, evening) in zip(byHour(6), byHour(17)) {
        #expect(morning < evening, "lamp \(number), seed \(seed)")
      }
    }
  }

  @Test("Chargers give most in the evening, and what sessions got is what the meter counted")
  func chargers() throws {
    let seed = testSeed()
    var evening = 0.0
    var night = 0.0
    for number in 1...20 {
      let all = readings(of: ChargingPost(number: number, district: "jinjiang"), days: 2, everyMinutes: 2, seed: seed)
      for reading in all where reading.metric == "power" {
        if (18..<22).contains(reading.time.cityHour) { evening += reading.number ?? 0 }
        if (2..<6).contains(reading.time.cityHour) { night += reading.number ?? 0 }
      }
      let meters = Dictionary(grouping: all.filter { $0.metric == "energy" }, by: \.device)
      let counted = try meters.values.map { try #require($0.last?.number) - #require($0.first?.number) }.reduce(0, +)
      let told = all.filter { $0.metric == "session_energy" }.compactMap(\.number).reduce(0, +)
      // Sessions that are not over at the end are not told yet.
      #expect(told <= counted + 1 && told > 0.8 * counted, "post \(number), seed \(seed): \(told) of \(counted)")
    }
    #expect(evening > 3 * night, "seed \(seed)")
  }

  @Test("Buildings rest at night and at weekends")
  func buildings() {
    let seed = testSeed()
    let all = readings(of: Building(number: 1, district: "licheng"), days: 3, everyMinutes: 30, seed: seed)
    let occupied = Set(all.filter { $0.value == .state("occupied") }.map { $0.time.cityDay })
    #expect(occupied == [Self.midnight.cityDay], "seed \(seed)")
    let power = { (hours: Range<Double>) in
      all.filter {
        $0.metric == "power" && $0.time.cityDay == Self.midnight.cityDay && hours.contains($0.time.cityHour)
      }
      .compactMap(\.number)
    }
    #expect(power(10..<16).min() ?? 0 > power(0..<6).max() ?? .infinity, "seed \(seed)")
  }

  @Test(
    "The effectiveness that a data centre tells is all its power for that of its computers, and grows with the heat")
  func dataCentres() throws {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    var centre = DataCentre(number: 1, district: "luojiang")
    var found: [(celsius: Double, effectiveness: Double)] = []
    for _ in 0..<500 {
      let time = Self.midnight + .seconds(Int.random(in: 0..<31_556_952, using: &random))
      let all = centre.message(at: time, using: &random).readings
      let value = { (metric: String) in all.first { $0.metric == metric }?.number }
      let effectiveness = try #require(value("pue"))
      if let computers = value("it_power"), let power = value("power") {
        #expect(abs(power / computers - effectiveness) < 0.001, "seed \(seed)")
      }
      found.append((try #require(value("air_temperature")), effectiveness))
    }
    let ordered = found.sorted { $0.celsius < $1.celsius }.map(\.effectiveness)
    #expect(ordered.prefix(100).reduce(0, +) < ordered.suffix(100).reduce(0, +), "seed \(seed)")
    #expect(ordered.allSatisfy { (1.1..<1.7).contains($0) }, "seed \(seed)")
  }

  @Test("Feed is given every five minutes of two hours a day, and told once")
  func feeding() {
    let seed = testSeed()
    let all = readings(of: SeaCage(number: 3, district: "huian"), days: 2, everyMinutes: 2, seed: seed)
    let doses = all.filter { $0.metric == "feed" }.map(\.time)
    #expect(doses.count == 48 && Set(doses).count == 48, "seed \(seed)")
    #expect(doses.allSatisfy { [6, 7, 16, 17].contains(Int($0.cityHour)) }, "seed \(seed)")
  }

  @Test("Totals never fall, whatever time goes by between messages")
  func totals() throws {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    let counters = Set(
      try Catalogue(.builtIn).profiles.flatMap { $0.metrics.filter { $0.kind == .counter }.map(\.name) })
    for var device in CityServices.devices().shuffled(using: &random).prefix(300) + CityServices.generic() {
      var last: [String: Double] = [:]
      var time = Self.midnight
      for _ in 0..<50 {
        time =
          time + .milliseconds(Int.random(in: 1...(random.happens(onceIn: 5) ? 40_000_000 : 60_000), using: &random))
        for reading in device.message(at: time, using: &random).readings where counters.contains(reading.metric) {
          let series = "\(reading.device) \(reading.metric)"
          let total = try #require(reading.number, "\(series), seed \(seed)")
          #expect(total >= last[series] ?? 0, "\(series), seed \(seed)")
          last[series] = total
        }
      }
    }
  }

  @Test("No two devices of the city have one name, and some of what they say is bad")
  func names() {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    var owners: [String: Int] = [:]
    var count = 0
    var bad = 0
    for (index, var device) in CityServices.devices().enumerated() {
      for minute in 0..<4 {
        for reading in device.message(at: Self.midnight + .seconds(minute * 60), using: &random).readings {
          #expect(owners.updateValue(index, forKey: reading.device) ?? index == index, "\(reading.device)")
          count += 1
          bad += reading.value == .bad ? 1 : 0
        }
      }
    }
    #expect(owners.count > 5000)
    #expect((0.0005..<0.02).contains(Double(bad) / Double(count)), "\(bad) of \(count), seed \(seed)")
  }
}

extension KnownReading {
  /// Nil for a state and for a bad reading.
  fileprivate var number: Double? { if case .number(let number) = value { number } else { nil } }
}

import Foundation
import Ingest
import Simulator
import Storage
import Telemetry
import TestSupport

@testable import Gateway

/// A store with devices that speak, fall silent, move between sites, are listed or not; and all that they said.
struct KPITestStore {
  struct Reading {
    let device: String
    let second: Int64
    let temperature: Double?
    /// Nil and not `isWeightBad`: the message says nothing of it.
    let weight: Double?
    let isWeightBad: Bool
    let mode: String?

    /// How many metrics of the message have a reading, good or bad.
    var metrics: [String] {
      (temperature != nil ? ["temperature"] : []) + (weight != nil || isWeightBad ? ["weight"] : [])
        + (mode != nil ? ["mode"] : [])
    }
  }

  static let noon = PipelineHarness.noon
  static let begin = noon - 2 * 3600
  static let listed = ["d-0", "d-1", "d-2", "d-8", "d-9"]
  /// A device expected to send each metric so often.
  static let interval: Int64 = 10

  let harness: RegistryHarness
  private(set) var readings: [Reading] = []
  /// By device: from when on it was at which site, the oldest first.
  private(set) var sites: [String: [(from: Int64, site: String)]] = [:]

  init(seed: UInt64) throws {
    var random = RandomSource(seed: seed)
    let registry = "device,profile,site\nd-0,probe,\nd-1,probe,\nd-2,probe,\nd-8,probe,\nd-9,probe,north\n"
    harness = try RegistryHarness(registry)
    sites["d-9"] = [(.min, "north")]
    var messages: [(second: Int64, message: PipelineHarness.Message)] = []
    for device in (0..<7).map({ "d-\($0)" }) {
      var site = Bool.random(using: &random) ? "north" : "south"
      var isSilent = false
      var temperature = 30
      for second in stride(from: Self.begin, to: Self.noon, by: 10) {
        if random.happens(onceIn: 90) { isSilent.toggle() }
        if random.happens(onceIn: 200) { site = site == "north" ? "south" : "north" }
        guard !isSilent, !random.happens(onceIn: 4) else { continue }
        temperature = min(95, max(-20, temperature + Int.random(in: -12...12, using: &random)))
        let reading = Reading(
          device: device, second: second, temperature: random.happens(onceIn: 5) ? nil : Double(temperature),
          weight: random.happens(onceIn: 3) ? nil : Double(Int.random(in: 0..<40, using: &random)) / 4,
          isWeightBad: random.happens(onceIn: 9),
          mode: random.happens(onceIn: 3) ? nil : ["OFF", "ON"].randomElement(using: &random))
        guard !reading.metrics.isEmpty else { continue }
        readings.append(reading)
        if sites[device]?.last?.site != site {
          sites[device, default: []].append((sites[device] == nil ? .min : second, site))
        }
        messages.append((second, Self.message(reading, site: site)))
      }
    }
    try harness.run([], startedAt: Self.begin)
    let ordered = messages.sorted { $0.second < $1.second }.map(\.message)
    for start in stride(from: 0, to: ordered.count, by: 1000) {
      try harness.run(Array(ordered[start..<min(start + 1000, ordered.count)]), startedAt: Self.begin)
    }
  }

  private static func message(_ reading: Reading, site: String) -> PipelineHarness.Message {
    var fields = ["\"ts\":\(reading.second)"]
    if let temperature = reading.temperature { fields.append("\"t\":\(temperature)") }
    let weight = reading.isWeightBad ? "null" : reading.weight.map { "\($0)" }
    if let weight { fields.append("\"w\":\(weight)") }
    if let mode = reading.mode { fields.append("\"m\":\"\(mode)\"") }
    return PipelineHarness.Message(
      topic: "a/\(site)/\(reading.device)", payload: "{\(fields.joined(separator: ","))}",
      receivedAt: Timestamp(seconds: reading.second))
  }

  /// The readings of a device, in the order of time.
  func readings(of device: String) -> [Reading] { readings.filter { $0.device == device } }

  /// The good readings of one of its metrics.
  var weights: [(device: String, second: Int64, value: Double)] {
    readings.compactMap { reading in
      reading.isWeightBad ? nil : reading.weight.map { (reading.device, reading.second, $0) }
    }
  }

  var temperatures: [(device: String, second: Int64, value: Double)] {
    readings.compactMap { reading in reading.temperature.map { (reading.device, reading.second, $0) } }
  }

  /// The site of a device at a second.
  func site(_ device: String, at second: Int64) -> String? {
    sites[device]?.last { $0.from <= second }?.site
  }

  // MARK: Asking

  struct Place: Hashable {
    let site: String?
    let start: Int64
  }

  struct Figure {
    let value: Double?
    let part: Double?
    let whole: Double?
    let completeness: Double?
  }

  func question(_ kpi: String, window: String, _ parameters: [(name: String, value: String)] = []) -> Question {
    .kpi(
      kpi, QueryParameters([("window", window), ("from", "\(Self.begin)"), ("to", "\(Self.noon)")] + parameters))
  }

  func answer(_ question: Question, _ scope: TagScope = .whole) throws -> Answer {
    let configuration = harness.base.configuration
    let reader = try StoreReader(directory: configuration.data, readers: 1)
    return try reader.readNow {
      try question.answer(
        $0, scope, kpis: KPITestCatalogue.kpis, zone: configuration.timeZone, now: Timestamp(seconds: Self.noon))
    }
  }

  func json(_ question: Question, _ scope: TagScope = .whole) throws -> JSON {
    try JSONDecoder().decode(JSON.self, from: try answer(question, scope).body)
  }

  /// What is answered for each site and window.
  func figures(_ kpi: String, window: String) throws -> [Place: Figure] {
    let series = try json(question(kpi, window: window))["series"]
    var figures: [Place: Figure] = [:]
    for series in (0..<series.count).map({ series[$0] }) {
      let site: String? = if case .text(let text) = series["group"]["site"] { text } else { nil }
      for point in (0..<series["points"].count).map({ series["points"][$0] }) {
        guard case .text(let text) = point["start"],
          let start = QueryTime.parse(text, now: Timestamp(seconds: 0), zone: .gmt)
        else { continue }
        func number(_ key: String) -> Double? { if case .number(let number) = point[key] { number } else { nil } }
        figures[Place(site: site, start: start.seconds)] = Figure(
          value: number("value"), part: number("part"), whole: number("whole"), completeness: number("completeness"))
      }
    }
    return figures
  }
}

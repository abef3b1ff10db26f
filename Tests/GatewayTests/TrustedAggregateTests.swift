import Foundation
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// Every kind of metric through journal, pipeline, store, hours, days and question, judged by the slow and obvious way.
@Suite
struct TrustedAggregateTests {
  private typealias Message = PipelineHarness.Message

  private static func profile(_ pace: Pace) -> String {
    """
    profile: meter
    topics: ["m/{site}/{device}"]
    payload: json
    device: "{device}"
    time: { at: /ts, as: unix-s }
    interval: \(pace.interval)s
    tags: { site: "{site}" }
    metrics:
      - { name: level, at: /g, kind: gauge, unit: Cel, range: [-50, 100], quantiles: true }
      - { name: total, at: /c, kind: counter, unit: m3, modulus: 1000 }
      - { name: amount, at: /e, kind: event, unit: kg }
      - { name: mode, at: /s, kind: state, states: [OFF, ON, FAULT] }
    """
  }
  private static let states = ["OFF", "ON", "FAULT"]

  /// How devices send. Times are seconds, and all of them multiples of `tick`.
  struct Pace: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let tick: Int64
    let interval: Int64
    /// Ticks between two readings, and those of a silence.
    let gap: ClosedRange<Int64>
    let silence: ClosedRange<Int64>
    /// By how much readings are late.
    let delays: [Int64]
    let length: Int64
    /// What is asked, from the begin and the end of the stream.
    let margins: (begin: Int64, end: Int64)
    let windows: [String]

    /// At most one reading in a minute: what counts are the steps from window to window.
    static let days = Pace(
      testDescription: "days", tick: 60, interval: 1200, gap: 5...30, silence: 50...600,
      delays: [0, 0, 0, 100, 5000, 90_000], length: 3 * 86400, margins: (72_000, 36_000),
      windows: ["15m", "1h", "6h", "1d"])
    /// Many in a minute, and some in one second, out of order in their windows.
    static let minutes = Pace(
      testDescription: "minutes", tick: 5, interval: 20, gap: 0...4, silence: 10...40,
      delays: [0, 0, 0, 5, 25, 70, 400],
      length: 5400, margins: (1200, 600), windows: ["1m", "5m", "1h"])

    func rule(of metric: String) -> SeriesRule {
      let kinds: [String: MetricKind] = ["level": .gauge, "total": .counter, "amount": .event, "mode": .state]
      return SeriesRule(
        kind: kinds[metric]!, interval: .seconds(interval), modulus: metric == "total" ? 1000 : 0, dropsRepeats: true)
    }
  }

  private struct Sent {
    let device: Int
    let second: Int64
    let level: Double?
    let total: Double
    let amount: Double
    let mode: Int

    var message: Message {
      Message(
        topic: "m/\(device % 2 == 0 ? "north" : "south")/d\(device)",
        payload: """
          {"ts":\(second),"g":\(level.map { "\($0)" } ?? "null"),"c":\(total),"e":\(amount),\
          "s":"\(TrustedAggregateTests.states[mode])"}
          """)
    }
  }

  /// Readings with silences, resets, and turns over the modulus.
  private func stream(
    of device: Int, _ pace: Pace, from begin: Int64, to end: Int64, using random: inout RandomSource
  ) -> [Sent] {
    var readings: [Sent] = []
    var second = begin + Int64.random(in: 0...60, using: &random) * pace.tick
    var total = Double(Int.random(in: 0...900, using: &random))
    while second < end {
      readings.append(
        Sent(
          device: device, second: second,
          level: Int.random(in: 0..<6, using: &random) == 0 ? nil : Double(Int.random(in: -9...60, using: &random)),
          total: total, amount: Double(Int.random(in: 0...20, using: &random)),
          mode: Int.random(in: 0...2, using: &random)))
      let isSilent = Int.random(in: 0..<25, using: &random) == 0
      second += pace.tick * .random(in: isSilent ? pace.silence : pace.gap, using: &random)
      total += Double(Int.random(in: 0...40, using: &random))
      if total >= 1000 { total -= 1000 }
      if Int.random(in: 0..<30, using: &random) == 0 { total = Double(Int.random(in: 0...5, using: &random)) }
    }
    return readings
  }

  @Test(
    "Late, repeated, missing, reset and bad readings come to what they would have come to in time, at every length",
    arguments: [
      ("Asia/Shanghai", Pace.days), ("Europe/Berlin", .days), ("Asia/Kathmandu", .days), ("Asia/Shanghai", .minutes),
    ])
  func matchesReference(zone: String, pace: Pace) throws {
    var random = RandomSource(seed: testSeed())
    var harness = try PipelineHarness(profiles: ["meter.yaml": Self.profile(pace)])
    harness.configuration.timeZone = try #require(TimeZone(identifier: zone))
    let clock = HandClock()
    harness.clock = clock.now
    let journal = try harness.openJournal()
    var store = try harness.openStore()
    var pipeline = try harness.start(journal, store)
    // Before 2025-10-26, on which Berlin's clocks go back.
    let begin: Int64 = 1_761_336_000
    let end = begin + pace.length
    let readings = (0..<3).flatMap { stream(of: $0, pace, from: begin, to: end, using: &random) }
    var series: [String: ReferenceSeries] = [:]
    // In about their order, some hours late, some a day, a few twice.
    let arrivals = readings.map { sent in
      (at: sent.second + pace.delays.randomElement(using: &random)!, sent: sent)
    }.sorted { $0.at < $1.at }
    for (at, sent) in arrivals {
      clock.set(at)
      for _ in 0..<(Int.random(in: 0..<10, using: &random) == 0 ? 2 : 1) {
        var message = sent.message
        message.receivedAt = Timestamp(seconds: at)
        try harness.ingest([message], journal, pipeline)
      }
      take(sent, pace, into: &series)
      switch Int.random(in: 0..<12, using: &random) {
      case 0, 1: try pipeline.checkpoint()
      case 2:
        try pipeline.checkpoint()
        _ = try pipeline.upkeep(atMost: .milliseconds(Int.random(in: 0...5, using: &random)))
      case 3 where Bool.random(using: &random):
        // Like kill -9: what is not in the store is read from the journal again.
        store = try harness.openStore()
        pipeline = try harness.start(journal, store)
      default: break
      }
    }
    try pipeline.checkpoint()
    let span = (begin + pace.margins.begin)..<(end - pace.margins.end)
    for window in pace.windows { try check(harness, series, window: window, span, now: end + 600_000) }
    clock.set(end + 600_000)
    while try pipeline.upkeep(atMost: .seconds(1)) {}
    #expect(try store.read { try $0.levels() }.day.madeThrough > end - 86400)
    for window in pace.windows { try check(harness, series, window: window, span, now: end + 600_000) }
    #expect(try harness.ledger(journal).imbalances().isEmpty)
    let report = try store.read { try StoreCheck($0, zone: harness.configuration.timeZone).run() }
    #expect(report.faults.isEmpty, "\(report.faults)")
    #expect(report.windowsCompared > 20)
  }

  private func take(_ sent: Sent, _ pace: Pace, into series: inout [String: ReferenceSeries]) {
    func add(_ metric: String, _ value: Double) {
      series["d\(sent.device) \(metric)", default: ReferenceSeries(pace.rule(of: metric), tick: pace.tick)].add(
        TimedValue(time: Timestamp(seconds: sent.second), value: value))
    }
    if let level = sent.level { add("level", level) }
    add("total", sent.total)
    add("amount", sent.amount)
    add("mode", Double(sent.mode))
  }

  private func check(
    _ harness: PipelineHarness, _ series: [String: ReferenceSeries], window: String, _ span: Range<Int64>, now: Int64
  ) throws {
    var grid = try #require(WindowGrid(window, zone: harness.configuration.timeZone))
    for (metric, functions) in [
      ("level", "count,sum,min,max,stddev,twa,p50"), ("total", "increase,count"), ("amount", "sum,count"),
      ("mode", "seconds,count"),
    ] {
      let answer = try harness.ask(
        Question.aggregates,
        [
          ("metric", metric), ("window", window), ("from", "\(span.lowerBound)"), ("to", "\(span.upperBound)"),
          ("fn", functions), ("limit", "100000"),
        ], now: now)["series"]
      #expect(answer.count == 3)
      for index in 0..<answer.count {
        guard case .text(let device) = answer[index]["group"]["device"],
          let known = series["\(device) \(metric)"]
        else { continue }
        var points = answer[index]["points"].byStart
        var second = span.lowerBound
        while second < span.upperBound {
          let spot = grid.window(of: second)
          let point = points.removeValue(forKey: spot.lowerBound) ?? .null
          let problem = difference(point, known, spot, now: now)
          #expect(problem == nil, "\(device) \(metric) \(window) \(spot): \(problem ?? "")")
          second = spot.upperBound
        }
        #expect(points.isEmpty)
      }
    }
  }

  /// What differs, in words; nil where nothing does.
  private func difference(_ point: JSON, _ known: ReferenceSeries, _ span: Range<Int64>, now: Int64) -> String? {
    let samples = known.samples(in: span)
    let values = samples.map(\.value)
    guard point["inexact"] == .null else { return "it is marked inexact" }
    func number(_ name: String) -> Double? { if case .number(let number) = point[name] { number } else { nil } }
    guard (number("count") ?? 0) == Double(values.count) else { return "count \(point["count"]), \(values.count)" }
    switch known.rule.kind {
    case .event:
      if !values.isEmpty, number("sum") != values.reduce(0, +) { return "sum \(point["sum"])" }
    case .counter:
      let increase = known.increase(in: span)
      if !isClose(number("increase") ?? 0, increase) { return "increase \(point["increase"]), \(increase)" }
    case .state:
      let times = known.states(in: span, now: now)
      let told = point["seconds"].numbers
      let expected = Dictionary(uniqueKeysWithValues: times.map { (Self.states[Int($0.key)], Double($0.value)) })
      if told != expected { return "seconds \(told), \(expected)" }
    case .gauge:
      let mean = known.timeWeightedAverage(in: span, now: now)
      if !isClose(number("twa"), mean ?? number("twa")) { return "twa \(point["twa"]), \(mean ?? .nan)" }
      guard !values.isEmpty else { return nil }
      let arithmetic = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - arithmetic) * ($1 - arithmetic) } / Double(values.count)
      if !isClose(number("stddev"), variance.squareRoot()) { return "stddev \(point["stddev"])" }
      if number("min") != values.min() || number("max") != values.max() { return "extremes" }
      let median = values.sorted()[(values.count - 1) / 2]
      if abs((number("p50") ?? .nan) - median) > abs(median) * 0.0101 + 1e-12 {
        return "p50 \(point["p50"]), \(median)"
      }
    }
    return nil
  }

  @Test("A device's weighings count by its message ids: twice the same id once, over a restart too; two ids twice")
  func messageIdentity() throws {
    let profile = """
      profile: bin
      topics: ["b/{device}"]
      payload: json
      device: "{device}"
      identity: /id
      metrics: [{ name: weight, at: /w, kind: event, unit: kg }]
      """
    var harness = try PipelineHarness(profiles: ["bin.yaml": profile])
    harness.configuration.limits.messageIdentities = 3
    let journal = try harness.openJournal()
    func send(_ id: String, device: String = "b1", at second: Int64, _ pipeline: Pipeline) throws {
      let payload = #"{"id":\#(id),"w":2}"#
      try harness.ingest(
        [Message(topic: "b/\(device)", payload: payload, receivedAt: Timestamp(seconds: Self.noon + second))], journal,
        pipeline)
    }
    var pipeline = try harness.start(journal, try harness.openStore())
    try send("\"a\"", at: 0, pipeline)
    // In the next minute, which is why it is no matter of windows.
    try send("\"a\"", at: 70, pipeline)
    try send("\"a\"", device: "b2", at: 71, pipeline)
    try send("7", at: 72, pipeline)
    try pipeline.checkpoint()
    pipeline = try harness.start(journal, try harness.openStore())
    try send("7", at: 80, pipeline)
    try send("\"a\"", at: 900, pipeline)
    // Its horizon is over: nobody knows it any more.
    try send("\"a\"", at: 901, pipeline)
    try pipeline.checkpoint()
    let ledger = try harness.ledger(journal)
    #expect(ledger.imbalances().isEmpty)
    #expect(ledger.allReadings.outcomes[Account.Entry(word: "duplicate", reason: nil)] == 3)
    #expect(ledger.allReadings.outcomes[Account.Entry(word: "aggregated", reason: nil)] == 4)
    let stored = try harness.openStore().read { try $0.messageIdentities() }
    #expect(stored.count == 3)
  }

  private static let noon = PipelineHarness.noon
}

/// A clock that is set by hand.
final class HandClock: Sendable {
  private let moment = Shared(Timestamp(seconds: 0))

  func set(_ second: Int64) { moment.update { $0 = Timestamp(seconds: second) } }

  var now: @Sendable () -> Timestamp {
    { [moment] in moment.value }
  }
}

extension JSON {
  /// The points of a series by their start, in seconds since 1970.
  fileprivate var byStart: [Int64: JSON] {
    var points: [Int64: JSON] = [:]
    for index in 0..<count {
      guard case .text(let text) = self[index]["start"],
        let start = QueryTime.parse(text, now: Timestamp(seconds: 0), zone: .gmt)
      else { continue }
      points[start.seconds] = self[index]
    }
    return points
  }

  fileprivate var numbers: [String: Double] {
    guard case .object(let fields) = self else { return [:] }
    return fields.compactMapValues { if case .number(let number) = $0 { number } else { nil } }
  }
}

import Foundation
import Simulator
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// Completeness: readings that came ÷ readings that were to come, silent devices included.
@Suite
struct CompletenessTests {
  private typealias Message = PipelineHarness.Message
  private static let noon = PipelineHarness.noon

  private func ask(
    _ harness: PipelineHarness, window: String, group: String, to: Int64 = noon, filter: String? = nil
  ) throws -> JSON {
    var parameters = [
      (name: "metric", value: "weight"), ("window", window), ("from", "\(Self.noon - 3600)"), ("to", "\(to)"),
      ("group_by", group),
    ]
    if let filter { parameters.append(("tag.site", filter)) }
    return try harness.ask(Question.aggregates, parameters)
  }

  @Test("A district's figure shows that half its devices said nothing")
  func silentDevices() throws {
    let harness = try PipelineHarness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    // Two devices send every ten seconds for a minute; then one falls silent for another.
    let begin = Self.noon - 120
    for second in stride(from: begin, to: Self.noon, by: 10) {
      let devices = second < begin + 60 ? ["a", "b"] : ["a"]
      try harness.ingest(
        devices.map {
          Message(
            topic: "a/north/\($0)", payload: #"{"ts":\#(second),"w":1}"#, receivedAt: Timestamp(seconds: second))
        }, journal, pipeline)
    }
    try pipeline.checkpoint()
    let points = try ask(harness, window: "1m", group: "site")["series"][0]["points"]
    #expect(points[0]["completeness"] == .number(1))
    #expect(points[1]["completeness"] == .number(0.5))
    let silent = try ask(harness, window: "15m", group: "device")["series"][1]["points"]
    #expect(silent[0]["completeness"] == .number(0.5))
  }

  @Test("Bad readings came too; without an interval nobody knows")
  func badReadings() throws {
    let silent = PipelineHarness.profile.replacing("interval: 10s\n", with: "").replacing(
      "profile: probe", with: "profile: other"
    )
    .replacing("a/{site}", with: "b/{site}")
    let harness = try PipelineHarness(profiles: ["probe.yaml": PipelineHarness.profile, "other.yaml": silent])
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    let minute = Self.noon - 60
    try harness.ingest(
      (Int64(0)..<3).flatMap { index in
        ["a", "b"].map {
          Message(
            topic: "\($0)/north/\($0)", payload: #"{"ts":\#(minute + index),"w":null}"#,
            receivedAt: Timestamp(seconds: minute))
        }
      }, journal, pipeline)
    try pipeline.checkpoint()
    let series = try ask(harness, window: "1m", group: "device")["series"]
    #expect(series[0]["points"][0]["completeness"] == .number(0.5))
    #expect(series[1]["points"][0]["completeness"] == .null)
    #expect(series[1]["points"].count == 1)
  }

  @Test("With fill=null a group that said nothing has points too; without it none")
  func silentGroups() throws {
    let harness = try PipelineHarness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    let begin = Self.noon - 600
    try harness.ingest(
      [Message(payload: #"{"ts":\#(begin),"w":1}"#, receivedAt: Timestamp(seconds: begin))], journal, pipeline)
    try pipeline.checkpoint()
    func points(_ fill: String, window: String = "1m") throws -> JSON {
      try harness.ask(
        Question.aggregates,
        [
          ("metric", "weight"), ("window", window), ("from", "\(begin)"), ("to", "\(Self.noon)"), ("fill", fill),
          ("fn", "count,sum"),
        ])["series"][0]["points"]
    }
    #expect(try points("none").count == 1)
    let filled = try points("null")
    #expect(filled.count == 10)
    #expect(filled[1]["count"] == .number(0))
    #expect(filled[1]["sum"] == .null)
    #expect(filled[1]["completeness"] == .number(0))
    #expect(throws: QueryError.self) { try points("zero") }
  }

  @Test("Windows that were stored before the profile had an interval count by today's")
  func intervalAdded() throws {
    let without = PipelineHarness.profile.replacing("interval: 10s\n", with: "")
    let harness = try PipelineHarness(profiles: ["probe.yaml": without])
    let journal = try harness.openJournal()
    let begin = Self.noon - 120
    func send(from first: Int64, _ pipeline: Pipeline) throws {
      try harness.ingest(
        stride(from: first, to: first + 60, by: 10).map {
          Message(payload: #"{"ts":\#($0),"w":1}"#, receivedAt: Timestamp(seconds: $0))
        }, journal, pipeline)
      try pipeline.checkpoint()
      try pipeline.close()
    }
    try send(from: begin, harness.start(journal, try harness.openStore()))
    try harness.scratch.file("devices/probe.yaml", PipelineHarness.profile)
    try send(from: begin + 60, harness.start(journal, try harness.openStore()))
    let hour = try ask(harness, window: "1h", group: "device")["series"][0]["points"][0]
    #expect(hour["completeness"] == .number(1))
  }

  @Test("A window that has not ended counts the time that has passed, and is open until 30 s after its end")
  func openWindows() throws {
    let harness = try PipelineHarness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    // The harness asks at noon: the hour began 40 minutes ago.
    for second in stride(from: Self.noon - 600, to: Self.noon, by: 10) {
      try harness.ingest(
        [Message(payload: #"{"ts":\#(second),"w":1}"#, receivedAt: Timestamp(seconds: second))], journal, pipeline)
    }
    try pipeline.checkpoint()
    let hour = try ask(harness, window: "1h", group: "device", to: Self.noon + 600)["series"][0]["points"]
    #expect(hour[0]["open"] == .bool(true))
    #expect(hour[0]["completeness"] == .number(1))
    let minutes = try ask(harness, window: "1m", group: "device", to: Self.noon + 600)["series"][0]["points"]
    #expect(minutes.count == 10)
    #expect(minutes[9]["open"] == .bool(true))
    #expect(minutes[8]["open"] == .null)
  }

  @Test("Over random devices, tags and windows it equals the obvious way")
  func matchesReference() throws {
    var random = RandomSource(seed: testSeed())
    let harness = try PipelineHarness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    let sites = ["north", "south"]
    struct Device { let seenAt: Int64; let movesAt: Int64; let first: Int; var counts: [Int64: Int] = [:] }
    var devices: [Device] = []
    for number in 0..<20 {
      // Windows count under the tags at their start, so a move in mid-minute counts from the next one.
      let seenAt = Self.noon - Int64.random(in: 120..<5400, using: &random)
      var device = Device(
        seenAt: seenAt, movesAt: max(seenAt, Self.noon - Int64.random(in: 0..<3600, using: &random)),
        first: Int.random(in: 0...1, using: &random))
      var messages: [Message] = []
      // The first message is a late one: it lies before the device was first seen.
      var seconds = [device.seenAt - 600]
      for second in stride(from: device.seenAt, to: Self.noon, by: 10) where Bool.random(using: &random) {
        seconds.append(second)
      }
      for second in seconds {
        let site = sites[(device.first + (second >= device.movesAt ? 1 : 0)) % 2]
        messages.append(
          Message(
            topic: "a/\(site)/probe-\(number)", payload: #"{"ts":\#(second),"w":1}"#,
            receivedAt: Timestamp(seconds: max(second, device.seenAt))))
        device.counts[second / 60 * 60, default: 0] += 1
      }
      // A tag holds from the first message that has it.
      let moved = seconds.dropFirst().first { $0 >= device.movesAt } ?? .max
      devices.append(Device(seenAt: device.seenAt, movesAt: moved, first: device.first, counts: device.counts))
      try harness.ingest(messages, journal, pipeline)
    }
    try pipeline.checkpoint()

    for (window, length) in [("1m", Int64(60)), ("15m", 900), ("1h", 3600)] {
      let begin = (Self.noon - 3600 + 28800) / length * length - 28800
      var received: [String: Int] = [:]
      var expected: [String: Double] = [:]
      for device in devices {
        for minute in stride(from: begin, to: Self.noon, by: 60) {
          // Hours are stored as such, and count under the tags at their start.
          let stored = length < 3600 ? minute : (minute + 28800) / 3600 * 3600 - 28800
          let site = sites[(device.first + (stored >= device.movesAt ? 1 : 0)) % 2]
          let key = "\(site) \((minute + 28800) / length * length - 28800)"
          received[key, default: 0] += device.counts[minute] ?? 0
          let counts = minute >= device.seenAt / 60 * 60 || device.counts[minute] != nil
          let passed = Double(min(60, Self.noon - minute)) / 60
          expected[key, default: 0] += counts ? 6 * passed : 0
        }
      }
      var seen = 0
      let answer = try ask(harness, window: window, group: "site")
      for index in 0..<answer["series"].count {
        guard case .text(let site) = answer["series"][index]["group"]["site"] else { continue }
        let points = answer["series"][index]["points"]
        for pointIndex in 0..<points.count {
          guard case .text(let text) = points[pointIndex]["start"],
            case .number(let found) = points[pointIndex]["completeness"],
            let start = QueryTime.parse(text, now: Timestamp(seconds: 0), zone: .gmt)
          else {
            Issue.record("no completeness in \(points[pointIndex])")
            continue
          }
          let key = "\(site) \(start.seconds)"
          let reference = Double(received[key] ?? 0) / (expected[key] ?? 0)
          #expect(abs(found - reference) < 1e-9, "\(window) \(key): \(found), \(reference)")
          seen += 1
        }
      }
      #expect(seen == received.values.filter { $0 > 0 }.count, "\(window)")
    }
  }
}

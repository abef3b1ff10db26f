import Foundation
import Ingest
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

@Suite
struct QueryTests {
  private typealias Message = PipelineHarness.Message
  private static let noon = PipelineHarness.noon

  private struct Known: Hashable {
    let device: Int
    let site: String
    let second: Int64
    let kilograms: Double
  }

  @Test("Sums, means and extremes per group and window equal the obvious way; what is sent again counts once")
  func matchesReference() throws {
    var random = RandomSource(seed: testSeed())
    let harness = try PipelineHarness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    var known: [Known] = []
    // More devices than are looked up one by one, so that both ways of reading are taken.
    for _ in 0..<3000 {
      let device = Int.random(in: 0..<25, using: &random)
      known.append(
        Known(
          device: device, site: device % 3 == 0 ? "north" : "south",
          second: Self.noon - Int64.random(in: 1..<7200, using: &random),
          kilograms: Double(Int.random(in: 0...100, using: &random)) / 4))
    }
    for chunk in stride(from: 0, to: known.count, by: 100) {
      try harness.ingest(
        known[chunk..<chunk + 100].map {
          Message(topic: "a/\($0.site)/probe-\($0.device)", payload: #"{"ts":\#($0.second),"w":\#($0.kilograms)}"#)
        }, journal, pipeline)
      try pipeline.checkpoint()
    }
    known = Array(Set(known))
    for window in ["1m", "5m", "15m", "1h", "1d"] {
      for group in ["site", "device"] {
        try check(harness, known, window: window, group: group, device: nil)
      }
      try check(harness, known, window: window, group: "device", device: 7)
    }
  }

  private func check(_ harness: PipelineHarness, _ known: [Known], window: String, group: String, device: Int?) throws {
    let from = Self.noon - 3600
    var parameters = [
      ("metric", "weight"), ("window", window), ("from", "\(from)"), ("to", "\(Self.noon)"), ("group_by", group),
      ("fn", "count,sum,min,max,mean"),
    ]
    if let device { parameters.append(("device", "probe-\(device)")) }
    let answer = try harness.ask(Question.aggregates, parameters.map { (name: $0.0, value: $0.1) })
    // The zone is eight hours east: days begin at 16:00 UTC, and shorter windows divide hours evenly.
    let length = Duration(text: window)!.components.seconds
    let shift: Int64 = 8 * 3600
    func start(_ second: Int64) -> Int64 { (second + shift) / length * length - shift }
    let begin = start(from)
    let inSpan = known.filter { $0.second >= begin && $0.second < Self.noon && (device == nil || $0.device == device) }
    let expected = Dictionary(grouping: inSpan) { reading in
      "\(group == "site" ? reading.site : "probe-\(reading.device)") \(start(reading.second))"
    }
    var seen = 0
    for index in 0..<answer["series"].count {
      let series = answer["series"][index]
      guard case .text(let name) = series["group"][group] else { continue }
      for pointIndex in 0..<series["points"].count {
        let point = series["points"][pointIndex]
        guard case .text(let text) = point["start"],
          let moment = QueryTime.parse(text, now: Timestamp(seconds: 0), zone: harness.configuration.timeZone),
          let readings = expected["\(name) \(moment.seconds)"]
        else {
          Issue.record("unexpected point \(point) of \(name)")
          continue
        }
        seen += 1
        let values = readings.map(\.kilograms)
        #expect(point["count"] == .number(Double(values.count)))
        #expect(point["sum"] == .number(values.reduce(0, +)))
        #expect(point["min"] == .number(values.min()!))
        #expect(point["max"] == .number(values.max()!))
        #expect(point["mean"] == .number(values.reduce(0, +) / Double(values.count)))
      }
    }
    #expect(seen == expected.count, "window \(window), group \(group)")
  }

  @Test(
    "A question that cannot be answered says how to put it right",
    arguments: [
      ([], "'metric' is missing"), ([("metrc", "x")], "did you mean 'metric'?"),
      ([("metric", "x"), ("window", "7m")], "expected minutes or hours that divide a day"),
      ([("metric", "x"), ("from", "tomorrow")], "is no time"),
      ([("metric", "x"), ("from", "-999999999d")], "is no time"),
      ([("metric", "x"), ("from", "now"), ("to", "-1h")], "'from' is not before 'to'"),
      ([("metric", "x"), ("fn", "avg")], "fn='avg' is none of"), ([("metric", "x"), ("limit", "0")], "is not from 1"),
      ([("metric", "x"), ("format", "xml")], "is none of json, csv, ndjson"),
      ([("metric", "mode"), ("fn", "sum")], "sum is not for mode, which is of the kind state"),
      (
        [("metric", "weight"), ("group_by", "sight")],
        "no device with weight has a tag 'sight'; expected one of device, site"
      ),
      ([("metric", "weight"), ("cursor", "x")], "leads to no page"),
    ] as [([(name: String, value: String)], String)])
  func refusals(parameters: [(name: String, value: String)], message: String) throws {
    let harness = try PipelineHarness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    try harness.ingest(
      (Int64(1)...3).map { Message(payload: #"{"ts":\#(Self.noon - $0 * 60),"w":1,"m":"ON"}"#) }, journal, pipeline)
    try pipeline.checkpoint()
    let error = #expect(throws: QueryError.self) { try harness.ask(Question.aggregates, parameters) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test("States are told by name, bad readings by their reason, missing tags as null")
  func namesAndReasons() throws {
    let harness = try PipelineHarness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    try harness.ingest(
      [
        Message(payload: #"{"ts":\#(Self.noon - 60),"m":"OFF","t":1,"line":"L1"}"#),
        Message(payload: #"{"ts":\#(Self.noon - 50),"m":"ON","t":1000}"#),
      ], journal, pipeline)
    try pipeline.checkpoint()
    let latest = try harness.ask(Question.latest, [("tag.site", "north")])["readings"]
    #expect(latest[0]["metric"] == .text("mode"))
    #expect(latest[0]["value"] == .text("ON"))
    #expect(latest[0]["unit"] == .null)
    #expect(latest[1]["metric"] == .text("temperature"))
    #expect(latest[1]["quality"] == .text("bad"))
    #expect(latest[1]["reason"] == .text("range"))
    #expect(latest[1]["value"] == .null)
    #expect(latest[1]["time"] == .text("2025-11-21T12:39:10+08:00"))
    #expect(latest[1]["tags"] == .object(["site": .text("north"), "line": .text("L1")]))
    #expect(try harness.ask(Question.latest, [("tag.site", "south")])["readings"].count == 0)
    let series = try harness.ask(
      Question.aggregates,
      [("metric", "mode"), ("group_by", "line,site"), ("from", "-10m"), ("fn", "first,last,seconds")]
    )["series"][0]
    #expect(series["group"] == .object(["line": .text("L1"), "site": .text("north")]))
    #expect(series["points"][0]["first"] == .text("OFF"))
    #expect(series["points"][0]["last"] == .text("ON"))
    // ON lasts three intervals of ten seconds beyond its reading.
    #expect(series["points"][0]["seconds"] == .object(["OFF": .number(10), "ON": .number(30)]))
    try harness.ingest(
      [Message(topic: "a/north/probe-2", payload: #"{"ts":\#(Self.noon - 40),"m":"ON"}"#)], journal, pipeline)
    try pipeline.checkpoint()
    let lines = try harness.ask(Question.aggregates, [("metric", "mode"), ("group_by", "line"), ("from", "-10m")])
    #expect(lines["series"][0]["group"] == .object(["line": .null]))
    #expect(lines["series"][1]["group"] == .object(["line": .text("L1")]))
  }

  @Test("The same question with the same data gives the same bytes")
  func sameBytes() throws {
    let harness = try PipelineHarness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    try harness.ingest(
      (Int64(0)..<200).map {
        Message(topic: "a/s\($0 % 7)/probe-\($0)", payload: #"{"ts":\#(Self.noon - $0),"w":0.1}"#)
      },
      journal, pipeline)
    try pipeline.checkpoint()
    let reader = try StoreReader(directory: harness.configuration.data)
    let answers = try (0..<5).map { _ in
      try reader.readNow {
        try Question.aggregates(QueryParameters([("metric", "weight"), ("group_by", "site,device")]))
          .answer($0, .whole, zone: harness.configuration.timeZone, now: Timestamp(seconds: Self.noon)).body
      }
    }
    #expect(Set(answers).count == 1)
  }

  @Test("Days are those of the zone, also where clocks change")
  func calendarDays() throws {
    var grid = try #require(WindowGrid("1d", zone: TimeZone(identifier: "Europe/Berlin")!))
    // 2025-10-26 has 25 hours: it begins at 22:00 UTC of the 25th and ends at 23:00 UTC.
    let begin: Int64 = 1_761_429_600
    #expect(grid.window(of: begin).lowerBound == begin)
    #expect(grid.window(of: begin + 25 * 3600 - 1).lowerBound == begin)
    #expect(grid.window(of: begin + 25 * 3600).lowerBound == begin + 25 * 3600)
    #expect(grid.window(of: begin - 1).lowerBound == begin - 86400)
    #expect(WindowGrid("7m", zone: .gmt) == nil)
    #expect(WindowGrid("30s", zone: .gmt) == nil)
  }
}

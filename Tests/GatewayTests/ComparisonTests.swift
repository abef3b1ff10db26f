import Foundation
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// Windows beside those of a week ago, and groups by what they come to.
@Suite
struct ComparisonTests {
  private typealias Message = PipelineHarness.Message
  private static let noon = PipelineHarness.noon
  private static let day: Int64 = 86400

  private struct Known {
    let site: String
    let second: Int64
    let kilograms: Double
  }

  private let harness: PipelineHarness
  private let known: [Known]

  init() throws {
    var random = RandomSource(seed: testSeed())
    harness = try PipelineHarness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    var known: [Known] = []
    for _ in 0..<600 {
      known.append(
        Known(
          site: ["north", "south", "east", "west"].randomElement(using: &random)!,
          second: Self.noon - Int64.random(in: 1..<10 * Self.day, using: &random),
          kilograms: Double(Int.random(in: 0...100, using: &random)) / 4))
    }
    self.known = known
    for chunk in stride(from: 0, to: known.count, by: 100) {
      try harness.ingest(
        known[chunk..<chunk + 100].enumerated().map { index, reading in
          // Each from a device of its own, so that none is a repeat.
          Message(
            topic: "a/\(reading.site)/probe-\(chunk + index)",
            payload: #"{"ts":\#(reading.second),"w":\#(reading.kilograms)}"#)
        }, journal, pipeline)
      try pipeline.checkpoint()
    }
  }

  private func total(_ site: String, _ span: Range<Int64>) -> (count: Int, sum: Double) {
    let found = known.filter { $0.site == site && span.contains($0.second) }
    return (found.count, found.reduce(0) { $0 + $1.kilograms })
  }

  private static func list(_ json: JSON) -> [JSON] { if case .list(let items) = json { items } else { [] } }

  private func start(_ point: JSON) throws -> Int64 {
    guard case .text(let text) = point["start"] else { return 0 }
    return try #require(
      QueryTime.parse(text, now: Timestamp(seconds: 0), zone: harness.configuration.timeZone)
    ).seconds
  }

  @Test(
    "Each window is told beside the one so much earlier, of all that either has",
    arguments: [("1h", "-7d", 3600), ("1d", "-1w", 86400), ("6h", "-24h", 21600), ("15m", "-24h", 900)])
  func offsets(window: String, offset: String, seconds: Int64) throws {
    let back = offset == "-24h" ? Self.day : 7 * Self.day
    let answer = try harness.ask(
      Question.aggregates,
      [
        ("metric", "weight"), ("window", window), ("from", "-2d"), ("group_by", "site"), ("fn", "count,sum"),
        ("offset", offset),
      ])
    #expect(answer["offset"] == .text(offset))
    var seen = 0
    for series in Self.list(answer["series"]) {
      guard case .text(let site) = series["group"]["site"] else { continue }
      for point in Self.list(series["points"]) {
        let start = try start(point)
        let (now, then) = (total(site, start..<start + seconds), total(site, start - back..<start - back + seconds))
        #expect(now.count + then.count > 0, "a point of nothing")
        #expect(point["count"] == .number(Double(now.count)))
        #expect(point["sum"] == (now.count > 0 ? .number(now.sum) : .null))
        #expect(point["offset"]["count"] == .number(Double(then.count)))
        #expect(point["offset"]["sum"] == (then.count > 0 ? .number(then.sum) : .null))
        #expect(try self.start(point["offset"]) == start - back)
        seen += now.count
      }
    }
    let from = try start(.object(["start": answer["from"]]))
    #expect(seen == known.count { from <= $0.second && $0.second < Self.noon }, "all readings are in a point")
  }

  @Test("An offset that is no whole number of windows, or none at all, is refused")
  func refusedOffsets() throws {
    for (offset, message) in [
      ("7d", "is no time before"), ("-0d", "is no time before"), ("-x", "is no time before"),
      ("-30m", "no whole number of windows of 1h"), ("-9000y", "leads out of all years"),
      ("-999999y", "is no time before"), ("-999999mo", "is no time before"), ("-999999d", "leads out of all years"),
    ] {
      let error = #expect(throws: QueryError.self) {
        try harness.ask(
          Question.aggregates, [("metric", "weight"), ("window", "1h"), ("offset", offset)])
      }
      #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
  }

  @Test("A span of all years is refused before it is counted")
  func allYears() throws {
    let error = #expect(throws: QueryError.self) {
      try harness.ask(
        Question.aggregates,
        [("metric", "weight"), ("window", "1m"), ("from", "0001-01-03T00:00:00Z"), ("offset", "-1d")])
    }
    #expect(error?.description.contains("compares 100000 windows at most") == true, "\(error?.description ?? "")")
  }

  @Test("Groups stand in the order of what they come to, and 'top' keeps the first of them")
  func ranking() throws {
    let sums = ["north", "south", "east", "west"].map { site in
      (site: site, total: total(site, 0..<Self.noon))
    }
    func ask(_ parameters: [(name: String, value: String)]) throws -> [JSON] {
      let base = [
        (name: "metric", value: "weight"), ("window", "1d"), ("from", "-30d"), ("group_by", "site"), ("fn", "sum"),
      ]
      return Self.list(try harness.ask(Question.aggregates, base + parameters)["series"]).map { $0["group"]["site"] }
    }
    let bySum = sums.sorted { $0.total.sum < $1.total.sum }.map { JSON.text($0.site) }
    let byMean = sums.sorted { $0.total.sum / Double($0.total.count) < $1.total.sum / Double($1.total.count) }
      .map { JSON.text($0.site) }
    #expect(try ask([("order", "sum")]) == bySum)
    #expect(try ask([("order", "-sum")]) == bySum.reversed())
    #expect(try ask([("order", "-mean")]) == byMean.reversed())
    #expect(try ask([("top", "2")]) == Array(bySum.reversed().prefix(2)))
    #expect(try ask([("top", "3"), ("order", "sum")]) == Array(bySum.prefix(3)))
    for (parameters, message) in [
      ([("order", "size")], "is none of count"), ([("top", "0")], "is not from 1"),
      ([("order", "twa")], "twa is not for weight"), ([("order", "sum"), ("limit", "1")], "one page of 'limit'"),
      ([("order", "sum"), ("cursor", "e30")], "leads to no page"),
    ] as [([(name: String, value: String)], String)] {
      let error = #expect(throws: QueryError.self) { try ask(parameters) }
      #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
  }
}

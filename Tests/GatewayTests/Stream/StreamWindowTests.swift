import Foundation
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// Aggregates as their windows close, by a clock that the test sets.
@Suite
struct StreamWindowTests {
  private static let query = "events=aggregates&metric=temperature&fn=count,max"

  /// Two devices in each minute from noon on; the noon of the tests is the start of a minute.
  private func fill(_ gateway: StreamHarness, minutes: Range<Int64>) throws {
    for minute in minutes {
      for device in 1...2 {
        try gateway.take(
          StreamHarness.temperature(
            Double(minute), of: "probe-\(device)", site: device == 1 ? "north" : "south", at: minute * 60,
            receivedAt: minute * 60))
      }
      try gateway.checkpoint(at: minute * 60)
    }
  }

  private func maxima(_ events: [StreamHarness.Event]) -> [JSON] { events.map { $0.data["max"] } }

  @Test("A window is told 30 s after its end, once a checkpoint is written, and as /api/v1/aggregates has it")
  func closes() async throws {
    #expect(StreamHarness.noon % 60 == 0)
    let gateway = try StreamHarness()
    let client = try gateway.client(Self.query)
    try gateway.checkpoint(at: 0)
    try await client.read()
    try fill(gateway, minutes: 0..<1)
    try gateway.checkpoint(at: 89)
    #expect(try await client.read() == [])
    try gateway.take(StreamHarness.temperature(7, at: 59, receivedAt: 89))
    try gateway.checkpoint(at: 90)
    let events = try await client.read()
    #expect(events.map(\.kind) == ["aggregate", "aggregate"])
    #expect(maxima(events) == [.number(7), .number(0)])
    let answer = try gateway.harness.ask(
      Question.aggregates,
      [
        ("metric", "temperature"), ("fn", "count,max"), ("from", "\(StreamHarness.noon)"),
        ("to", "\(StreamHarness.noon + 60)"),
      ],
      now: StreamHarness.noon + 90)
    for (index, event) in events.enumerated() {
      let series = answer["series"][index]
      for field in ["metric", "unit", "group"] { #expect(event.data[field] == series[field]) }
      #expect(event.data["window"] == .text("1m"))
      guard case .object(let point) = series["points"][0] else {
        Issue.record("no point")
        return
      }
      for (name, value) in point { #expect(event.data[name] == value, "\(name)") }
      #expect(event.data["open"] == .null)
    }
    try gateway.checkpoint(at: 200)
    #expect(try await client.read() == [])
  }

  @Test("A client that comes back, after a restart too, is told each window once, from the middle of one as well")
  func resumes() async throws {
    let gateway = try StreamHarness()
    let whole = try gateway.client(Self.query)
    let first = try gateway.client(Self.query)
    try gateway.checkpoint(at: 0)
    try await whole.read()
    try await first.read()
    let start = try #require(first.lastID)
    try fill(gateway, minutes: 0..<6)
    try gateway.checkpoint(at: 400)
    let all = try await whole.read()
    #expect(maxima(all) == (0..<6).flatMap { [JSON.number(Double($0)), .number(Double($0))] })
    try gateway.restart()
    try gateway.checkpoint(at: 401)
    for (index, id) in ([start] + all.map(\.id)).enumerated() {
      let again = try gateway.client(Self.query, after: id)
      let events = try await again.read()
      #expect(events.map(\.data) == all.dropFirst(index).map(\.data), "after \(id)")
      #expect(
        events.map { $0.id.split(separator: ".")[0] } == all.dropFirst(index).map { $0.id.split(separator: ".")[0] })
    }
  }

  @Test("A scope and groups leave what they leave of /api/v1/aggregates")
  func scope() async throws {
    let gateway = try StreamHarness()
    let scoped = try gateway.client(Self.query, scope: TagScope(["site": ["south"]]))
    let sites = try gateway.client(Self.query + "&group_by=site&window=2m")
    try gateway.checkpoint(at: 0)
    try await scoped.read()
    try await sites.read()
    try fill(gateway, minutes: 0..<2)
    try gateway.checkpoint(at: 150)
    #expect(try await scoped.read().map { $0.data["group"]["device"] } == [.text("probe-2"), .text("probe-2")])
    let events = try await sites.read()
    #expect(events.map { $0.data["group"]["site"] } == [.text("north"), .text("south")])
    #expect(events.map { $0.data["count"] } == [.number(2), .number(2)])
  }

  @Test("Of windows that are too many to be told again only the last are; a gap says from when to when none are")
  func tooMany() async throws {
    let gateway = try StreamHarness()
    try gateway.checkpoint(at: 0)
    try fill(gateway, minutes: 0..<1)
    try gateway.checkpoint(at: 2 * 86400)
    let client = try gateway.client(Self.query, after: "\(StreamHarness.noon).0.0.0")
    let events = try await client.read()
    #expect(events.map(\.kind) == ["gap"])
    #expect(events[0].data["of"] == .text("aggregates"))
    #expect(events[0].data["from"] == .text("2025-11-21T12:40:00+08:00"))
    #expect(events[0].data["to"] == .text("2025-11-22T12:39:00+08:00"))
    let future = try gateway.client(Self.query, after: "\(StreamHarness.noon + 10 * 86400).0.0.0")
    #expect(try await future.read().map(\.kind) == ["gap"])
  }

  @Test("A question that is none any more, as devices have come, ends the stream with a problem")
  func problem() async throws {
    let gateway = try StreamHarness()
    let client = try gateway.client(Self.query + "&group_by=zone")
    try gateway.checkpoint(at: 0)
    try await client.read()
    try fill(gateway, minutes: 0..<2)
    try gateway.checkpoint(at: 150)
    let events = try await client.read()
    #expect(events.map(\.kind) == ["problem"])
    #expect(events.first?.data["status"] == .number(400))
    try gateway.checkpoint(at: 250)
    #expect(try await client.read() == [])
  }

  @Test("Both kinds on one stream: an id goes on in both")
  func both() async throws {
    let gateway = try StreamHarness()
    let query = "events=readings,aggregates&metric=temperature&fn=max"
    let client = try gateway.client(query)
    try gateway.checkpoint(at: 0)
    try await client.read()
    let start = try #require(client.lastID)
    try fill(gateway, minutes: 0..<3)
    try gateway.checkpoint(at: 220)
    let all = try await client.read()
    #expect(all.count { $0.kind == "aggregate" } == 6 && all.count { $0.kind == "reading" } == 6)
    for (index, id) in ([start] + all.map(\.id)).enumerated() {
      let events = try await gateway.client(query, after: id).read()
      for kind in ["reading", "aggregate"] {
        #expect(
          events.filter { $0.kind == kind }.map(\.data) == all.dropFirst(index).filter { $0.kind == kind }.map(\.data))
      }
    }
  }

  @Test(
    "What cannot be asked is refused",
    arguments: [
      ("events=nothing", "none of readings, aggregates, alerts"), ("events=aggregates", "'metric' is missing"),
      ("window=5m", "is for aggregates"), ("metrc=x", "did you mean 'metric'?"),
      ("rule=hot", "is for alerts"), ("events=alerts&severity=bad", "none of info, warning, critical"),
      ("events=aggregates&metric=x&window=7m", "divide a day"), ("events=aggregates&metric=x&fn=most", "none of"),
    ])
  func refusals(query: String, wanted: String) throws {
    let error = #expect(throws: QueryError.self) {
      try StreamQuery(QueryParameters(urlQuery: query), zone: .gmt)
    }
    #expect(error?.description.contains(wanted) == true, "\(String(describing: error))")
  }
}

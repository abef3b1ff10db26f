import Foundation
import Simulator
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// Readings as they are taken in, told to clients without connections.
@Suite
struct StreamReadingTests {
  private typealias Message = StreamHarness.Message

  private func values(_ events: [StreamHarness.Event]) -> [JSON] { events.map { $0.data["value"] } }

  @Test("A reading is told in the shape of /api/v1/latest, once the checkpoint that includes it is written")
  func shape() async throws {
    let gateway = try StreamHarness()
    try gateway.take(StreamHarness.temperature(20))
    let client = try gateway.client()
    #expect(try await client.read() == [])
    try gateway.checkpoint()
    // What was taken in before anybody listened is not told.
    #expect(try await client.read() == [])
    #expect(client.lastID != nil)
    try gateway.take(StreamHarness.temperature(21, at: 1), Message(payload: #"{"ts":1763700002,"t":999,"m":"ON"}"#))
    #expect(try await client.read() == [])
    try gateway.checkpoint()
    let events = try await client.read()
    #expect(events.map(\.kind) == ["reading", "reading", "reading"])
    #expect(values(events) == [.number(21), .null, .text("ON")])
    #expect(events[1].data["quality"] == .text("bad") && events[1].data["reason"] == .text("range"))
    let latest = try gateway.harness.ask(Question.latest, [("metric", "temperature,mode")])["readings"]
    #expect(events[1].data == latest[1] && events[2].data == latest[0])
  }

  @Test("Only what the filter and the scope leave is told, by the tags at the start of the reading's minute")
  func filters() async throws {
    let gateway = try StreamHarness()
    let all = try gateway.client()
    let north = try gateway.client("tag.site=north")
    let scoped = try gateway.client(scope: TagScope(["site": ["north"]]))
    let device = try gateway.client("device=probe-2&metric=temperature")
    let weights = try gateway.client("metric=weight")
    try gateway.checkpoint()
    for client in [all, north, scoped, device, weights] { try await client.read() }
    try gateway.take(
      StreamHarness.temperature(1), StreamHarness.temperature(2, of: "probe-2", site: "south"),
      Message(topic: "a/south/probe-2", payload: #"{"ts":1763700000,"w":3}"#))
    try gateway.checkpoint()
    // The device moves; what it measured before counts where it was then.
    try gateway.take(StreamHarness.temperature(4, site: "south", at: 120, receivedAt: 130))
    try gateway.take(StreamHarness.temperature(5, site: "south", at: 10, receivedAt: 131))
    try gateway.checkpoint(at: 131)
    #expect(values(try await all.read()) == [1, 2, 3, 4, 5].map(JSON.number))
    #expect(values(try await north.read()) == [1, 5].map(JSON.number))
    #expect(values(try await scoped.read()) == [1, 5].map(JSON.number))
    #expect(scoped.events.map { $0.data["tags"]["site"] } == [.text("north"), .text("north")])
    #expect(values(try await device.read()) == [.number(2)])
    #expect(values(try await weights.read()) == [.number(3)])
  }

  @Test("What comes twice is told once; what is late is told when it is taken in")
  func repeatsAndLate() async throws {
    let gateway = try StreamHarness()
    let client = try gateway.client()
    try gateway.checkpoint()
    try await client.read()
    try gateway.take(StreamHarness.temperature(1), StreamHarness.temperature(2, at: -3600))
    // The device sends it again: by time and value it is the same.
    try gateway.take(StreamHarness.temperature(1, receivedAt: 1))
    var again = StreamHarness.temperature(3)
    again.flags = [.qos1, .redelivered]
    try gateway.take(again)
    var retained = StreamHarness.temperature(4, at: 5)
    retained.flags = [.qos1, .retained]
    try gateway.take(retained)
    try gateway.checkpoint()
    #expect(values(try await client.read()) == [.number(1), .number(2)])
  }

  @Test("Clients that come back at random hear every reading once, in order, as long as it is kept")
  func resumes() async throws {
    var random = RandomSource(seed: testSeed())
    let gateway = try StreamHarness()
    var client = try gateway.client("metric=temperature")
    try gateway.checkpoint()
    try await client.read()
    var start = try #require(client.lastID)
    var heard: [JSON] = []
    var told: [JSON] = []
    for number in 0..<300 {
      try gateway.take(StreamHarness.temperature(Double(number % 100), at: Int64(number)))
      told.append(.number(Double(number % 100)))
      if Bool.random(using: &random) { try gateway.take(Message(payload: #"{"ts":1763700000,"w":\#(number)}"#)) }
      if Int.random(in: 0..<3, using: &random) == 0 { try gateway.checkpoint() }
      if Bool.random(using: &random) { heard += values(try await client.read()) }
      guard Int.random(in: 0..<10, using: &random) == 0 else { continue }
      // From its last event, or from one before, of which what follows comes again.
      let back = Int.random(in: 0..<3, using: &random)
      let events = client.events
      if back > 0, events.count > back {
        start = events[events.count - 1 - back].id
        heard.removeLast(back)
      } else {
        start = client.lastID ?? start
      }
      client = try gateway.client("metric=temperature", after: start)
    }
    try gateway.checkpoint()
    heard += values(try await client.read())
    #expect(heard == told)
    #expect(!client.events.contains { $0.kind == "gap" })
  }

  @Test("A client that is behind the buffer is ended; when it comes back it is told what it has missed")
  func behind() async throws {
    let gateway = try StreamHarness(events: 10)
    let client = try gateway.client()
    try gateway.checkpoint()
    try await client.read()
    for batch in 0..<3 {
      for number in 0..<8 { try gateway.take(StreamHarness.temperature(Double(number), at: Int64(batch * 8 + number))) }
      try gateway.checkpoint()
    }
    await #expect(throws: StreamHub.Drop.behind) { try await client.read() }
    let again = try gateway.client(after: client.lastID)
    let events = try await again.read()
    #expect(events.first?.kind == "gap" && events.first?.data["of"] == .text("readings"))
    #expect(events.count == 11)
    // And from there on nothing more is missing.
    let third = try gateway.client(after: events[0].id)
    #expect(try await third.read() == Array(events.dropFirst()))
  }

  @Test("What comes at once and is more than is kept leaves a gap for everybody")
  func burst() async throws {
    let gateway = try StreamHarness(events: 10)
    let client = try gateway.client()
    try gateway.checkpoint()
    try await client.read()
    for number in 0..<30 { try gateway.take(StreamHarness.temperature(Double(number), at: Int64(number))) }
    try gateway.checkpoint()
    let events = try await client.read()
    #expect(events.count == 10)
    #expect(events.first?.kind == "gap")
    #expect(events.last?.data["value"] == .number(29))
  }

  @Test("While nobody listens nothing is kept; a gap says so to one who comes back, and a restart is one too")
  func nobodyListens() async throws {
    let gateway = try StreamHarness()
    try gateway.take(StreamHarness.temperature(1))
    try gateway.checkpoint()
    #expect(gateway.hub.edge == nil && !gateway.hub.isListening)
    let client = try gateway.client()
    try gateway.checkpoint()
    try await client.read()
    try gateway.take(StreamHarness.temperature(2, at: 1))
    try gateway.checkpoint()
    #expect(values(try await client.read()) == [.number(2)])
    let id = try #require(client.lastID)
    try gateway.restart()
    try gateway.take(StreamHarness.temperature(3, at: 2))
    try gateway.checkpoint()
    let again = try gateway.client(after: id)
    try gateway.checkpoint()
    #expect(try await again.read().map(\.kind) == ["gap"])
    try gateway.take(StreamHarness.temperature(4, at: 3))
    try gateway.checkpoint()
    #expect(values(try await again.read()) == [.number(4)])
    let made = try gateway.client(after: "0.999999.0.0")
    #expect(try await made.read().map(\.kind) == ["gap"])
  }

  @Test("Readings are kept for some time behind the last client, and no longer")
  func linger() throws {
    let hub = StreamHub(StreamHub.Limits(), keptFor: .zero)
    var ticket: StreamTicket? = try hub.enter(token: nil, wantsReadings: true, wantsAlerts: false)
    #expect(hub.isListening)
    let batch = ReadingBatch(beginsAt: StreamPlace(), endsAt: .behind(1), readings: [])
    hub.take(batch, DeviceRegistry.Unsaved(), through: batch.endsAt, at: .now)
    #expect(hub.edge != nil && ticket != nil)
    ticket = nil
    #expect(hub.counts.open == 0 && hub.isListening)
    hub.take(batch, DeviceRegistry.Unsaved(), through: batch.endsAt, at: .now)
    #expect(hub.edge == nil && !hub.isListening)
  }

  @Test("No more streams are open than may be, in all and of one token")
  func limits() throws {
    let hub = StreamHub(StreamHub.Limits(streams: 3, streamsPerToken: 2))
    var tickets = try (0..<2).map { _ in try hub.enter(token: "a", wantsReadings: false, wantsAlerts: false) }
    #expect(throws: StreamHub.Refusal.tooManyOfToken(limit: 2)) {
      try hub.enter(token: "a", wantsReadings: false, wantsAlerts: false)
    }
    tickets.append(try hub.enter(token: "b", wantsReadings: true, wantsAlerts: false))
    #expect(throws: StreamHub.Refusal.tooMany(limit: 3)) {
      try hub.enter(token: "b", wantsReadings: true, wantsAlerts: false)
    }
    tickets.removeFirst()
    tickets.append(try hub.enter(token: "a", wantsReadings: false, wantsAlerts: false))
    hub.end()
    tickets.removeAll()
    #expect(throws: StreamHub.Refusal.ending) { try hub.enter(token: "a", wantsReadings: false, wantsAlerts: false) }
    #expect(hub.counts.open == 0)
  }
}

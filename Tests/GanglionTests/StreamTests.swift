import Foundation
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

/// `/api/v1/stream` of a gateway that runs.
@Suite(.exclusive)
struct StreamTests {
  private static let profile = """
    profile: line-probe
    topics: ["line/{site}/{device}"]
    payload: json
    device: "{device}"
    time: { at: /ts, as: unix-ms }
    tags: { site: "{site}" }
    metrics:
      - { name: strain, at: /n, kind: gauge, unit: m }
    """

  /// Numbers its messages: each says its own.
  private struct Line: Fleet {
    let site: String
    var number = 0

    mutating func nextMessage(at now: Timestamp) -> SimulatedMessage {
      defer { number += 1 }
      return SimulatedMessage(
        topic: "line/\(site)/\(site)-\(number % 7)",
        payload: #"{"ts":\#(now.microseconds / 1000),"n":\#(number)}"#, readings: [])
    }
  }

  private func running(tokens: String? = nil, more: String = "") async throws -> RunningGateway {
    try await RunningGateway(profiles: ["line.yaml": Self.profile], tokens: tokens, more: more)
  }

  /// - Parameter time: of all readings; nil for the clock.
  private func publish(_ count: Int, site: String, to running: RunningGateway, at time: Timestamp? = nil) async throws {
    var settings = Publisher.Settings(host: "127.0.0.1", port: running.broker.port)
    settings.messageLimit = count
    if let time { settings.eventTime = { _ in time } }
    let publisher = Publisher(settings, fleet: Line(site: site))
    _ = try await onThread { try publisher.run() }
  }

  private func number(_ event: StreamClient.Event) -> Int? {
    guard let match = event.data.firstMatch(of: /"value":(\d+)/) else { return nil }
    return Int(match.output.1)
  }

  private func metric(_ name: String, _ running: RunningGateway) async throws -> Double? {
    let lines = try await running.get("/metrics").body.split(separator: "\n")
    guard let line = lines.first(where: { $0.hasPrefix(name + " ") }) else { return nil }
    return Double(line.dropFirst(name.count + 1))
  }

  /// A client that has been told where it begins.
  private func begun(
    _ path: String, url: String, token: String? = nil, after id: String? = nil
  ) async throws -> StreamClient {
    let client = try StreamClient(path, url: url, token: token, lastEventID: id)
    try await eventually("the stream begins: \(client.reply)") { client.lastID != nil }
    return client
  }

  @Test("Readings come by filter, each once and in order; a client that comes back goes on where it was")
  func readings() async throws {
    let running = try await running()
    defer { running.stop() }
    let all = try await begun("/api/v1/stream", url: running.url)
    let mill = try await begun("/api/v1/stream?tag.site=mill&metric=strain", url: running.url)
    #expect(all.reply.hasPrefix("HTTP/1.1 200") && all.reply.contains("\r\nContent-Type: text/event-stream\r\n"))
    #expect(all.text.contains("retry: 3000\n"))
    try await publish(300, site: "mill", to: running)
    try await publish(200, site: "yard", to: running)
    try await eventually("all came: \(all.events.count)") { all.events.count >= 500 }
    try await eventually("those of the mill came") { mill.events.count >= 300 }
    #expect(mill.events.compactMap(number) == Array(0..<300))
    #expect(all.events.compactMap(number) == Array(0..<300) + Array(0..<200))
    #expect(all.events.allSatisfy { $0.kind == "reading" })
    let id = mill.events[123].id
    mill.close()
    try await publish(50, site: "mill", to: running)
    let again = try await begun("/api/v1/stream?tag.site=mill", url: running.url, after: id)
    try await eventually("the rest came: \(again.events.count)") { again.events.count >= 226 }
    #expect(again.events.compactMap(number) == Array(124..<300) + Array(0..<50))
    var open: Double?
    try await eventually("two streams are open: \(String(describing: open))") {
      open == 2
    } refreshing: {
      open = try await metric("ganglion_streams_open", running)
    }
    // Refused before it begins.
    for (path, id) in [("?events=nothing", nil), ("?events=aggregates", nil), ("", "nonsense")] {
      let refused = try StreamClient("/api/v1/stream" + path, url: running.url, lastEventID: id)
      try await eventually("it is refused: \(refused.reply)") { refused.status == 400 }
      #expect(refused.reply.contains("application/problem+json"))
      refused.close()
    }
    let head = try StreamClient("/api/v1/stream", url: running.url, method: "HEAD")
    try await eventually("a head is answered: \(head.reply)") { head.status == 200 && head.reply.hasSuffix("\r\n\r\n") }
    #expect(try await metric("ganglion_streams_open", running) == 2)
    head.close()
  }

  @Test("A token sees what is in its scope, has its limit of streams, and ends its stream with itself")
  func tokens() async throws {
    let scratch = try ScratchDirectory()
    let file = "\(scratch.path)/tokens.yaml"
    var secrets: [String] = []
    for arguments in [["whole"], ["mill", "--scope", "site=mill"]] {
      let added = try GanglionProcess.run(
        ["tokens", "add", "--file", file, "--role", "viewer", "--name"] + arguments, in: scratch)
      secrets.append(added.output.trimmingCharacters(in: .newlines))
    }
    let running = try await running(tokens: file, more: "limits: { streams_per_token: 1 }")
    defer { running.stop() }
    let whole = try await begun("/api/v1/stream", url: running.url, token: secrets[0])
    let scoped = try await begun("/api/v1/stream", url: running.url, token: secrets[1])
    let second = try StreamClient("/api/v1/stream", url: running.url, token: secrets[1])
    try await eventually("a second stream is refused: \(second.reply)") { second.status == 429 }
    #expect(second.reply.contains("limits.streams_per_token"))
    second.close()
    try await publish(40, site: "yard", to: running)
    try await publish(30, site: "mill", to: running)
    try await eventually("all came") { whole.events.count >= 70 }
    try await eventually("those of the scope came") { scoped.events.count >= 30 }
    #expect(scoped.events.count == 30 && scoped.events.allSatisfy { $0.data.contains(#""site":"mill""#) })
    #expect(try running.ganglion("tokens", "remove", "--config", running.config, "mill").ending == .exited(0))
    try await eventually("the stream of the token that is gone ends", within: .seconds(10)) { scoped.hasEnded }
    #expect(scoped.isComplete && !whole.hasEnded)
  }

  @Test(
    "Aggregates come as their window closes; a client that comes back after a restart is told what it has not heard")
  func aggregates() async throws {
    let running = try await running()
    defer { running.stop() }
    let path = "/api/v1/stream?events=aggregates&metric=strain&group_by=site&fn=count"
    let client = try await begun(path, url: running.url)
    let start = try #require(client.lastID)
    // Of the minute that closes next, and not within the next seconds.
    let now = Timestamp.now.seconds
    let minute = now % 60 < 20 ? (now / 60 - 1) * 60 : now / 60 * 60
    try await publish(100, site: "mill", to: running, at: Timestamp(seconds: minute))
    try await eventually("the window closes", within: .seconds(110)) { !client.events.isEmpty }
    #expect(Timestamp.now.seconds >= minute + 90)
    #expect(counted(client.events) == 100 && client.events.allSatisfy { $0.kind == "aggregate" })
    #expect(client.events.first?.data.contains(#""group":{"site":"mill"}"#) == true)
    let end = try #require(client.lastID)
    // Late, in a window that was told.
    try await publish(50, site: "mill", to: running, at: Timestamp(seconds: minute + 1))
    // All of them before the stop: what the broker brings behind it would be late once more.
    var received: Double?
    try await eventually("all are received: \(received ?? 0)") {
      received == 150
    } refreshing: {
      received = try await metric("ganglion_messages_received_total", running)
    }
    #expect(running.gateway.process.terminate(within: .seconds(5)) == .exited(0), "\(running.gateway.errors)")
    let restarted = try GanglionProcess(["run", "--config", running.config], in: running.scratch)
    defer { _ = restarted.process.terminate() }
    try await eventually("it listens: \(restarted.errors)") { restarted.errors.contains("the API listens on ") }
    let url = try RunningAPI(of: restarted).url
    let heard = try await begun(path, url: url, after: end)
    let again = try await begun(path, url: url, after: start)
    try await eventually("it is told: \(again.text)") { counted(again.events) == 150 }
    #expect(again.events.count == 1 && heard.events.isEmpty)
  }

  private func counted(_ events: [StreamClient.Event]) -> Int {
    events.reduce(0) { sum, event in
      guard let match = event.data.firstMatch(of: /"count":(\d+)/) else { return sum }
      return sum + (Int(match.output.1) ?? 0)
    }
  }

  @Test("Clients that never read are ended and counted, for either reason, and ingest takes every message")
  func neverReads() async throws {
    let running = try await running(more: "limits: { stream_events: 5000 }")
    defer { running.stop() }
    let idle = try StreamClient("/api/v1/stream", url: running.url, reads: false)
    var open: Double?
    try await eventually("it is open") {
      open == 1
    } refreshing: {
      open = try await metric("ganglion_streams_open", running)
    }
    try await publish(20_000, site: "mill", to: running)
    var dropped = 0.0
    try await eventually("it is ended: \(dropped)", within: .seconds(40)) {
      dropped >= 1 && open == 0
    } refreshing: {
      dropped = 0
      for reason in ["behind", "stalled"] {
        dropped += try await metric("ganglion_stream_clients_dropped_total{reason=\"\(reason)\"}", running) ?? 0
      }
      open = try await metric("ganglion_streams_open", running)
    }
    #expect(running.gateway.errors.contains("a stream is ended, for its client does not keep up"))
    let reader = try StoreReader(directory: running.data)
    try await eventually("every message is in the store") {
      try reader.readNow { try $0.messageAccounts() }.values.reduce(0) { $0 + $1.settled } >= 20_000
    }
    #expect(try await running.get("/api/v1/ledger").body.contains(#""balanced":true"#))
    let path = "/api/v1/aggregates?metric=strain&window=1d&from=-1d&group_by=site&fn=count"
    #expect(try await running.get(path).body.contains(#""count":20000"#))
    idle.close()
  }

  @Test("A client that is told nothing hears a heartbeat, with the place where it stands")
  func heartbeat() async throws {
    let running = try await running()
    defer { running.stop() }
    let client = try await begun("/api/v1/stream?metric=nothing", url: running.url)
    let (beats, id) = (client.heartbeats, client.lastID)
    try await publish(10, site: "mill", to: running)
    try await eventually("it beats", within: .seconds(25)) { client.heartbeats > beats }
    // Past the readings that it is not told.
    try await eventually("its place has moved") { client.lastID != id }
    #expect(client.events.isEmpty)
  }

  @Test("A stop ends open streams in order, those that read nothing too, and is not held up")
  func stop() async throws {
    let running = try await running()
    defer { running.stop() }
    let clients = try await [
      begun("/api/v1/stream", url: running.url), begun("/api/v1/stream?metric=nothing", url: running.url),
    ]
    let idle = try StreamClient("/api/v1/stream", url: running.url, reads: false)
    try await publish(300, site: "mill", to: running)
    let began = ContinuousClock.now
    #expect(running.gateway.process.terminate(within: .seconds(10)) == .exited(0), "\(running.gateway.errors)")
    #expect(ContinuousClock.now - began < .seconds(5))
    for client in clients {
      try await eventually("it has ended") { client.hasEnded }
      #expect(client.isComplete, "\(client.reply.suffix(100))")
    }
    // What the last checkpoint wrote was told, as far as there was time.
    #expect((1...300).contains(clients[0].events.count))
    idle.close()
  }
}

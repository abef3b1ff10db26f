import Foundation
import FoundationNetworking
import Glibc
import Simulator
import Synchronization
import Telemetry
import TestSupport
import Testing

/// How a gateway that runs answers: compressed, known already, line by line, and to those who take their time.
@Suite(.exclusive)
struct APIAnswersTests {
  private static let profile = """
    profile: probe
    topics: ["audit/{device}"]
    payload: json
    device: "{device}"
    metrics:
      - { name: temperature, at: /t, kind: gauge, unit: Cel }
    """

  private struct Reply {
    let status: Int
    let body: Data
    let headers: [AnyHashable: Any]
  }

  private func get(
    _ path: String, _ running: RunningGateway, fields: [String: String] = [:], method: String = "GET"
  ) async throws -> Reply {
    var request = URLRequest(url: URL(string: running.url + path)!)
    request.httpMethod = method
    for (name, value) in fields { request.setValue(value, forHTTPHeaderField: name) }
    let (data, response) = try await URLSession.shared.data(for: request)
    let http = try #require(response as? HTTPURLResponse)
    return Reply(status: http.statusCode, body: data, headers: http.allHeaderFields)
  }

  private func port(_ running: RunningGateway) throws -> Int {
    try #require(Int(running.url.split(separator: ":").last ?? ""))
  }

  /// Publishes readings of two hours ago, and waits until they are in the store.
  private func publish(_ messages: Int, seed: UInt64, _ running: RunningGateway) async throws -> Oracle {
    var settings = Publisher.Settings(host: "127.0.0.1", port: running.broker.port)
    settings.messageLimit = messages
    let began = Timestamp.now - .seconds(7200)
    settings.eventTime = { began + .milliseconds($0 * 100) }
    let publisher = Publisher(settings, fleet: FleetName.first.fleet(seed: seed))
    let oracle = try await onThread { try publisher.run() }
    try await taken(messages, running)
    return oracle
  }

  private func taken(_ messages: Int, _ running: RunningGateway) async throws {
    var api = try RunningAPI(of: running.gateway)
    let before = (taken: messages, pending: 0.0)
    try await eventually("\(before.taken) messages are in the store: \(running.gateway.errors)") {
      api.metrics["ganglion_messages_received_total"] ?? 0 >= Double(messages)
        && api.metrics["ganglion_messages_pending"] == before.pending
    } refreshing: {
      await api.refresh()
    }
  }

  @Test("Closed windows have a tag: who shows it is told that nothing has changed, until something late comes")
  func entityTags() async throws {
    let running = try await RunningGateway()
    defer { running.stop() }
    _ = try await publish(500, seed: testSeed(), running)
    let end = Timestamp.now.seconds - 4200
    let closed = "/api/v1/aggregates?metric=battery&window=15m&from=\(end - 18_000)&to=\(end)&group_by=site"
    let first = try await get(closed, running)
    #expect(first.status == 200 && String(decoding: first.body, as: UTF8.self).contains("\"points\":[{"))
    let tag = try #require(first.headers["Etag"] as? String ?? first.headers["ETag"] as? String, "\(first.headers)")
    #expect(first.headers["Cache-Control"] as? String == "private, no-cache")
    for shown in [tag, "\"other\", \(tag)", String(tag.dropFirst(2))] {
      let again = try RawHTTP.get(closed, port: port(running), fields: ["If-None-Match: \(shown)"])
      #expect(again.hasPrefix("HTTP/1.1 304 ") && again.hasSuffix("\r\n\r\n"), "\(shown): \(again)")
    }
    #expect(try await get(closed, running, fields: ["If-None-Match": "\"other\""]).status == 200)
    let open = try await get("/api/v1/aggregates?metric=battery&from=-1h", running)
    #expect(open.headers["Etag"] == nil && open.headers["ETag"] == nil)
    #expect(open.headers["Cache-Control"] as? String == "no-store")
    _ = try await publish(20, seed: testSeed(), running)
    var changed = first
    // As long as nothing has changed there is no body at all.
    try await eventually("late readings make it another answer, not \(changed.status)") {
      changed.status == 200 && changed.body != first.body
    } refreshing: {
      changed = try await get(closed, running, fields: ["If-None-Match": tag])
    }
  }

  @Test("Answers are compressed for those who take it, and only where they are large; what is no request ends nothing")
  func compression() async throws {
    let running = try await RunningGateway()
    defer { running.stop() }
    _ = try await publish(500, seed: testSeed(), running)
    let path = "/api/v1/aggregates?metric=battery&window=1m&from=-3h&format=ndjson&limit=100000"
    let plain = try RawHTTP.bytes(path, port: port(running))
    let packed = try RawHTTP.bytes(path, port: port(running), fields: ["Accept-Encoding: gzip"])
    #expect(String(decoding: packed.prefix(1000), as: UTF8.self).lowercased().contains("content-encoding: gzip"))
    #expect(packed.count * 2 < plain.count, "\(packed.count) of \(plain.count)")
    // This client asks for it by itself, and unpacks.
    let unpacked = try await get(path, running, fields: ["Accept-Encoding": "gzip"]).body
    #expect(String(decoding: plain, as: UTF8.self).contains(String(decoding: unpacked.prefix(200), as: UTF8.self)))
    #expect(unpacked.split(separator: UInt8(ascii: "\n")).count > 10)
    let head = try RawHTTP.get(
      "/openapi.json", port: port(running), method: "HEAD", fields: ["Accept-Encoding: gzip"])
    #expect(head.hasSuffix("\r\n\r\n") && !head.lowercased().contains("content-encoding"), "\(head)")
    // More than one piece of the socket's.
    let large = try RawHTTP.bytes("/openapi.json", port: port(running), fields: ["Accept-Encoding: gzip"])
    #expect(String(decoding: large.prefix(1000), as: UTF8.self).lowercased().contains("content-encoding: gzip"))
    let small = try RawHTTP.get("/healthz", port: port(running), fields: ["Accept-Encoding: gzip"])
    #expect(!small.lowercased().contains("content-encoding") && small.contains("\"status\""))
    let asked = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n"
    for head in [
      "\u{16}\u{3}\u{1}nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET\r\n\r\n", "\r\n\r\n\r\n\0",
      "\(asked)\r\nGARBAGE\r\n\r\n", "\(asked)X: \u{1}\u{2}\r\n\r\n", "\(asked)Expect: 100-continue\r\n\r\n",
      "\(asked)\(String(repeating: "A: b\r\n", count: 100))\r\n", "GET /\u{0} HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "POST /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
      "G@T /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ] {
      _ = try RawHTTP.exchange(head + "Connection: close\r\n\r\n", port: port(running))
    }
    #expect(try await get("/healthz", running).status == 200)
  }

  @Test("A reload and a replay are written down with who asked, from where, and what came of it")
  func audit() async throws {
    let running = try await RunningGateway(profiles: ["p.yaml": Self.profile])
    defer { running.stop() }
    #expect(try await get("/api/v1/reload", running, method: "POST").status == 200)
    try running.scratch.file("devices/p.yaml", "profile: 7")
    #expect(try await get("/api/v1/reload", running, method: "POST").status == 422)
    #expect(try await get("/api/v1/dead-letters/replay?reason=malformed", running, method: "POST").status == 200)
    var text = ""
    try await eventually("the outcomes are in the store: \(text)") {
      text.contains("refused") && !text.contains("unknown")
    } refreshing: {
      text = try running.ganglion("audit", "--url", running.url).output
    }
    let lines = text.split(separator: "\n")
    #expect(lines.count == 4, "\(text)")
    #expect(lines[1].contains("replay-dead-letters") && lines[1].contains("reason=malformed"))
    #expect(lines[2].contains("refused") && lines[3].contains("done") && lines[3].contains("127.0.0.1"), "\(text)")
  }

  @Test(
    "Two hundred connections that write and read a byte at a time keep nobody from asking, and nothing from coming in")
  func slowPeers() async throws {
    let running = try await RunningGateway()
    defer { running.stop() }
    _ = try await publish(2000, seed: testSeed(), running)
    let port = try port(running)
    let request = "GET /api/v1/aggregates?metric=battery&from=-3h&limit=1000000 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    var peers: [Int32] = []
    defer { for peer in peers { close(peer) } }
    for number in 0..<200 {
      let peer = try RawHTTP.connection(port: port)
      peers.append(peer)
      // Half of them ask, and are to read slowly; the others are to ask slowly.
      if number % 2 == 0 { send(peer, request, request.utf8.count, 0) }
    }
    var settings = Publisher.Settings(host: "127.0.0.1", port: running.broker.port)
    settings.rate = 2000
    settings.messageLimit = 10_000
    let publisher = Publisher(settings, fleet: FleetName.first.fleet(seed: testSeed()))
    let isDone = Mutex(false)
    async let published: Void = onThread {
      _ = try publisher.run()
      isDone.withLock { $0 = true }
    }
    var place = 0
    var slowest = Duration.zero
    try await eventually("all is published") {
      isDone.withLock { $0 }
    } refreshing: {
      for (number, peer) in peers.enumerated() {
        var byte: UInt8 = Array(request.utf8)[place % request.utf8.count]
        if number % 2 == 0 {
          recv(peer, &byte, 1, Int32(MSG_DONTWAIT))
        } else {
          send(peer, &byte, 1, Int32(MSG_NOSIGNAL))
        }
      }
      place = min(place + 1, request.utf8.count - 3)
      let asked = ContinuousClock.now
      let answer = try await get("/api/v1/latest?metric=battery", running)
      #expect(answer.status == 200)
      slowest = max(slowest, .now - asked)
    }
    try await published
    print("the slowest answer beside 200 slow peers took \(slowest)")
    try await taken(12_000, running)
  }
}

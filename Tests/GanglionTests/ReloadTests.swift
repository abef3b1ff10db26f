import Foundation
import FoundationNetworking
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

/// Another set of profiles for a gateway that runs, under load.
@Suite(.exclusive)
struct ReloadTests {
  /// What it adds to each value tells which set has decoded it.
  private static func profile(offset: Int, topics: String = "line/{site}/{device}") -> String {
    """
    profile: line-probe
    topics: ["\(topics)"]
    payload: json
    device: "{device}"
    time: { at: /ts, as: unix-ms }
    metrics:
      - { name: strain, at: /n, kind: gauge, unit: m, offset: \(offset) }
    """
  }

  /// Numbers its messages: each says its own.
  private struct Line: Fleet {
    var number = 0

    mutating func nextMessage(at now: Timestamp) -> SimulatedMessage {
      defer { number += 1 }
      let milliseconds = now.microseconds / 1000
      // Readings are not looked at: which set decodes them is the gateway's to say.
      return SimulatedMessage(
        topic: "line/mill/probe-\(number % 7)", payload: #"{"ts":\#(milliseconds),"n":\#(number)}"#, readings: [])
    }
  }

  /// The time of what is published by hand.
  private static let now = Timestamp.now.microseconds / 1000

  private struct Report: Decodable {
    let is_changed: Bool
    let first_sequence: UInt64?
    let subscribed: [String]
    let unsubscribed: [String]
  }

  private func post(_ path: String, _ url: String, headers: [String: String] = [:]) async throws -> (Int, Data) {
    var request = URLRequest(url: URL(string: url + path)!)
    request.httpMethod = "POST"
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let (data, response) = try await URLSession.shared.data(for: request)
    return ((response as? HTTPURLResponse)?.statusCode ?? 0, data)
  }

  private func running() async throws -> RunningGateway {
    try await RunningGateway(
      profiles: ["line.yaml": Self.profile(offset: 0)],
      more: """
        windows: { samples_max: 65536 }
        limits: { devices_per_profile: { line-probe: 100 } }
        """)
  }

  private func write(_ profile: String, _ running: RunningGateway) throws {
    try running.scratch.file("devices/line.yaml", profile)
  }

  @Test("Under load sets take turns: each message is decoded once, by the set in force at its number, and none is lost")
  func underLoad() async throws {
    let running = try await running()
    defer { running.stop() }
    var settings = Publisher.Settings(host: "127.0.0.1", port: running.broker.port)
    settings.rate = 2000
    let publisher = Publisher(settings, fleet: Line())
    let publishing = Task { try await onThread { try publisher.run() } }
    var reports: [Report] = []
    for turn in 1...6 {
      let former = try position(running)
      try await eventually("the set in force has decoded some") { try position(running) > former + 300 }
      try write(Self.profile(offset: turn * 1_000_000), running)
      if turn.isMultiple(of: 3) {
        running.gateway.process.send(SIGHUP)
        try await eventually("the set is in force") {
          running.gateway.errors.matches(of: /reloaded: .* changed: line-probe/).count == turn
        }
        reports.append(Report(is_changed: true, first_sequence: nil, subscribed: [], unsubscribed: []))
      } else {
        let (status, data) = try await post("/api/v1/reload", running.url)
        #expect(status == 200)
        reports.append(try JSONDecoder().decode(Report.self, from: data))
      }
    }
    let last = try position(running)
    try await eventually("the last set has decoded some") { try position(running) > last + 300 }
    publisher.stop()
    let published = try await publishing.value.messages
    #expect(reports.map(\.is_changed) == Array(repeating: true, count: 6))
    let firsts = reports.compactMap(\.first_sequence)
    #expect(firsts == firsts.sorted() && Set(firsts).count == firsts.count)
    try await eventually("all is taken in", within: .seconds(60)) {
      (try? readings(running).count) == published
    }
    let found = try readings(running)
    // In the order of the messages the set goes up, and nothing is missing, twice or between two sets.
    let sets = found.sorted { $0 % 1_000_000 < $1 % 1_000_000 }.map { $0 / 1_000_000 }
    #expect(found.map { $0 % 1_000_000 }.sorted() == Array(0..<published))
    #expect(sets == sets.sorted() && Set(sets) == Set(0...6))
    #expect(try await running.get("/api/v1/ledger").body.contains(#""balanced":true"#))
  }

  private func position(_ running: RunningGateway) throws -> UInt64 {
    try StoreReader(directory: running.data, readers: 1).readNow { try $0.position().appliedSequence }
  }

  /// The values of all readings, in whole metres, of which the windows keep the samples.
  private func readings(_ running: RunningGateway) throws -> [Int] {
    let reader = try StoreReader(directory: running.data, readers: 1)
    return try reader.readNow { snapshot in
      var values: [Int] = []
      var keys: [WindowKey] = []
      try snapshot.forEachWindow(length: .minute, starts: .min ..< .max) { key, _ in keys.append(key) }
      for key in keys { values += try snapshot.samples(of: key).map { Int($0.value) } }
      return values
    }
  }

  @Test("A wrong set is refused whole with its line, and the old one goes on; other topics are subscribed to at once")
  func refusedAndSubscribed() async throws {
    let running = try await running()
    defer { running.stop() }
    try write(Self.profile(offset: 0).replacing("unit: m", with: "unit: mtr"), running)
    let (status, body) = try await post("/api/v1/reload", running.url)
    #expect(status == 422)
    #expect(String(decoding: body, as: UTF8.self).contains("line.yaml:7"))
    let wrong = try running.ganglion("reload", "--url", running.url)
    #expect(wrong.ending == .exited(78) && wrong.errors.contains("no unit 'mtr'"), "\(wrong.errors)")
    #expect(running.gateway.errors.contains("the reload is refused, and the former profiles go on"))

    // What the next start would refuse.
    try write(Self.profile(offset: 0).replacing("profile: line-probe", with: "profile: probe"), running)
    let unlimited = try running.ganglion("reload", "--url", running.url)
    #expect(
      unlimited.ending == .exited(78) && unlimited.errors.contains("there is no profile 'line-probe'"),
      "\(unlimited.errors)")

    try write(Self.profile(offset: 0, topics: "other/{site}/{device}"), running)
    let (foreign, _) = try await post("/api/v1/reload", running.url, headers: ["Origin": "http://elsewhere"])
    #expect(foreign == 403)
    let right = try running.ganglion("reload", "--url", running.url)
    #expect(
      right.ending == .exited(0) && right.output.contains("subscribed to: other/+/+"), "\(right.output)\(right.errors)")
    try await eventually("the old topic is left") {
      running.gateway.errors.contains("no longer subscribed to line/+/+")
    }
    try publish(#"{"ts":\#(Self.now),"n":1}"#, "other/mill/probe-1", running)
    try await eventually("the new topic's reading is there") { stored(running) { try $0.devices().count == 1 } }
    let again = try running.ganglion("reload", "--url", running.url)
    #expect(again.output == "reloaded: nothing has changed\n")
  }

  @Test("Letters of a profile that was wrong are read again through the gateway that runs, and without one")
  func replay() async throws {
    let running = try await running()
    defer { running.stop() }
    for number in 0..<3 {
      try publish(#"{"at":\#(Self.now + Int64(number)),"n":\#(number)}"#, "line/mill/probe-1", running)
    }
    try await eventually("they are dead letters") { stored(running) { try $0.deadLetters(limit: 9).count == 3 } }
    try write(Self.profile(offset: 0).replacing("at: /ts", with: "at: /at"), running)
    #expect(
      try running.ganglion("reload", "--config", running.config).ending == .exited(69),
      "its port is not in the configuration")
    #expect(try running.ganglion("reload", "--url", running.url).ending == .exited(0))
    let one = try running.ganglion(
      "dead-letters", "replay", "--reason", "time", "--topic", "line/+/#", "--limit", "1", "--url", running.url)
    #expect(one.output == "read again: 1, of which 1 are taken in\n", "\(one.errors)")
    running.gateway.process.terminate()
    let rest = try running.ganglion("dead-letters", "replay", "--config", running.config)
    #expect(rest.output == "read again: 2, of which 2 are taken in\n", "\(rest.errors)")
    #expect(try running.ganglion("ledger", "--config", running.config).ending == .exited(0))
    let query = try running.ganglion(
      "query", "aggregates", "--config", running.config, "metric=strain", "window=1d", "fn=count,sum", "from=-1h",
      "format=csv")
    #expect(query.output.contains(",3,3"), "\(query.output)")
    #expect(try running.ganglion("dead-letters", "replay", "--data", running.data).ending == .exited(64))
    #expect(try running.ganglion("reload", "--config", running.config).ending == .exited(69))
  }

  @Test("A reload where no gateway runs says so, and makes nothing")
  func nothingToReload() throws {
    let scratch = try ScratchDirectory()
    let config = try scratch.file("ganglion.yaml", "data: \(scratch.path)/data\nmqtt: { url: \"mqtt://127.0.0.1\" }")
    let reload = try GanglionProcess.run(["reload", "--config", config], in: scratch)
    #expect(reload.ending == .exited(69) && reload.errors.contains("no gateway runs on"), "\(reload.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/data"))
  }

  private func stored(_ running: RunningGateway, _ isThere: @Sendable (StoreSnapshot) throws -> Bool) -> Bool {
    (try? StoreReader(directory: running.data, readers: 1).readNow(isThere)) ?? false
  }

  private func publish(_ payload: String, _ topic: String, _ running: RunningGateway) throws {
    let process = try ChildProcess(
      "/usr/bin/mosquitto_pub", ["-p", "\(running.broker.port)", "-q", "1", "-t", topic, "-m", payload])
    #expect(process.wait(atMost: .seconds(10)) == .exited(0))
  }
}

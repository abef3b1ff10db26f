import DurableSQLite
import Foundation
import GRDB
import LoopbackBroker
import Simulator
import Storage
import TestSupport
import Testing

/// `ganglion run` with what stands around it.
@Suite(.exclusive)
struct RunTests {
  @Test("A published fleet is answered by every endpoint, and by the command line with the same bytes")
  func wholeWay() async throws {
    let running = try await RunningGateway()
    defer { running.stop() }
    let oracle = try running.scratch.file("oracle.ndjson")
    let simulated = try GanglionProcess.run(
      [
        "simulate", "--broker", "mqtt://127.0.0.1:\(running.broker.port)", "--rate", "1000", "--for", "3s", "--seed",
        "7", "--oracle", oracle,
      ], in: running.scratch)
    #expect(simulated.ending == .exited(0), "\(simulated.errors)")
    let lines = try String(contentsOfFile: oracle, encoding: .utf8).split(separator: "\n")
    let weights = try lines.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as! [String: Any] }
      .filter { $0["metric"] as? String == "weight_added" }
    let expected = weights.reduce(0) { $0 + ($1["count"] as! Int) }
    #expect(expected > 100)
    let path = "/api/v1/aggregates?metric=weight_added&window=1d&from=-1d&group_by=district&fn=count"
    var answer = try await running.get(path)
    try await eventually("all of it is in the store") {
      let counts = answer.body.matches(of: /"count":(\d+)/).compactMap { Int($0.output.1) }
      return counts.reduce(0, +) == expected
    } refreshing: {
      answer = try await running.get(path)
    }
    #expect(answer.status == 200)
    #expect(answer.type == "application/json")
    // And the messages that brought no weight.
    let published = try #require(simulated.output.firstMatch(of: /acknowledged (\d+)/)).output.1
    var ledgerAnswer = try await running.get("/api/v1/ledger")
    try await eventually("every message is in the store") {
      ledgerAnswer.body.contains(#""pending":0,"#) && ledgerAnswer.body.contains("\"received\":\(published),")
    } refreshing: {
      ledgerAnswer = try await running.get("/api/v1/ledger")
    }

    #expect(try await running.get("/healthz").body.contains(#""status":"ok""#))
    #expect(try await running.get("/readyz").status == 200)
    let metrics = try await running.get("/metrics")
    #expect(metrics.type.hasPrefix("text/plain; version=0.0.4"))
    #expect(metrics.body.contains("ganglion_ledger_balanced 1\n"))
    #expect(
      metrics.body.contains(#"ganglion_messages_total{route="city/{district}/waste/{device}/up",outcome="decoded""#))
    #expect(try await running.get("/api/v1/ledger").body.contains(#""balanced":true"#))
    try pages(of: running)
    let missing = try await running.get("/api/v1/nothing")
    #expect(missing.status == 404)
    #expect(missing.type == "application/problem+json")
    let wrong = try await running.get("/api/v1/latest?metrc=x")
    #expect(wrong.status == 400)
    #expect(wrong.body.contains("did you mean 'metric'?"))
    for path in ["latest?metric=%zz", "latest?metric=%FF", "aggregates?metric=x&from=-99999999999d"] {
      let answer = try RawHTTP.get("/api/v1/" + path, port: Int(#require(URL(string: running.url)?.port)))
      #expect(answer.hasPrefix("HTTP/1.1 400"), "\(path): \(answer)")
    }
    #expect(try await running.get("/api/v1/latest?tag.district=%E9%B2%A4%E5%9F%8E").status == 200)

    let latest = try await running.get("/api/v1/latest?tag.district=licheng").body
    for location in [["--url", running.url], ["--config", running.config]] {
      let command = try GanglionProcess.run(
        ["query", "latest"] + location + ["tag.district=licheng"], in: running.scratch)
      #expect(command.ending == .exited(0), "\(command.errors)")
      #expect(command.output == latest)
    }
    let ledger = try GanglionProcess.run(["ledger", "--url", running.url], in: running.scratch)
    #expect(ledger.ending == .exited(0))
    #expect(ledger.output.contains("The ledger balances."))
    let refused = try GanglionProcess.run(["query", "latest", "--url", running.url, "metrc=x"], in: running.scratch)
    #expect(refused.ending == .exited(64))

    #expect(running.gateway.process.terminate(within: .seconds(5)) == .exited(0), "\(running.gateway.errors)")
    let offline = try GanglionProcess.run(
      ["query", "latest", "--config", running.config, "tag.district=licheng"], in: running.scratch)
    #expect(offline.output == latest)
  }

  /// From files and over HTTP a command says how to get the next page, in every format.
  private func pages(of running: RunningGateway) throws {
    for place in [["--data", running.data], ["--url", running.url]] {
      for format in ["json", "csv"] {
        let question = ["query", "latest"] + place + ["metric=weight_added", "format=\(format)", "limit=2"]
        let first = try GanglionProcess.run(question, in: running.scratch)
        let cursor = try #require(first.errors.firstMatch(of: /there is more: the same with (cursor=\S+),/)).output.1
        let second = try GanglionProcess.run(question + [String(cursor)], in: running.scratch)
        #expect(second.ending == .exited(0) && second.output != first.output, "\(second.errors)")
      }
    }
  }

  @Test("SIGTERM ends it within five seconds, with a listener that never accepts and with none at all")
  func stopsWithoutBroker() async throws {
    let silent = try LoopbackBroker(backlog: 0)
    let others = try silent.saturate()
    #expect(!others.isEmpty)
    for port in [silent.port, try PrivateBroker.freePort()] {
      let scratch = try ScratchDirectory()
      let config = try scratch.file(
        "ganglion.yaml",
        "data: \(scratch.path)/data\nmqtt: { url: 'mqtt://127.0.0.1:\(port)' }\nhttp: { listen: '127.0.0.1:0' }\n")
      let gateway = try GanglionProcess(["run", "--config", config], in: scratch)
      try await eventually("it tries to connect") { gateway.errors.contains("connecting to") }
      let began = ContinuousClock.now
      #expect(gateway.process.terminate(within: .seconds(10)) == .exited(0), "\(gateway.errors)")
      #expect(ContinuousClock.now - began < .seconds(5))
    }
  }

  @Test("Without the broker it is alive but not ready")
  func brokerGone() async throws {
    let running = try await RunningGateway()
    defer { running.stop() }
    running.broker.stop()
    var ready = try await running.get("/readyz")
    try await eventually("it is not ready") {
      ready.status == 503
    } refreshing: {
      ready = try await running.get("/readyz")
    }
    #expect(ready.body.contains("not connected to the broker"))
    #expect(try await running.get("/healthz").status == 200)
  }

  @Test("Over TLS with a password it takes a flood in whole records; a wrong password is told")
  func tls() async throws {
    let scratch = try ScratchDirectory()
    let directory = try scratch.directory("broker")
    let broker = try PrivateBroker(directory: directory, secured: SecuredListener(directory: directory))
    defer { broker.stop() }
    let password = try scratch.file("password", "secret\n")
    let config = try scratch.file(
      "ganglion.yaml",
      """
      data: \(scratch.path)/data
      mqtt:
        url: mqtts://localhost:\(broker.securedPort ?? 0)
        ca_file: \(directory)/ca.crt
        username: gateway
        password_file: \(password)
      pipeline: { ring_capacity: 8192 }
      http: { listen: "127.0.0.1:0" }
      """)
    let gateway = try GanglionProcess(["run", "--config", config], in: scratch)
    try await eventually("subscribed over TLS: \(gateway.errors)") { gateway.errors.contains("subscribed to") }
    #expect(gateway.process.terminate() == .exited(0), "\(gateway.errors)")
    // What queues up meanwhile comes in few, full records.
    var settings = Publisher.Settings(host: "127.0.0.1", port: broker.port)
    settings.messageLimit = 20_000
    let publisher = Publisher(settings, fleet: FleetName.first.fleet(seed: 1))
    let oracle = try await onThread { try publisher.run() }
    let again = try GanglionProcess(["run", "--config", config], in: scratch)
    let reader = try StoreReader(directory: "\(scratch.path)/data")
    try await eventually("all of it is in the store: \(again.errors)", within: .seconds(60)) {
      try reader.readNow { try $0.messageAccounts() }.values.reduce(0) { $0 + $1.settled } >= Int64(oracle.messages)
    }
    #expect(again.process.terminate() == .exited(0), "\(again.errors)")
    #expect(try differences(between: oracle, and: reader).isEmpty)

    try scratch.file(
      "distrust.yaml", String(contentsOfFile: config, encoding: .utf8).replacing("ca.crt", with: "other.crt"))
    _ = try SecuredListener(directory: scratch.directory("other"))
    try FileManager.default.copyItem(atPath: "\(scratch.path)/other/ca.crt", toPath: "\(directory)/other.crt")
    let distrusting = try GanglionProcess(["run", "--config", "\(scratch.path)/distrust.yaml"], in: scratch)
    try await eventually("OpenSSL's reason is told: \(distrusting.errors)") {
      distrusting.errors.contains("the broker's certificate is not accepted: self-signed certificate; mqtt.ca_file")
    }
    #expect(distrusting.process.terminate() == .exited(0))

    try scratch.file("password", "wrong")
    let refused = try GanglionProcess(["run", "--config", config], in: scratch)
    try await eventually("the refusal is told: \(refused.errors)") {
      refused.errors.contains("the broker refuses the connection: ")
    }
    #expect(refused.process.terminate() == .exited(0))
  }

  @Test("Two gateways do not share a data directory")
  func lock() async throws {
    let running = try await RunningGateway()
    defer { running.stop() }
    let second = try GanglionProcess.run(["run", "--config", running.config], in: running.scratch)
    #expect(second.ending == .exited(69))
    #expect(second.errors.contains("is in use by a running gateway"))
  }

  @Test("A port that is taken ends it with exit 69 and a line that names it")
  func portTaken() async throws {
    let taken = try LoopbackBroker()
    let scratch = try ScratchDirectory()
    let config = try scratch.file(
      "ganglion.yaml",
      "data: \(scratch.path)/data\nmqtt: { url: 'mqtt://127.0.0.1:1' }\nhttp: { listen: '127.0.0.1:\(taken.port)' }\n")
    let gateway = try GanglionProcess.run(["run", "--config", config], in: scratch)
    #expect(gateway.ending == .exited(69), "\(gateway.errors)")
    #expect(gateway.errors.contains("http.listen 127.0.0.1:\(taken.port)"))
  }

  @Test("Files that are no databases end it with exit 74 and one clear line", arguments: ["journal.db", "store.db"])
  func damagedFiles(name: String) throws {
    let scratch = try ScratchDirectory()
    _ = try scratch.directory("data")
    try scratch.file("data/\(name)", String(repeating: "no database ", count: 1000))
    let config = try scratch.file(
      "ganglion.yaml",
      "data: \(scratch.path)/data\nmqtt: { url: 'mqtt://127.0.0.1:1' }\nhttp: { listen: '127.0.0.1:0' }\n")
    let gateway = try GanglionProcess.run(["run", "--config", config], in: scratch)
    #expect(gateway.ending == .exited(74), "\(gateway.errors)")
    let lines = gateway.errors.split(separator: "\n").filter { $0.hasPrefix("ganglion: ") }
    #expect(lines.count == 1)
    #expect(lines.first?.contains(name) == true)
  }

  @Test("A journal that fails while running ends the process with exit 74 and one line")
  func journalFails() async throws {
    let running = try await RunningGateway()
    defer { running.stop() }
    // The journal's table is taken away behind the gateway's back: the next commit fails for good.
    try DatabaseQueue(path: CheckedPages.name(of: "\(running.data)/journal.db")).inDatabase {
      try $0.execute(sql: "DROP TABLE batch")
    }
    var settings = Publisher.Settings(host: "127.0.0.1", port: running.broker.port)
    settings.messageLimit = 5000
    _ = try Publisher(settings, fleet: FleetName.first.fleet(seed: 1)).run()
    let ending = running.gateway.process.wait(atMost: .seconds(20))
    #expect(ending == .exited(74), "\(running.gateway.errors)")
    #expect(running.gateway.errors.split(separator: "\n").filter { $0.hasPrefix("ganglion: ") }.count == 1)
  }
}

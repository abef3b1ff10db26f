import Foundation
import FoundationNetworking
import Simulator
import TestSupport
import Testing

/// Alerts as an integrator has them: rules in a file, hooks as programs, questions and requests over HTTP.
@Suite(.exclusive)
struct AlertTests {
  private struct Call: Decodable {
    struct Alert: Decodable {
      let id: String
      let state: String
      let device: String?
      let value: Double
      let title: [String: String]
    }

    let call: String
    let kind: String
    let alerts: [Alert]
  }

  /// A gateway whose hook writes what it is told into a directory, a file each.
  private struct Plant {
    let running: RunningGateway
    let calls: String
    let hook: String
    let rules: String

    /// - Parameters:
    ///   - action: of the hook; nil for one that writes what it is told.
    ///   - work: what the hook's script does at last.
    init(action: String? = nil, work: String = "", environment: [String: String] = [:]) async throws {
      let scratch = try ScratchDirectory()
      calls = try scratch.directory("calls")
      hook = try scratch.file(
        "hook.sh",
        "#!/bin/sh\ncat > '\(calls)/'\"$GANGLION_CALL_ID.$GANGLION_ATTEMPT.part\"\n"
          + "mv '\(calls)/'\"$GANGLION_CALL_ID.$GANGLION_ATTEMPT.part\" '\(calls)/'\"$GANGLION_CALL_ID.json\"\n\(work)")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: hook)
      rules = try scratch.file(
        "alerts.yaml",
        """
        rules:
          - id: boiler-hot
            title: { en: "{device} is at {value} {unit}", zh: "{device} 过热" }
            metric: temperature
            above: 80
            clear: 75
            severity: critical
            hooks: [officer]
        hooks:
          officer: { \(action ?? #"exec: ["\#(hook)"], concurrency: 16, rate: 6000"#) }
        """)
      running = try await RunningGateway(
        profiles: ["boiler.yaml": BoilerProfiles.boiler, "boiler-house.yaml": BoilerProfiles.house],
        more: "alerts: \(rules)", environment: environment)
      self.scratch = scratch
    }

    private let scratch: ScratchDirectory

    func publish(_ value: Double, device: String = "b-1", ageSeconds: Double = 0) throws {
      let time = Int64((Date().timeIntervalSince1970 - ageSeconds) * 1000)
      let publisher = try ChildProcess(
        "/usr/bin/env",
        [
          "mosquitto_pub", "-p", "\(running.broker.port)", "-q", "1", "-t", "plant/mill-3/boiler/\(device)/up", "-m",
          #"{"ts":\#(time),"t":\#(value)}"#,
        ])
      #expect(publisher.wait(atMost: .seconds(10)) == .exited(0))
    }

    /// One message for each of many boilers, as fast as the broker takes them.
    func publishHouse(_ value: Double, boilers: Int) throws {
      let time = Int64(Date().timeIntervalSince1970 * 1000)
      let lines = (0..<boilers).map { #"{"id":"b-\#($0)","ts":\#(time),"t":\#(value)}"# }
      let file = try scratch.file("house-\(value).jsonl", lines.joined(separator: "\n") + "\n")
      let publisher = try ChildProcess(
        "/bin/sh",
        [
          "-c", "exec mosquitto_pub -p \(running.broker.port) -q 1 -t plant/mill-3/boilers/up -l < '\(file)'",
        ])
      #expect(publisher.wait(atMost: .seconds(60)) == .exited(0))
    }

    var callCount: Int {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: calls)) ?? []
      return names.count { $0.hasSuffix(".json") }
    }

    /// What the hook was told, in no order.
    var told: [Call] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: calls)) ?? []
      return names.filter { $0.hasSuffix(".json") }.compactMap { name in
        FileManager.default.contents(atPath: "\(calls)/\(name)").flatMap {
          try? JSONDecoder().decode(Call.self, from: $0)
        }
      }
    }

    func calls(_ count: Int) async throws -> [Call] {
      try await eventually("\(count) calls, not \(told.count): \(running.gateway.errors)") { told.count == count }
      return told
    }

    func request<Answer: Decodable>(
      _ method: String, _ path: String, of url: String? = nil, as type: Answer.Type = Answer.self
    ) async throws -> Answer {
      let (data, status) = try await send(method, path, of: url)
      #expect(status == 200, "\(method) \(path): \(String(decoding: data, as: UTF8.self))")
      return try JSONDecoder().decode(type, from: data)
    }

    /// - Parameter url: of another gateway than the first.
    func send(_ method: String, _ path: String, of url: String? = nil) async throws -> (body: Data, status: Int) {
      var request = URLRequest(url: URL(string: (url ?? running.url) + path)!)
      request.httpMethod = method
      let (data, response) = try await URLSession.shared.data(for: request)
      return (data, (response as? HTTPURLResponse)?.statusCode ?? 0)
    }
  }

  private struct Alerts: Decodable { let alerts: [Alert] }

  private struct Alert: Decodable {
    struct Acknowledgement: Decodable {
      let by: String
      let note: String
    }

    struct Transition: Decodable { let kind: String }
    struct HookCall: Decodable { let state: String }

    let state: String
    let acknowledged: Acknowledgement?
    let transitions: [Transition]?
    let calls: [HookCall]?
  }

  private struct Silence: Decodable {
    let id: Int
    let state: String
  }

  private struct Audit: Decodable {
    struct Record: Decodable {
      let action: String
      let caller: String?
      let done: Bool?
    }

    let audit: [Record]
  }

  @Test("A hot boiler is one call when it becomes so, and one when it is over")
  func oneCallEach() async throws {
    let plant = try await Plant()
    defer { plant.running.stop() }
    // An old reading of last night is no alert now.
    try plant.publish(120, ageSeconds: 7200)
    try plant.publish(70)
    try plant.publish(81)
    let started = try await plant.calls(1)
    #expect(started[0].kind == "start")
    #expect(started[0].alerts.map(\.device) == ["b-1"])
    #expect(started[0].alerts[0].title["en"] == "b-1 is at 81 Cel")
    // Between both limits it goes on, and so it does at the start of another process.
    try plant.publish(77)
    try plant.publish(90)
    let open = try await plant.request("GET", "/api/v1/alerts", as: Alerts.self)
    #expect(open.alerts.map(\.state) == ["firing"])
    try plant.publish(74)
    let ended = try await plant.calls(2)
    let end = try #require(ended.first { $0.kind == "end" })
    #expect(end.alerts.map(\.id) == started[0].alerts.map(\.id))
    #expect(end.alerts[0].state == "resolved")
    #expect(try await plant.request("GET", "/api/v1/alerts", as: Alerts.self).alerts.isEmpty)
    let path = "/api/v1/alerts/\(end.alerts[0].id)"
    var whole = try await plant.request("GET", path, as: Alert.self)
    #expect(whole.transitions?.map(\.kind) == ["firing", "resolved"])
    try await eventually("both calls are written down as done") {
      whole.calls?.map(\.state) == ["done", "done"]
    } refreshing: {
      whole = try await plant.request("GET", path, as: Alert.self)
    }
    let tried = try plant.running.ganglion(
      "alerts", "try", plant.rules, "--from", "-1h", "--config", plant.running.config)
    #expect(tried.ending == .exited(0) && tried.output.contains("boiler-hot"), "\(tried.output)\(tried.errors)")
  }

  @Test(
    "Killed at each step between a reading and its call, it calls once behind the next start",
    arguments: ["alerts-written", "alerts-committed", "checkpoint-written", "checkpoint-committed", "hook-ended"])
  func killed(step: String) async throws {
    let plant = try await Plant(environment: ["GANGLION_KILL_AT": "\(step):\(step.hasPrefix("checkpoint") ? 3 : 1)"])
    defer { plant.running.stop() }
    // It goes on being hot, so that each step is reached.
    var value = 70.0
    func goOn() throws {
      try plant.publish(value)
      value += 11
      if value > 250 { value = 81 }
    }
    try await eventually("it is killed: \(plant.running.gateway.errors)") {
      !plant.running.gateway.process.isRunning
    } refreshing: {
      try goOn()
    }
    let next = try GanglionProcess(["run", "--config", plant.running.config], in: plant.running.scratch)
    defer { next.process.terminate() }
    // A call that is made again has the same id, by which the hook names its file.
    try await eventually("one call, not \(plant.told.count): \(next.errors)") {
      plant.told.count == 1
    } refreshing: {
      try goOn()
    }
    try goOn()
    #expect(plant.told.map(\.kind) == ["start"] && plant.told[0].alerts.map(\.device) == ["b-1"])
  }

  @Test("Killed while its hook runs, the gateway calls again behind the next start, with the same id")
  func killedByHook() async throws {
    let plant = try await Plant(work: "test $GANGLION_ATTEMPT = 1 && kill -9 $PPID\n")
    defer { plant.running.stop() }
    try plant.publish(70)
    try plant.publish(81)
    try await eventually("it is killed: \(plant.running.gateway.errors)") { !plant.running.gateway.process.isRunning }
    let first = try await plant.calls(1)
    // The next start must not be killed by what it calls again.
    try FileManager.default.removeItem(atPath: "\(plant.calls)/\(first[0].call).json")
    try "#!/bin/sh\ncat > '\(plant.calls)/'$GANGLION_CALL_ID.json\n".write(
      toFile: plant.hook, atomically: false, encoding: .utf8)
    let next = try GanglionProcess(["run", "--config", plant.running.config], in: plant.running.scratch)
    defer { next.process.terminate() }
    #expect(try await plant.calls(1).map(\.call) == first.map(\.call))
  }

  @Test("A thousand alerts at once with hooks that take their time: each is called once, and messages go on meanwhile")
  func storm() async throws {
    let plant = try await Plant(work: "sleep 0.3\n")
    defer { plant.running.stop() }
    try plant.publishHouse(70, boilers: 1000)
    try plant.publishHouse(90, boilers: 1000)
    // All slots are taken for twenty seconds; what is published is decoded at once.
    try plant.publish(70, device: "another")
    var latest = ""
    try await eventually("the other boiler's reading is taken in") {
      latest.contains(#""another""#)
    } refreshing: {
      latest = String(decoding: try await plant.send("GET", "/api/v1/latest?device=another").body, as: UTF8.self)
    }
    #expect(plant.callCount < 1000, "the storm was over too soon to be looked at")
    let complaint = "\(plant.callCount) calls of a thousand: \(plant.running.gateway.errors)"
    try await eventually("\(complaint)", within: .seconds(120)) { plant.callCount == 1000 }
    let told = plant.told
    #expect(told.allSatisfy { $0.kind == "start" })
    #expect(Set(told.flatMap(\.alerts).compactMap(\.device)) == Set((0..<1000).map { "b-\($0)" }))
  }

  @Test("Where no gateway runs, commands take its lock, write, and are written down; the next start goes by it")
  func offline() async throws {
    let plant = try await Plant()
    defer { plant.running.stop() }
    try plant.publish(81)
    let id = try #require(try await plant.calls(1).first?.alerts.first?.id)
    #expect(plant.running.gateway.process.terminate(within: .seconds(5)) == .exited(0))
    func alerts(_ arguments: String...) throws -> (ending: ChildProcess.Ending, output: String, errors: String) {
      try GanglionProcess.run(["alerts"] + arguments + ["--config", plant.running.config], in: plant.running.scratch)
    }
    // Nobody asks for a token, and it would not be its name that is written down.
    for command in [
      ["ack", id, "--note", "x"], ["silence", "--rule", "r", "--for", "1h", "--note", "x"], ["unsilence", "1"],
    ] {
      let refused = try GanglionProcess.run(
        ["alerts"] + command + ["--config", plant.running.config, "--token-file", "/nowhere/token"],
        in: plant.running.scratch)
      #expect(refused.ending == .exited(64) && refused.output.isEmpty, "\(command): \(refused)")
      for part in ["--token-file '/nowhere/token'", "no gateway runs on", NSUserName(), "leave the option out"] {
        #expect(refused.errors.contains(part), "\(command): \(refused.errors)")
      }
    }
    let taken = try alerts("ack", id, "--note", "on my way")
    #expect(taken.ending == .exited(0) && taken.output.contains("taken on: b-1 is at 81"), "\(taken.errors)")
    #expect(try alerts("ack", "0000000000000000", "--note", "x").ending != .exited(0))
    let silence = try alerts("silence", "--tag", "site=mill-3", "--for", "1h", "--note", "works")
    #expect(silence.output.contains("silence 1: site=mill-3"), "\(silence.errors)")
    #expect(try alerts("silence", "--rule", "boiler-hot", "--for", "1h", "--note", "x").output.contains("silence 2"))
    #expect(try alerts("unsilence", "2").output.contains("silence 2 has ended"))
    let next = try GanglionProcess(["run", "--config", plant.running.config], in: plant.running.scratch)
    defer { next.process.terminate() }
    try await eventually("it listens: \(next.errors)") { next.errors.contains("the API listens on ") }
    let url = try RunningAPI(of: next).url
    let one = try await plant.request("GET", "/api/v1/alerts/\(id)", of: url, as: Alert.self)
    #expect(one.acknowledged?.note == "on my way" && one.acknowledged?.by == NSUserName())
    #expect(one.transitions?.map(\.kind) == ["firing", "acknowledged"])
    // The silence holds: another boiler calls nobody.
    try plant.publish(82, device: "b-2")
    var open = 0
    try await eventually("both alerts are there") {
      open == 2
    } refreshing: {
      open = try await plant.request("GET", "/api/v1/alerts", of: url, as: Alerts.self).alerts.count
    }
    #expect(plant.told.count == 1)
    let audit = try await plant.request("GET", "/api/v1/audit", of: url, as: Audit.self).audit
    #expect(
      audit.map(\.action) == [
        "end-silence 2", "silence", "silence", "acknowledge 0000000000000000", "acknowledge \(id)",
      ])
    #expect(audit.map(\.done) == [true, true, true, false, true] && audit.allSatisfy { $0.caller == NSUserName() })
  }

  @Test("A stream tells what becomes of alerts, also to a client that comes back behind a restart")
  func streamed() async throws {
    let plant = try await Plant()
    defer { plant.running.stop() }
    let path = "/api/v1/stream?events=alerts&severity=critical&tag.site=mill-3"
    let client = try StreamClient(path, url: plant.running.url)
    let other = try StreamClient("/api/v1/stream?events=alerts&rule=another", url: plant.running.url)
    try await eventually("both begin") { client.lastID != nil && other.lastID != nil }
    try plant.publish(70)
    try plant.publish(81)
    try await eventually("the start is told: \(client.reply)") { client.events.count == 1 }
    let id = try #require(try await plant.calls(1).first?.alerts.first?.id)
    _ = try await plant.send("POST", "/api/v1/alerts/\(id)/ack?note=on%20my%20way")
    try plant.publish(74)
    try await eventually("the end is told: \(client.reply)") { client.events.count == 3 }
    let told = try client.events.map { try JSONDecoder().decode(ToldAlert.self, from: Data($0.data.utf8)) }
    #expect(told.map(\.id) == [id, id, id])
    #expect(told.map(\.transition.kind) == ["firing", "acknowledged", "resolved"])
    #expect(told.map(\.state) == ["firing", "firing", "resolved"])
    #expect(other.events.isEmpty)
    #expect(plant.running.gateway.process.terminate(within: .seconds(5)) == .exited(0))
    let next = try GanglionProcess(["run", "--config", plant.running.config], in: plant.running.scratch)
    defer { next.process.terminate() }
    try await eventually("it listens: \(next.errors)") { next.errors.contains("the API listens on ") }
    let again = try StreamClient(path, url: RunningAPI(of: next).url, lastEventID: client.events[0].id)
    try await eventually("the rest is told: \(again.reply)") { again.events.count == 2 }
    #expect(again.events.map(\.data) == client.events.dropFirst().map(\.data))
  }

  private struct ToldAlert: Decodable {
    struct Transition: Decodable { let kind: String }
    let id: String
    let state: String
    let transition: Transition
  }

  @Test("A hook publishes, on a topic with the alert's words")
  func published() async throws {
    let plant = try await Plant(action: #"publish: "city/alerts/{rule}/{device}", retain: true"#)
    defer { plant.running.stop() }
    try plant.publish(70)
    try plant.publish(81)
    let heard = "\(plant.running.scratch.path)/heard"
    let listener = try ChildProcess(
      "/usr/bin/env",
      [
        "mosquitto_sub", "-p", "\(plant.running.broker.port)", "-t", "city/alerts/#", "-C", "1", "-F", "%t %p",
      ], output: heard)
    #expect(listener.wait(atMost: .seconds(60)) == .exited(0), "\(plant.running.gateway.errors)")
    let text = try String(contentsOfFile: heard, encoding: .utf8)
    #expect(text.hasPrefix("city/alerts/boiler-hot/b-1 "), "\(text)")
    let call = try JSONDecoder().decode(Call.self, from: Data(text.drop { $0 != "{" }.utf8))
    #expect(call.kind == "start" && call.alerts.map(\.state) == ["firing"])
  }

  @Test("An alert is acknowledged, and a silence keeps the next one from being called until it is ended")
  func people() async throws {
    let plant = try await Plant()
    defer { plant.running.stop() }
    try plant.publish(81)
    let id = try #require(try await plant.calls(1).first?.alerts.first?.id)
    let taken = try await plant.request("POST", "/api/v1/alerts/\(id)/ack?note=on%20my%20way", as: Alert.self)
    #expect(taken.acknowledged?.note == "on my way")
    #expect(try await plant.send("POST", "/api/v1/alerts/0000000000000000/ack").status == 404)
    let silence = try await plant.request(
      "POST", "/api/v1/silences?tag.site=mill-3&for=1h&note=works", as: Silence.self)
    #expect(silence.state == "active")
    try plant.publish(82, device: "b-2")
    var open = 0
    try await eventually("both alerts are there") {
      open == 2
    } refreshing: {
      open = try await plant.request("GET", "/api/v1/alerts", as: Alerts.self).alerts.count
    }
    #expect(plant.told.count == 1)
    let ended = try await plant.request("DELETE", "/api/v1/silences/\(silence.id)", as: Silence.self)
    #expect(ended.state == "over")
    let calls = try await plant.calls(2)
    #expect(Set(calls.flatMap(\.alerts).map(\.device)) == ["b-1", "b-2"])
    let audit = try await plant.request("GET", "/api/v1/audit", as: Audit.self)
    #expect(
      audit.audit.map(\.action) == ["end-silence 1", "silence", "acknowledge 0000000000000000", "acknowledge \(id)"])
  }
}

import Foundation
import Simulator
import TestSupport
import Testing

/// The integrator's commands, as they are called at a desk.
@Suite(.exclusive)
struct WorkshopTests {
  private let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
  }

  private func run(_ arguments: String...) throws -> (ending: ChildProcess.Ending, output: String, errors: String) {
    try GanglionProcess.run(arguments, in: scratch)
  }

  @Test("init writes files that check accepts and whose examples pass; it touches none that is there")
  func starterFiles() throws {
    let start = "\(scratch.path)/start"
    #expect(try run("init", start).ending == .exited(0))
    let check = try run("check", "--config", "\(start)/ganglion.yaml")
    #expect(check.ending == .exited(0), "\(check.errors)")
    #expect(check.output.contains("plant/+/probe/+/up"))
    #expect(check.output.contains("\nrules: 1, hooks: 1\n"), "\(check.output)")
    let test = try run("devices", "test", "\(start)/devices")
    #expect(test.ending == .exited(0))
    #expect(test.output.contains(/\n1 profile, 3 examples, 0 failed in [\d.]+ s\n$/), "\(test.output)")
    #expect(FileManager.default.fileExists(atPath: "\(start)/alerts.yaml"))
    let again = try run("init", start)
    #expect(again.ending == .exited(64))
    #expect(again.errors.contains("is there already"))
  }

  @Test("devices test tells a failing example with its line and exits with 65, a wrong profile with 78")
  func failingExample() throws {
    let start = "\(scratch.path)/start"
    #expect(try run("init", start).ending == .exited(0))
    let file = "\(start)/devices/my-probe.yaml"
    let profile = try String(contentsOfFile: file, encoding: .utf8)
    try profile.replacing("value: 21.5", with: "value: 21.6").write(toFile: file, atomically: true, encoding: .utf8)
    let wrong = try run("devices", "test", "\(start)/devices")
    #expect(wrong.ending == .exited(65))
    #expect(wrong.output.contains("✘  my-probe  \(file):16  plant/mill-3/probe/p-1/up: 3 readings"), "\(wrong.output)")
    #expect(wrong.output.contains("    temperature: value\n      expected  21.6\n      got       21.5\n"))
    #expect(wrong.output.contains("1 profile, 3 examples, 1 failed in "))
    #expect(!wrong.output.contains("\u{1B}"))
    let json = try run("devices", "test", "--json", "\(start)/devices")
    #expect(json.output.split(separator: "\n").count == 3)
    #expect(json.output.contains(#""passed":false,"problems":["temperature: value is 21.5, expected 21.6"]"#))
    let built = try run("devices", "test", "--filter", "kitchen")
    #expect(built.ending == .exited(0))
    #expect(built.output.contains("1 profile, 4 examples, 0 failed"), "\(built.output)")
    let none = try run("devices", "test", "--filter", "kitchen-waste-bni")
    #expect(none.ending == .exited(64))
    #expect(none.errors.contains("no profile's name holds it (did you mean 'kitchen-waste-bin'?)"))
    try profile.replacing("unit: Cel, range", with: "unit: °C, range").write(
      toFile: file, atomically: true, encoding: .utf8)
    let refused = try run("devices", "test", "\(start)/devices")
    #expect(refused.ending == .exited(78))
    #expect(refused.errors.contains("my-probe.yaml:12:"), "\(refused.errors)")
    #expect(refused.errors.contains("(did you mean 'Cel'?)"))
  }

  @Test("devices test of a directory without a profile says so and exits with 65, with a filter and as JSON too")
  func noProfile() throws {
    let devices = try scratch.directory("devices")
    try scratch.file("devices/registry.csv", "device,profile\n")
    for options in [[], ["--json"], ["--filter", "kitchen"]] {
      let none = try GanglionProcess.run(["devices", "test", devices] + options, in: scratch)
      #expect(none.ending == .exited(65))
      #expect(none.errors == "ganglion: no profile in \(devices)\n")
      #expect(none.output.isEmpty)
    }
  }

  @Test("decode prints readings as JSON lines, or the reason with exit 65")
  func decode() throws {
    let topic = "city/luojiang/waste/bin-0001/up"
    let payload = try scratch.file(
      "payload.json", #"{"ts":1763700000000,"weigh":{"kg":1e999},"fill":9007199254740993,"t":712,"lid":1}"#)
    let good = try run("decode", "--topic", topic, payload)
    #expect(good.ending == .exited(0), "\(good.errors)")
    let lines = good.output.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(
      lines[0]
        == #"{"device":"bin-0001","kind":"event","metric":"weight_added","quality":"bad","reason":"overflow","time":"2025-11-21T04:40:00Z","unit":"kg","value":null}"#
    )
    #expect(lines[1].contains(#""reason":"range""#))
    #expect(lines[2].contains(#""unit":"Cel","value":21.7"#))
    #expect(lines[3].contains(#""unit":null,"value":"open""#))
    let empty = try run("decode", "--topic", topic, try scratch.file("empty", ""))
    #expect(empty.ending == .exited(65))
    #expect(empty.output == #"{"detail":"the payload is empty","profile":"kitchen-waste-bin","reason":"empty"}"# + "\n")
    let unclaimed = try run("decode", "--topic", "city/luojiang/wast/bin-1/up", payload)
    #expect(unclaimed.ending == .exited(65))
    #expect(unclaimed.errors.contains("nearest is city/{district}/waste/{device}/up of the profile kitchen-waste-bin"))
    let forced = try run("decode", "--topic", "x", "--profile", "kitchen-waste-bin", payload)
    #expect(forced.ending == .exited(65))
    #expect(forced.output.contains(#""reason":"device""#))
    #expect(
      try run("decode", "--topic", "x", "--profile", "kitchen-waste-bni", payload).errors.contains("did you mean"))
    #expect(try run("decode", "--topic", topic, "\(scratch.path)/nothing").ending == .exited(74))
  }

  @Test("decode explains where each value was looked for; a pipe has JSON lines")
  func decodeExplains() throws {
    let payload = try scratch.file("payload.json", #"{"ts":1763700000000,"weigh":{"g":3.2},"t":712}"#)
    let topic = "city/luojiang/waste/bin-1/up"
    let told = try run("decode", "--explain", "--topic", topic, payload)
    #expect(told.ending == .exited(0), "\(told.errors)")
    #expect(told.output.contains("kitchen-waste-bin (Devices/kitchen-waste-bin.yaml): decodes it"), "\(told.output)")
    #expect(told.output.contains("/weigh/kg is not there: /weigh has g"))
    #expect(told.output.contains("712 × 0.1 = 71.2 [degF]"))
    let refused = try run("decode", "--explain", "--topic", "city/luojiang/wast/bin-1/up", payload)
    #expect(refused.ending == .exited(65))
    #expect(refused.output.contains("none claims this topic; the nearest:"))
    #expect(try run("decode", "--topic", topic, payload).output.hasPrefix(#"{"device":"#))
  }

  @Test("draft writes a profile that check accepts and whose examples pass, from a file and from a live topic")
  func draft() async throws {
    let sample = try scratch.file(
      "sample.json", #"{"ts":1763700000000,"temp_c":-4.5,"level_pct":71,"pump":true}"# + "\n")
    let topic = "park/north/ice-tank/tank-1/up"
    let devices = try scratch.directory("devices")
    let config = try scratch.file("ganglion.yaml", "devices: \(devices)\nmqtt: { url: mqtt://127.0.0.1 }\n")
    let drafted = try run("devices", "draft", sample, "--topic", topic)
    #expect(drafted.ending == .exited(0), "\(drafted.errors)")
    #expect(drafted.errors.contains("1 sample of payload json"))
    try scratch.file("devices/tank.yaml", drafted.output)
    #expect(try run("check", "--config", config).ending == .exited(0))
    let test = try run("devices", "test", devices)
    #expect(test.ending == .exited(0), "\(test.output)")
    #expect(test.output.contains("1 profile, 1 example, 0 failed"))
    let bytes = try scratch.file("bytes", "\u{1}\u{2}")
    let unknown = try run("devices", "draft", bytes, "--topic", topic)
    #expect(unknown.ending == .exited(65))
    #expect(unknown.errors.contains("it begins with 01 02"), "\(unknown.errors)")
    #expect(try run("devices", "draft", sample, "--topic", "park/+/up").ending == .exited(64))
    try await draftLive()
  }

  private func draftLive() async throws {
    let broker = try PrivateBroker(directory: try scratch.directory("broker"))
    defer { broker.stop() }
    // Retained, so that they come whenever the listener is subscribed.
    for tank in 1...3 {
      let publisher = try ChildProcess(
        "/usr/bin/env",
        [
          "mosquitto_pub", "-p", "\(broker.port)", "-r", "-t", "park/north/ice-tank/tank-\(tank)/up", "-m",
          #"{"temp_c":\#(tank)}"#,
        ])
      #expect(publisher.wait(atMost: .seconds(10)) == .exited(0))
    }
    let live = try run(
      "devices", "draft", "--broker", "mqtt://127.0.0.1:\(broker.port)", "--topic", "park/#", "--for", "3s")
    #expect(live.ending == .exited(0), "\(live.errors)")
    #expect(live.errors.contains("3 samples of payload json"), "\(live.errors)")
    #expect(live.output.contains("topics: [\"park/{site}/ice-tank/{device}/up\"]"), "\(live.output)")
    let config = try scratch.file("live.yaml", "mqtt: { url: \"mqtt://127.0.0.1:\(broker.port)\" }\n")
    let configured = try run("devices", "draft", "--config", config, "--topic", "park/#")
    #expect(configured.errors.contains("3 samples of payload json"), "\(configured.errors)")
    let nothing = try run(
      "devices", "draft", "--broker", "mqtt://127.0.0.1:\(broker.port)", "--topic", "none", "--for", "1s")
    #expect(nothing.ending == .exited(69))
    #expect(nothing.errors.contains("nothing came on none within"), "\(nothing.errors)")
  }

  @Test("Dead letters, devices and CSV are told by a running gateway and by its files alike")
  func listings() async throws {
    let running = try await RunningGateway(subscriptions: ["city/#"])
    defer { running.stop() }
    try publish("city/luojiang/waste/bin-1/up", #"{"fill":12}"#, to: running.broker.port)
    try publish("city/luojiang/waste/bin-1/upp", "x\u{1B}[31m", to: running.broker.port)
    try publish(
      "city/luojiang/waste/bin-1/up", #"{"ts":\#(Int(Date().timeIntervalSince1970 * 1000)),"fill":12}"#,
      to: running.broker.port)
    let config = ["--config", running.config]
    try await eventually("all three are in the store") {
      let devices = try GanglionProcess.run(["devices", "list"] + config, in: scratch).output
      let letters = try GanglionProcess.run(["dead-letters", "list"] + config, in: scratch).output
      return devices.contains("bin-1") && letters.contains("/ts") && letters.contains("no-profile")
    }
    for place in [config, ["--url", running.url], ["--data", running.data]] {
      let list = try GanglionProcess.run(["dead-letters", "list"] + place, in: scratch)
      #expect(list.ending == .exited(0), "\(list.errors)")
      #expect(list.output.contains("no time stamp at /ts"))
      let json = try GanglionProcess.run(["dead-letters", "list", "--json", "--reason", "time"] + place, in: scratch)
      let id = try #require(json.output.firstMatch(of: /"id":(\d+)/)).output.1
      let show = try GanglionProcess.run(["dead-letters", "show", String(id)] + place, in: scratch)
      #expect(show.ending == .exited(0), "\(show.errors)")
      #expect(show.output.contains(#"{"fill":12}"#))
      #expect(show.output.contains("make of it, its time not compared with the receipt:\ntopic     city/luojiang"))
      #expect(show.output.contains("outcome   refused: time: no time stamp at /ts"))
      #expect(show.output.contains("--devices names yours"))
      let csv = try GanglionProcess.run(["query", "latest", "format=csv"] + place, in: scratch)
      #expect(csv.output.hasPrefix("device,metric,kind,value,unit,time,received_at,quality,reason,tag.district\r\n"))
      #expect(try GanglionProcess.run(["dead-letters", "show", "999"] + place, in: scratch).ending == .exited(69))
      #expect(
        try GanglionProcess.run(["devices", "list", "device=bin-1"] + place, in: scratch).output.contains("bin-1"))
    }
    #expect(try await running.get("/api/v1/devices/none").status == 404)
    #expect(try await running.get("/api/v1/devices/bin-1").body.contains(#""tag_history""#))
    #expect(try await running.get("/api/v1/latest?format=csv").type.hasPrefix("text/csv"))
    let shown = try GanglionProcess.run(
      ["dead-letters", "list", "--reason", "no-profile", "--json"] + config, in: scratch)
    let id = try #require(shown.output.firstMatch(of: /"id":(\d+)/)).output.1
    let show = try GanglionProcess.run(["dead-letters", "show", String(id)] + config, in: scratch)
    #expect(!show.output.contains("\u{1B}"))
    #expect(show.output.contains("the nearest:\n            city/{district}/waste/{device}/up of the profile"))
  }

  @Test(
    "Through a real broker a mebibyte, an empty payload and a topic of 65 KB each leave a dead letter with its reason")
  func oddMessages() async throws {
    let running = try await RunningGateway(subscriptions: ["#"])
    defer { running.stop() }
    let large = try scratch.file("large", "\"\(String(repeating: "x", count: 1 << 20))\"")
    let topic = "city/luojiang/waste/bin-1/up"
    for arguments in [
      ["-t", topic, "-f", large], ["-t", topic, "-n"], ["-t", String(repeating: "x", count: 65_000), "-m", "{}"],
      ["-t", "nobody/claims/this", "-m", "{}"],
    ] {
      let publisher = try ChildProcess(
        "/usr/bin/env", ["mosquitto_pub", "-p", "\(running.broker.port)", "-q", "1"] + arguments)
      #expect(publisher.wait(atMost: .seconds(10)) == .exited(0))
    }
    var letters = ""
    try await eventually("four dead letters: \(letters)") {
      letters = try GanglionProcess.run(["dead-letters", "list", "--json", "--config", running.config], in: scratch)
        .output
      return letters.components(separatedBy: #""reason":"#).count == 5
    }
    for reason in ["oversize", "empty", "topic", "no-profile"] {
      #expect(letters.contains(#""reason":"\#(reason)""#), "\(letters.prefix(2000))")
    }
    #expect(letters.contains("more than mqtt.max_packet, 262144 bytes; the first 4096 are kept"))
  }

  private func publish(_ topic: String, _ payload: String, to port: Int) throws {
    let publisher = try ChildProcess(
      "/usr/bin/env", ["mosquitto_pub", "-p", "\(port)", "-q", "1", "-t", topic, "-m", payload], output: "/dev/null",
      errors: nil)
    #expect(publisher.wait(atMost: .seconds(10)) == .exited(0))
  }

  @Test("watch tells topics with their profile or the nearest, the last reading and the last error")
  func watch() async throws {
    let broker = try PrivateBroker(directory: try scratch.directory("broker"))
    defer { broker.stop() }
    let config = try scratch.file("ganglion.yaml", "mqtt: { url: \"mqtt://127.0.0.1:\(broker.port)\" }\n")
    let watch = try GanglionProcess(
      ["watch", "--config", config, "--topic", "#", "--for", "20s", "--json"], in: scratch)
    let now = Int(Date().timeIntervalSince1970 * 1000)
    // Again and again, since nobody can see from outside when the watch is subscribed.
    for _ in 0..<20 where watch.process.isRunning {
      try publish("city/luojiang/waste/bin-1/up", #"{"ts":\#(now),"fill":12}"#, to: broker.port)
      try publish("city/luojiang/waste/bin-2/up", "{", to: broker.port)
      try publish("city/luojiang/wast/bin-1/up", "{}", to: broker.port)
      try await Task.sleep(for: .milliseconds(100))
    }
    watch.process.terminate()
    #expect(watch.process.wait(atMost: .seconds(10)) == .exited(0), "\(watch.errors)")
    let lines = watch.output.split(separator: "\n").sorted { $0.count < $1.count }
    #expect(lines.count == 3, "\(watch.output)")
    #expect(watch.output.contains(#""last_reading":"fill_level of bin-1: 12 %""#))
    #expect(watch.output.contains(#""last_error":"malformed: "#))
    #expect(
      watch.output.contains(
        #""nearest":"city/{district}/waste/{device}/up of the profile kitchen-waste-bin: level 3 is 'wast', expected 'waste'""#
      ))
  }

  @Test("watch says why nothing comes")
  func watchWithoutBroker() throws {
    let port = try PrivateBroker.freePort()
    let config = try scratch.file("ganglion.yaml", "mqtt: { url: \"mqtt://127.0.0.1:\(port)\" }\n")
    let watch = try run("watch", "--config", config, "--for", "1s")
    #expect(watch.ending == .exited(69))
    #expect(watch.errors.contains("Connection refused"), "\(watch.errors)")
  }

  @Test("A minimal configuration that fails for a plain user names the key to set")
  func plainUser() throws {
    // A directory that nobody can make, not even root.
    let config = try scratch.file("ganglion.yaml", "mqtt: { url: mqtt://127.0.0.1 }\ndata: /proc/nothing\n")
    let run = try run("run", "--config", config)
    #expect(run.ending == .exited(78))
    #expect(run.errors.contains("\(config): the directory '/proc/nothing' cannot be made"), "\(run.errors)")
    #expect(run.errors.contains("set 'data' to one that this user may write"))
  }
}

import Foundation
import Simulator
import Telemetry
import TestSupport
import Testing

/// Commands as their users call them.
@Suite(.exclusive)
struct CommandTests {
  private let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
  }

  private func run(_ arguments: String...) throws -> (ending: ChildProcess.Ending, output: String, errors: String) {
    try GanglionProcess.run(arguments, in: scratch)
  }

  @Test("check accepts a right configuration and lists what will be subscribed")
  func checkAccepts() throws {
    let config = try scratch.file("ganglion.yaml", "mqtt: { url: mqtt://127.0.0.1 }\n")
    let check = try run("check", "--config", config)
    #expect(check.ending == .exited(0), "\(check.errors)")
    #expect(check.output.contains("city/+/waste/+/up"))
  }

  @Test("check names the place of an error in the configuration, and in a profile, with exit 78")
  func checkRefuses() throws {
    let config = try scratch.file("ganglion.yaml", "mqtt:\n  url: mqtt://127.0.0.1\n  usernme: x\n")
    let check = try run("check", "--config", config)
    #expect(check.ending == .exited(78))
    #expect(
      check.errors
        == "ganglion: \(config):3:3: mqtt.usernme: unknown key 'usernme' (did you mean 'username'?)\n")
    let devices = try scratch.directory("devices")
    try scratch.file("devices/x.yaml", "profile: x\ntopics: [\"a/{device}\"]\npayload: jso\n")
    try scratch.file("ganglion.yaml", "devices: \(devices)\nmqtt: { url: mqtt://127.0.0.1 }\n")
    let profile = try run("check", "--config", config)
    #expect(profile.ending == .exited(78))
    #expect(profile.errors.contains("\(devices)/x.yaml:3:10: payload: 'jso' is none of json"))
  }

  @Test("check runs the examples, and names files that are not read")
  func checkRunsExamples() throws {
    let devices = try scratch.directory("devices")
    let config = try scratch.file("ganglion.yaml", "devices: \(devices)\nmqtt: { url: mqtt://127.0.0.1 }\n")
    func profile(_ value: Int) -> String {
      """
      profile: x
      topics: ["a/{device}"]
      payload: json
      device: "{device}"
      metrics: [{ name: oil_pressure, at: /p, kind: gauge, unit: kPa }]
      examples:
        - topic: a/b
          payload: '{"p":5}'
          readings: [{ device: b, metric: oil_pressure, value: \(value) }]
      """
    }
    try scratch.file("devices/x.yaml", profile(5))
    try scratch.file("devices/y.yml", "")
    let right = try run("check", "--config", config)
    #expect(right.ending == .exited(0), "\(right.errors)")
    #expect(right.output.contains("\(devices)/y.yml is not read"))
    #expect(right.output.contains("profile x (\(devices)/x.yaml): 1 metric, 1 example\n"))
    try scratch.file(
      "devices/z.yaml", profile(5).replacing("profile: x", with: "profile: tasmota").replacing("a/", with: "z/"))
    #expect(try run("check", "--config", config).output.contains("1 example, in place of the built-in one\n"))
    try FileManager.default.removeItem(atPath: "\(devices)/z.yaml")
    try scratch.file("devices/x.yaml", profile(6))
    let wrong = try run("check", "--config", config)
    #expect(wrong.ending == .exited(78))
    #expect(wrong.errors.contains("\(devices)/x.yaml:7:"))
    #expect(wrong.errors.contains("oil_pressure: value is 5, expected 6"))
  }

  @Test("A configuration file that is not there is named, with exit 78")
  func missingConfiguration() throws {
    let check = try run("run", "--config", "\(scratch.path)/none.yaml")
    #expect(check.ending == .exited(78))
    #expect(check.errors.contains("none.yaml:1:1: cannot be read"))
  }

  @Test("Wrong usage is exit 64; a store that is not there is exit 69")
  func usage() throws {
    #expect(try run("query", "latest", "--data", "a", "--url", "b").ending == .exited(64))
    #expect(try run("simulate", "--broker", "mqtt://127.0.0.1:1", "--fleet", "none").ending == .exited(64))
    #expect(try run("simulate", "--broker", "http://x").ending == .exited(64))
    let query = try run("query", "latest", "--data", scratch.path)
    #expect(query.ending == .exited(69))
    #expect(query.errors.contains("there is no store"))
    let simulate = try run("simulate", "--broker", "mqtt://127.0.0.1:1", "--for", "1s")
    #expect(simulate.ending == .exited(69))
  }

  @Test("The same seed makes the same fleet")
  func seeds() throws {
    var one = FleetName.first.fleet(seed: 5)
    var two = FleetName.first.fleet(seed: 5)
    for second in 0..<500 {
      let now = Timestamp(seconds: 1_763_700_000 + Int64(second))
      #expect(one.nextMessage(at: now).payload == two.nextMessage(at: now).payload)
    }
  }
}

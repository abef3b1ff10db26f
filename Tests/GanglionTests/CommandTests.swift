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
    for rate in ["50", "200000", "nan"] {
      let refused = try run("simulate", "--broker", "mqtt://127.0.0.1:1", "--rate", rate)
      #expect(refused.ending == .exited(64) && refused.errors.contains("--rate is 100 to 100000"), "\(refused.errors)")
    }
    let query = try run("query", "latest", "--data", scratch.path)
    #expect(query.ending == .exited(69))
    #expect(query.errors.contains("there is no store"))
    let simulate = try run("simulate", "--broker", "mqtt://127.0.0.1:1", "--for", "1s")
    #expect(simulate.ending == .exited(69))
  }

  @Test(
    "devices list --catalogue refuses what says nothing of profiles, each with a sentence",
    arguments: [
      (["--url", "http://127.0.0.1:8080"], "leave out --url and --data"),
      (["--data", "/nowhere"], "leave out --url and --data"),
      (["device=x"], "'device=x' chooses among devices"),
      (["--config", "x.yaml", "--devices", "x"], "--config names the profiles already"),
      (["--markdown", "--devices", "x"], "--markdown is the page of the built-in profiles alone"),
      (["--markdown", "--json"], "--markdown is the page of the built-in profiles alone"),
    ])
  func catalogueAlone(options: [String], sentence: String) throws {
    let refused = try GanglionProcess.run(["devices", "list", "--catalogue"] + options, in: scratch)
    #expect(refused.ending == .exited(64) && refused.output.isEmpty)
    #expect(refused.errors.contains(sentence), "\(refused.errors)")
  }

  @Test("devices list --catalogue lists the built-in profiles, and those of a directory beside them")
  func catalogue() throws {
    let devices = try scratch.directory("devices")
    try scratch.file("devices/x.yaml", Self.ownProfile)
    let list = try run("devices", "list", "--catalogue", "--devices", devices)
    #expect(list.ending == .exited(0), "\(list.errors)")
    #expect(list.output.contains("\nown-probe  ") && list.output.contains("\nkitchen-waste-bin  "))
    let page = try run("devices", "list", "--catalogue", "--markdown")
    #expect(page.ending == .exited(0) && page.output.hasPrefix("# Catalogue\n"))
  }

  private static let ownProfile = """
    profile: own-probe
    topics: ["own/{device}"]
    payload: json
    device: "{device}"
    time: { at: /ts, as: local }
    metrics: [{ name: own_pressure, at: /p, kind: gauge, unit: kPa }]
    """

  @Test(
    "Without --config and --devices the standard configuration's profiles and zone count where there is one",
    .enabled(if: SmallDisk.canBeMade))
  func standardConfiguration() throws {
    let devices = try scratch.directory("devices")
    try scratch.file("devices/x.yaml", Self.ownProfile)
    let config = try scratch.file(
      "ganglion.yaml", "devices: \(devices)\ntimezone: Asia/Shanghai\nmqtt: { url: mqtt://127.0.0.1 }\n")
    let payload = try scratch.file("payload.json", #"{"ts":"2025-11-21T12:40:00","p":5}"#)
    let decode = ["decode", "--topic", "own/d-1", payload]
    let decoded = try run(decode, underStandard: config)
    #expect(decoded.ending == .exited(0), "\(decoded.errors)")
    #expect(decoded.output.contains(#""time":"2025-11-21T04:40:00Z""#), "\(decoded.output)")
    let listed = try run(["devices", "list", "--catalogue"], underStandard: config)
    #expect(listed.ending == .exited(0) && listed.output.contains("\nown-probe  "), "\(listed.errors)")
    let tested = try run(["devices", "test", "--filter", "own-probe"], underStandard: config)
    #expect(tested.ending == .exited(0) && tested.output.contains("own-probe"), "\(tested.errors)")
    let builtIn = try run(decode + ["--devices", try scratch.directory("none")], underStandard: config)
    #expect(builtIn.ending == .exited(65) && builtIn.output.contains(#""reason":"no-profile""#))
    let wrong = try run(decode, underStandard: try scratch.file("wrong.yaml", "mqtt: { ur: x }\n"))
    #expect(wrong.ending == .exited(78))
    #expect(wrong.errors.hasPrefix("ganglion: /etc/ganglion/ganglion.yaml:1:"), "\(wrong.errors)")
    let closed = try run(decode, underStandard: config, isClosed: true)
    #expect(closed.ending == .exited(78))
    #expect(
      closed.errors.hasPrefix(
        "ganglion: /etc/ganglion/ganglion.yaml:1:1: cannot be read: Permission denied; call this"),
      "\(closed.errors)")
  }

  /// Runs a command on a machine whose `/etc` holds nothing but a standard configuration.
  ///
  /// - Parameter isClosed: nobody may look into its directory, not even root.
  private func run(
    _ arguments: [String], underStandard config: String, isClosed: Bool = false
  ) throws -> (ending: ChildProcess.Ending, output: String, errors: String) {
    let close = "chmod 0 /etc/ganglion; exec setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-all"
    let script = """
      set -e
      mount -t tmpfs tmpfs /etc
      mkdir /etc/ganglion
      cp '\(config)' /etc/ganglion/ganglion.yaml
      \(isClosed ? close : "exec") "$0" "$@"
      """
    let name = UUID().uuidString
    let (output, errors) = (try scratch.file("\(name).out"), try scratch.file("\(name).err"))
    let process = try ChildProcess(
      "/usr/bin/unshare", ["--mount", "sh", "-c", script, GanglionProcess.executable] + arguments, output: output,
      errors: errors)
    let ending = process.wait(atMost: .seconds(60))
    func text(_ file: String) -> String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }
    return (ending, text(output), text(errors))
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

import Foundation
import TestSupport
import Testing

/// `ganglion alerts test RULE` as an integrator has it, who has written a script and wants to see it run.
@Suite(.exclusive)
struct AlertsTestCommandTests {
  private struct Told: Decodable {
    struct Alert: Decodable {
      let rule: String
      let severity: String
      let state: String
      let value: Double
      let unit: String
      let metric: String
      let device: String
      let tags: [String: String]
      let title: [String: String]
    }

    let call: String
    let hook: String
    let kind: String
    let gateway: String
    let alerts: [Alert]
  }

  private let scratch: ScratchDirectory
  private let config: String

  init() throws {
    scratch = try ScratchDirectory()
    let devices = try scratch.directory("devices")
    try scratch.file("devices/boiler.yaml", BoilerProfiles.boiler)
    config = try scratch.file(
      "ganglion.yaml",
      """
      gateway: north
      timezone: Asia/Shanghai
      data: \(scratch.path)/data
      devices: \(devices)
      mqtt: { url: "mqtt://127.0.0.1:1" }
      alerts: \(scratch.path)/alerts.yaml
      """)
    try scratch.file(
      "alerts.yaml",
      """
      rules:
        - id: boiler-hot
          title: { en: "{device} of {site} is at {value} {unit}", zh: "{device} 过热" }
          metric: temperature
          where: { site: mill-3 }
          levels: { warning: { above: 60 }, critical: { above: 80 } }
          hooks: [officer]
          escalate: [{ after: 15m, hooks: [boss] }]
        - { id: boiler-cold, metric: temperature, below: 4, hooks: [broken, officer, slow] }
        - { id: remote, metric: temperature, above: 90, hooks: [ops-room, plant-room, broadcast] }
        - { id: told-to-all, metric: temperature, above: 95, hooks: [broadcast] }
        - { id: nobody, metric: temperature, above: 99 }
      hooks:
        officer: { exec: [\(scratch.path)/officer.sh, "-v", "a b"] }
        boss: { exec: [\(scratch.path)/boss.sh] }
        broken: { exec: [\(scratch.path)/broken.sh] }
        slow: { exec: [\(scratch.path)/slow.sh], timeout: 300ms }
        ops-room: { webhook: "http://127.0.0.1:1/alerts" }
        plant-room: { webhook: "http://127.0.0.1:1/alerts", allow_private: true }
        broadcast: { publish: "city/alerts/{rule}" }
      """)
    try script(
      "officer",
      "cat > $D/told.json; env > $D/environment; printf '%s\\n' \"$@\" > $D/arguments; echo called the officer"
    )
    try script("boss", "touch $D/boss; echo called the boss")
    try script("broken", "echo no line >&2; exit 3")
    try script("slow", "sleep 60")
  }

  private func script(_ name: String, _ text: String) throws {
    let path = try scratch.file("\(name).sh", "#!/bin/sh\nD='\(scratch.path)'\n\(text)\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  private func test(_ arguments: String...) throws -> (status: Int32?, output: String, errors: String) {
    let command = try GanglionProcess(
      ["alerts", "test", "--config", config] + arguments, in: scratch, environment: ["SECRET_OF_THE_SHELL": "1"])
    let ending = command.process.wait(atMost: .seconds(60))
    if case .exited(let status) = ending { return (status, command.output, command.errors) }
    return (nil, command.output, command.errors)
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: "\(scratch.path)/\(name)", encoding: .utf8)
  }

  @Test("A rule's script is told a sample as the gateway would tell it an alert, and what it writes is shown")
  func sample() throws {
    let (status, output, errors) = try test("boiler-hot")
    #expect(status == 0, "\(output)\(errors)")
    let lines = output.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].hasPrefix("officer: done in ") && lines[1] == "  called the officer")
    let told = try JSONDecoder().decode(Told.self, from: Data(text("told.json").utf8))
    #expect(told.kind == "test" && told.hook == "officer" && told.gateway == "north" && told.alerts.count == 1)
    let alert = told.alerts[0]
    // The worst level's limit, and a quarter more.
    #expect(alert.severity == "critical" && alert.value == 100 && alert.unit == "Cel")
    #expect(alert.rule == "boiler-hot" && alert.state == "firing" && alert.metric == "temperature")
    #expect(alert.device == "sample" && alert.tags == ["site": "mill-3"])
    #expect(alert.title == ["en": "sample of mill-3 is at 100 Cel", "zh": "sample 过热"])
    let environment = try text("environment").split(separator: "\n").map(String.init)
    for line in [
      "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "GANGLION_KIND=test", "GANGLION_RULE=boiler-hot",
      "GANGLION_STATE=firing", "GANGLION_SEVERITY=critical", "GANGLION_VALUE=100", "GANGLION_UNIT=Cel",
      "GANGLION_DEVICE=sample", "GANGLION_ATTEMPT=1", "GANGLION_ALERTS=1", "GANGLION_CALL_ID=\(told.call)",
      "GANGLION_TITLE=sample of mill-3 is at 100 Cel", "GANGLION_GATEWAY=north",
    ] { #expect(environment.contains(line), "\(line) in \(environment)") }
    #expect(!environment.contains { $0.hasPrefix("SECRET_OF_THE_SHELL") })
    #expect(try text("arguments") == "-v\na b\n")
    #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/boss"))
    // The next run is another call: who leaves repeats out takes it.
    #expect(try test("boiler-hot", "--escalations").output.contains("boss: done in "))
    #expect(try JSONDecoder().decode(Told.self, from: Data(text("told.json").utf8)).call != told.call)
  }

  @Test("A script that fails or hangs is told with its reason and its words, the others run, and the exit is 69")
  func failing() throws {
    let (status, output, errors) = try test("boiler-cold")
    #expect(status == 69, "\(output)\(errors)")
    #expect(output.contains("broken: failed: \(scratch.path)/broken.sh exited with 3\n  no line\n"), "\(output)")
    #expect(output.contains("slow: failed: \(scratch.path)/slow.sh was not done after 300ms\n"), "\(output)")
    #expect(output.contains("officer: done in "), "\(output)")
    let told = try JSONDecoder().decode(Told.self, from: Data(text("told.json").utf8))
    #expect(told.alerts.map(\.value) == [3] && told.alerts.map(\.severity) == ["warning"])
  }

  @Test("A webhook into the plant is called only where that is allowed; what publishes is left to the gateway")
  func elsewhere() throws {
    let (status, output, errors) = try test("remote")
    #expect(status == 69, "\(output)\(errors)")
    let lines = output.split(separator: "\n").map(String.init)
    #expect(lines.count == 3, "\(output)")
    #expect(lines[0].hasPrefix("ops-room: failed: ") && lines[0].contains("allow_private"), "\(lines[0])")
    #expect(lines[1].hasPrefix("plant-room: failed: ") && !lines[1].contains("allow_private"), "\(lines[1])")
    #expect(lines[2].hasPrefix("broadcast: not tried: it publishes on city/alerts/{rule}"), "\(lines[2])")
    let published = try test("told-to-all")
    #expect(published.status == 0 && published.output.hasPrefix("broadcast: not tried"), "\(published)")
  }

  @Test("A rule that is not there, and one that calls nobody, are told, and nothing is run")
  func unknown() throws {
    let unknown = try test("boiler-hod")
    #expect(unknown.status == 69 && unknown.output.isEmpty)
    #expect(unknown.errors.contains("there is no rule 'boiler-hod'") && unknown.errors.contains("boiler-hot"))
    let nobody = try test("nobody")
    #expect(nobody.status == 64 && nobody.errors.contains("the rule 'nobody' calls nobody"), "\(nobody)")
    try scratch.file("alerts.yaml", "rules: [{ id: boiler-hot, metrik: temperature }]\n")
    let wrong = try test("boiler-hot")
    #expect(wrong.status == 78 && wrong.errors.contains("alerts.yaml:1:"), "\(wrong)")
    #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/told.json"))
  }
}

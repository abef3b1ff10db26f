import Foundation
import StrictYAML
import TestSupport
import Testing

@testable import Gateway

@Suite
struct ConfigurationTests {
  private let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
  }

  private func read(_ text: String) throws -> GatewayConfiguration {
    try GatewayConfiguration(file: scratch.file("ganglion.yaml", text))
  }

  @Test("Only the broker's address is needed; everything else has a default")
  func minimal() throws {
    let configuration = try read("mqtt: { url: mqtt://broker.plant.local }")
    #expect(configuration.mqtt.host == "broker.plant.local")
    #expect(configuration.mqtt.port == 1883)
    #expect(configuration.mqtt.clientID == "ganglion-\(configuration.gateway)")
    #expect(configuration.pipeline.ringCapacity == 65536)
    #expect(configuration.http.host == "127.0.0.1")
  }

  @Test("A whole configuration is read")
  func whole() throws {
    let password = try scratch.file("password", "secret\n")
    let configuration = try read(
      """
      gateway: licheng-1
      timezone: Asia/Shanghai
      data: /tmp/x
      mqtt:
        url: mqtts://[::1]:8884
        client_id: me
        protocol: 3.1.1
        username: u
        password_file: \(password)
        subscriptions: ["a/#", "a/b"]
        session_expiry: 2d
        keepalive: 60s
        receive_maximum: 100
        max_packet: 1MiB
      pipeline: { ring_capacity: 16384, batch: 512, batch_delay: 2ms, checkpoint: 500ms }
      windows: { base: 1m, future_limit: 10m, past_limit: 7d }
      http: { listen: "127.0.0.1:9090" }
      limits: { devices: 10, dead_letters: 20, dead_letter_bytes: 1MiB }
      log: { level: debug, format: json }
      """)
    #expect(configuration.mqtt.host == "::1")
    #expect(configuration.mqtt.usesTLS)
    #expect(configuration.mqtt.version == .v311)
    #expect(configuration.windows.eventTimes.pastLimit == .seconds(7 * 86400))
    #expect(configuration.http.port == 9090)
    let settings = try configuration.sessionSettings(for: .init(.builtIn))
    #expect(settings.password == "secret")
    #expect(settings.filters == ["a/#"])
    #expect(settings.sessionExpiry == .seconds(2 * 86400))
  }

  @Test(
    "What is wrong is named with its line and key, and what would be right",
    arguments: [
      ("", 1, "mqtt.url is missing: set the broker's address"), ("mqtt: {}", 1, "mqtt.url is missing"),
      ("mqtt:\n  url: http://x", 2, "expected mqtt://host:port"),
      ("mqtt:\n  url: mqtt://u:p@x", 2, "credentials do not stand in the url"),
      ("mqtt:\n  url: mqtt://x\n  keepalve: 30s", 3, "did you mean 'keepalive'?"),
      ("mqtt:\n  url: mqtt://x\n  keepalive: 30", 3, "is not a duration such as 500ms"),
      ("mqtt:\n  url: mqtt://x\n  protocol: 4", 3, "'4' is none of 5, 3.1.1"),
      ("mqtt:\n  url: mqtt://x\n  password_file: /nowhere/p", 3, "cannot be read"),
      ("mqtt:\n  url: mqtt://x\n  ca_file: /etc/hosts", 3, "only a mqtts:// url uses ca_file"),
      ("mqtt:\n  url: mqtt://x\n  subscriptions: ['a/#/b']", 3, "'#' stands alone"),
      ("mqtt: { url: mqtt://x }\npipeline: { ring_capacity: 10000 }", 2, "is not a power of two"),
      ("mqtt: { url: mqtt://x }\ntimezone: Asia/Shanghi", 2, "did you mean 'Asia/Shanghai'?"),
      ("mqtt: { url: mqtt://x }\ntimezone: CST", 2, "expected a name such as Asia/Shanghai or UTC"),
      ("mqtt: { url: mqtt://x }\nlog: { level: warn }", 2, "did you mean 'warning'?"),
      ("mqtt:\n\turl: x", 2, "indented with spaces, not tabs"),
      ("mqtt: { url: mqtt://x }\nhttp: { listen: '0.0.0.0:80' }", 2, "is not loopback"),
      ("mqtt: { url: mqtt://x }\nhub: { url: postgresql://x }", 2, "not in this version"),
      ("mqtt: { url: mqtt://x }\ndevices: /nowhere", 2, "there is no directory '/nowhere'"),
      ("mqtt: [", 2, "ganglion.yaml:2"),
    ])
  func errors(text: String, line: Int, message: String) {
    let error = #expect(throws: YAMLError.self) { try read(text) }
    #expect(error?.line == line)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test("Relative paths count from the configuration's own directory")
  func relativePaths() throws {
    _ = try scratch.directory("devices")
    let configuration = try read("mqtt: { url: mqtt://x }\ndata: here\ndevices: devices")
    #expect(configuration.data == "\(scratch.path)/here")
    #expect(configuration.devices == "\(scratch.path)/devices")
  }

  @Test("What is no text file is told plainly")
  func unreadable() throws {
    let directory = #expect(throws: YAMLError.self) { try GatewayConfiguration(file: scratch.path) }
    #expect(directory?.message == "cannot be read: Is a directory")
    let file = try scratch.file("latin.yaml")
    try Data([0x61, 0x3A, 0x0A, 0x62, 0x3A, 0xFF]).write(to: URL(fileURLWithPath: file))
    let latin = #expect(throws: YAMLError.self) { try GatewayConfiguration(file: file) }
    #expect(latin?.line == 2)
    #expect(latin?.message.contains("no UTF-8") == true)
  }

  @Test("Windows and what they keep are read, with years and for ever")
  func windows() throws {
    let configuration = try read(
      """
      mqtt: { url: mqtt://x }
      windows: { rollups: [1h, 1d], retain: { 1m: 7d, 1h: 2y, 1d: forever }, exact_for: 1h, samples_max: 100 }
      limits: { store_bytes: 1GiB, message_identities: 5 }
      """)
    #expect(configuration.windows.retainMinutes == .seconds(7 * 86400))
    #expect(configuration.windows.retainHours == .seconds(730 * 86400))
    #expect(configuration.windows.retainDays == nil)
    #expect(configuration.windows.exactFor == .seconds(3600))
    #expect(configuration.windows.samplesMax == 100)
    #expect(configuration.limits.storeBytes == 1 << 30)
    #expect(configuration.limits.messageIdentities == 5)
  }

  @Test(
    "Windows that cannot be kept as they are asked for are refused with their place",
    arguments: [
      ("windows: { retain: { 1m: 3d, 1h: 2d } }", "at least as long as the minutes"),
      ("windows: { retain: { 1m: forever } }", "at least as long as the minutes"),
      ("windows: { retain: { 1m: 1h } }", "at least 2h, or forever"),
      ("windows: { rollups: [1h] }", "expected [1h, 1d]"), ("windows: { exact_for: 8d }", "at most 7d"),
      ("limits: { store_bytes: 1KiB }", "at least 16MiB"),
    ])
  func refusedWindows(text: String, sentence: String) {
    let error = #expect(throws: YAMLError.self) { try read("mqtt: { url: mqtt://x }\n\(text)") }
    #expect(error?.message.contains(sentence) == true)
    #expect(error?.line == 2)
  }
}

import Foundation
import Gateway
import Glibc
import Simulator
import Storage

/// The gateway that the bench measures.
struct BenchGateway {
  /// Of journal, store and profile.
  let directory: String
  /// The broker's.
  let port: Int
  /// How many will come.
  let messages: Int
  /// They are a fleet's, which the built-in profiles decode; else those of `BenchLoad`.
  var takesFleet = false
  /// Rules of `BenchRuleFile` that look at each series.
  var rulesPerSeries = 0

  /// From the first message until the last one is in the store.
  func measureIngest() async throws -> BenchMeasure {
    let gateway = try make()
    let before = ProcessUsage.now
    let running = Task { try await gateway.run() }
    while gateway.status.session.messages == 0 { try await Task.sleep(for: .milliseconds(1)) }
    let began = ContinuousClock.now
    while gateway.status.appliedSequence < messages { try await Task.sleep(for: .milliseconds(5)) }
    let measure = ProcessUsage.now.measure(since: before, messages: messages, seconds: (.now - began) / .seconds(1))
    await gateway.stop()
    try await running.value
    return measure
  }

  /// Takes all messages into the journal and none into the store, and dies.
  func fill() async throws -> Never {
    let gateway = try make { configuration in
      configuration.pipeline.checkpoint = .seconds(86400)
      // Samples that wait in memory would call for a checkpoint.
      configuration.windows.exactFor = .zero
    }
    Task { try await gateway.run() }
    while gateway.status.journalHead < messages { try await Task.sleep(for: .milliseconds(5)) }
    kill(getpid(), SIGKILL)
    fatalError("SIGKILL was survived")
  }

  /// The start on what `fill` left behind.
  func measureReplay() throws -> BenchMeasure { try replay().measure }

  /// The same, and on until the first new message is in the journal.
  func measureRestart() async throws -> BenchMeasure {
    let began = ContinuousClock.now
    var (gateway, measure) = try replay()
    let running = Task { try await gateway.run() }
    while gateway.status.session.messages == 0 { try await Task.sleep(for: .milliseconds(1)) }
    measure.secondsToFirstMessage = (.now - began) / .seconds(1)
    await gateway.stop()
    try await running.value
    return measure
  }

  private func replay() throws -> (gateway: Gateway, measure: BenchMeasure) {
    let stored = try StoreReader(directory: "\(directory)/data").readNow { try $0.position() }.appliedSequence
    guard stored == 0 else { throw explain("the store has \(stored) of the messages already", .badData) }
    let before = ProcessUsage.now
    let began = ContinuousClock.now
    let gateway = try make()
    let seconds = (.now - began) / .seconds(1)
    guard gateway.status.appliedSequence == messages else {
      throw explain("\(gateway.status.appliedSequence) messages were in the journal, not \(messages)", .badData)
    }
    return (gateway, ProcessUsage.now.measure(since: before, messages: messages, seconds: seconds))
  }

  func make(_ configure: (inout GatewayConfiguration) -> Void = { _ in }) throws -> Gateway {
    var configuration = GatewayConfiguration(
      gateway: "bench", timeZone: TimeZone(identifier: takesFleet ? "Asia/Shanghai" : "UTC")!,
      data: "\(directory)/data",
      mqtt: GatewayConfiguration.MQTT(host: "127.0.0.1", port: port, usesTLS: false, clientID: "bench"))
    configuration.mqtt.version = .v311
    configuration.mqtt.subscriptions = [takesFleet ? "#" : "bench/#"]
    if !takesFleet { configuration.devices = try Self.writeProfile(directory) }
    if rulesPerSeries > 0 {
      configuration.alerts = try BenchRuleFile(perSeries: rulesPerSeries).write(in: directory)
    }
    configuration.http.port = try PrivateBroker.freePort()
    configuration.log.level = .error
    configure(&configuration)
    return try Gateway(configuration, log: makeLogger(configuration.log))
  }

  /// - Returns: the directory of the profile.
  static func writeProfile(_ directory: String) throws -> String {
    let devices = "\(directory)/devices"
    try FileManager.default.createDirectory(atPath: devices, withIntermediateDirectories: true)
    try BenchLoad.profile.write(toFile: "\(devices)/bench.yaml", atomically: true, encoding: .utf8)
    return devices
  }
}

import ArgumentParser
import Foundation
import Gateway
import Simulator
import Storage
import Telemetry

/// `ganglion demo`: the whole way on one machine, with nothing to set up.
struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a private broker, a simulated fleet and the gateway, and show what happens.")

  @Option(
    name: .customLong("for"), help: ArgumentHelp("End after this span, such as 30s; else at Ctrl-C.", valueName: "span")
  )
  var span: Span?

  @Option(help: ArgumentHelp("Which devices.", valueName: "name"))
  var fleet = FleetName.quanzhou

  @Option(help: "The API's port (default: 8080, or a free one where that is taken).")
  var port: Int?

  @Option(help: "Messages a second, 100 to 100000.")
  var rate: Double = 1000

  func validate() throws {
    try FleetRate.validate(rate)
    if let port, !(1...65535).contains(port) { throw ValidationError("--port is 1 to 65535") }
  }

  func run() async throws {
    try await reporting {
      // Before anything is started that would have to be ended.
      let stop = await StopSignals()
      let directory = FileManager.default.temporaryDirectory.appendingPathComponent("ganglion-demo-\(getpid())").path
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: directory) }
      let broker = try PrivateBroker(directory: directory)
      defer { broker.stop() }
      try await run(broker, directory: directory, until: stop)
    }
  }

  private func run(_ broker: PrivateBroker, directory: String, until stop: StopSignals) async throws {
    var configuration = GatewayConfiguration(
      gateway: "demo", timeZone: TimeZone(identifier: "Asia/Shanghai")!, data: "\(directory)/data",
      mqtt: GatewayConfiguration.MQTT(host: "127.0.0.1", port: broker.port, usesTLS: false, clientID: "ganglion-demo"))
    configuration.http.port = try port ?? (PrivateBroker.isFree(8080) ? 8080 : PrivateBroker.freePort())
    configuration.log.level = .warning
    let gateway = try Gateway(configuration, log: makeLogger(configuration.log), signals: [])
    let running = Task { try await gateway.run() }
    guard let port = await gateway.httpPort() else { return try await running.value }

    var settings = Publisher.Settings(host: "127.0.0.1", port: broker.port)
    settings.rate = rate
    settings.keepsReadings = false
    let publisher = Publisher(settings, fleet: fleet.fleet(seed: UInt64.random(in: 0..<UInt64.max)))
    let screen = DemoScreen(
      gateway: gateway, brokerPort: broker.port, port: port, dataDirectory: configuration.data,
      zone: configuration.timeZone)
    await screen.waitUntilSubscribed()
    let publishing = Task { try await onThread { try publisher.run() } }
    let show = Task { await screen.show() }
    await stop.wait(atMost: span?.duration, orEndOf: running, or: publishing)
    publisher.stop()
    let published = await publishing.result
    if let oracle = try? published.get() { await screen.waitUntilStored(messages: oracle.messages) }
    show.cancel()
    await show.value
    await gateway.stop()
    try await running.value
    _ = try published.get()
    try screen.summarise()
  }
}

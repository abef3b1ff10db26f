import Foundation
import Gateway
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

/// Promises 1 and 2 on real parts: a real broker, the real process, SIGKILL.
@Suite(.exclusive)
struct KillTests {
  /// `GANGLION_KILLS=N` kills more often.
  @Test("Killed at random moments, the gateway loses nothing and counts nothing twice")
  func survivesSIGKILL() async throws {
    var random = RandomSource(seed: testSeed())
    let scratch = try ScratchDirectory()
    let broker = try PrivateBroker(directory: try scratch.directory("broker"))
    defer { broker.stop() }
    let data = "\(scratch.path)/data"
    let config = try scratch.file(
      "ganglion.yaml",
      """
      gateway: kill-test
      timezone: Asia/Shanghai
      data: \(data)
      mqtt: { url: "mqtt://127.0.0.1:\(broker.port)" }
      http: { listen: "127.0.0.1:0" }
      """)
    var gateway = try await start(config, scratch)

    var settings = Publisher.Settings(host: "127.0.0.1", port: broker.port)
    settings.rate = 1500
    let began = Timestamp.now - .seconds(3 * 3600)
    // Event time goes three times as fast as the clock, over many windows.
    settings.eventTime = { began + .milliseconds($0 * 2) }
    let publisher = Publisher(settings, fleet: FleetCatalogue.fleet(named: "first", seed: random.next())!)
    let published = Task { try await onThread { try publisher.run() } }

    var kills = 0
    while kills < setting("GANGLION_KILLS", default: 25) {
      try await Task.sleep(for: .milliseconds(Int.random(in: 0...1200, using: &random)))
      gateway.process.send(SIGKILL)
      #expect(gateway.process.wait(atMost: .seconds(10)) == .signalled(SIGKILL), "\(gateway.errors)")
      kills += 1
      // Half of the time the next one is killed while it starts or replays.
      gateway = Bool.random(using: &random) ? try await start(config, scratch) : try run(config, scratch)
    }
    publisher.stop()
    let oracle = try await published.value
    #expect(oracle.messages > kills * 100, "too few messages to mean anything")
    if !gateway.process.isRunning { gateway = try run(config, scratch) }
    let reader = try StoreReader(directory: data)
    try await eventually("the store has every message that the broker acknowledged", within: .seconds(120)) {
      try reader.readNow { snapshot in
        let accounts = try snapshot.messageAccounts().values
        let settled = accounts.reduce(0) { $0 + $1.settled }
        let repeated = accounts.reduce(0) { $0 + $1.outcomes.filter { $0.key.word == "duplicate" }.values.reduce(0, +) }
        return settled - repeated >= Int64(oracle.messages)
      }
    }
    #expect(gateway.process.terminate() == .exited(0), "\(gateway.errors)")
    let found = try differences(between: oracle, and: reader)
    #expect(found.isEmpty, "\(found.count) differences: \(found.prefix(10))")
    let ledger = try GanglionProcess.run(["ledger", "--data", data], in: scratch)
    #expect(ledger.ending == .exited(0), "\(ledger.output)")
    print("\(kills) kills, \(oracle.messages) messages, \(oracle.windows.count) windows\n\(ledger.output)")
  }

  private func run(_ config: String, _ scratch: ScratchDirectory) throws -> GanglionProcess {
    try GanglionProcess(["run", "--config", config], in: scratch)
  }

  /// Starts the gateway and waits until it is subscribed.
  private func start(_ config: String, _ scratch: ScratchDirectory) async throws -> GanglionProcess {
    let gateway = try run(config, scratch)
    try await eventually("the gateway is subscribed: \(gateway.errors)") {
      gateway.errors.contains("subscribed to") || !gateway.process.isRunning
    }
    return gateway
  }
}

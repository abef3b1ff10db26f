import Foundation
import Gateway
import Logging
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

/// Each fleet through a real broker and the whole gateway: what it says that it said is what is stored.
@Suite(.exclusive)
struct FleetLineTests {
  private static let messages = 8000
  /// Event times go through so much, up to now: late and kept messages come, and repeats, as in so long a run.
  private static let span = Duration.seconds(45 * 60)
  /// More than the usual, for few messages.
  private static let faults = FaultShares(
    offline: 0.1, keeping: 0.5, late: 0.05, repeated: 0.05, bad: 0.02, wrongClock: 0.05)

  @Test("Every fleet is stored as its oracle says, faults included", arguments: FleetName.allCases)
  func fleet(name: FleetName) async throws {
    let scratch = try ScratchDirectory()
    let broker = try PrivateBroker(directory: try scratch.directory("broker"))
    defer { broker.stop() }
    var configuration = GatewayConfiguration(
      gateway: "fleet", timeZone: TimeZone(identifier: "Asia/Shanghai")!, data: try scratch.directory("data"),
      mqtt: GatewayConfiguration.MQTT(host: "127.0.0.1", port: broker.port, usesTLS: false, clientID: "fleet"))
    configuration.http.port = try PrivateBroker.freePort()
    let gateway = try Gateway(
      configuration, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, signals: [])
    let running = Task { try await gateway.run() }
    try await eventually("the gateway is subscribed") { gateway.status.session.isSubscribed }

    let publisher = Publisher(settings(broker), fleet: name.fleet(seed: testSeed(), faults: Self.faults))
    let oracle = try await onThread { try publisher.run() }
    try await eventually("all is in the store", within: .seconds(60)) {
      gateway.status.session.messages >= Int64(oracle.messages) && gateway.status.pending == 0
    }
    await gateway.stop()
    try await running.value
    try judge(oracle, data: configuration.data)
  }

  private func settings(_ broker: PrivateBroker) -> Publisher.Settings {
    var settings = Publisher.Settings(host: "127.0.0.1", port: broker.port)
    settings.messageLimit = Self.messages
    let began = Timestamp.now - Self.span
    settings.eventTime = { index in began + Self.span * (Double(index) / Double(Self.messages)) }
    return settings
  }

  private func judge(_ oracle: Oracle, data: String) throws {
    #expect(oracle.messages == Self.messages)
    let reader = try StoreReader(directory: data)
    let found = try differences(between: oracle, and: reader)
    #expect(found.isEmpty, "\(found.count) differences: \(found.prefix(10))")
    let ledger = try reader.readNow { try $0.ledger(journalHead: reader.journalHeadOnDisk) }
    #expect(ledger.imbalances().isEmpty)
    #expect(ledger.messages.values.reduce(0) { $0 + $1.deadLettered } == oracle.undecodable)
  }
}

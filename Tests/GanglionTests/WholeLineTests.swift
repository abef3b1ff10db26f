import Foundation
import FoundationNetworking
import Gateway
import Logging
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

/// The gateway inside this process, with a real broker and questions beside it: what `.ci/races` looks at.
@Suite(.exclusive)
struct WholeLineTests {
  @Test("From broker to store with questions beside it: equal to the oracle, and a clean stop")
  func wholeLine() async throws {
    let scratch = try ScratchDirectory()
    let broker = try PrivateBroker(directory: try scratch.directory("broker"))
    defer { broker.stop() }
    var configuration = GatewayConfiguration(
      gateway: "whole", timeZone: TimeZone(identifier: "Asia/Shanghai")!, data: try scratch.directory("data"),
      mqtt: GatewayConfiguration.MQTT(host: "127.0.0.1", port: broker.port, usesTLS: false, clientID: "whole"))
    configuration.http.port = try PrivateBroker.freePort()
    // Often, so that session and pipeline meet in many ways.
    configuration.pipeline.checkpoint = .milliseconds(100)
    configuration.pipeline.ringCapacity = 8192
    let gateway = try Gateway(
      configuration, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, signals: [])
    let running = Task { try await gateway.run() }
    let port = try #require(await gateway.httpPort())
    try await eventually("the gateway is subscribed") { gateway.status.session.isSubscribed }

    var settings = Publisher.Settings(host: "127.0.0.1", port: broker.port)
    settings.rate = 1500
    settings.duration = .seconds(3)
    let publisher = Publisher(settings, fleet: FleetName.first.fleet(seed: testSeed()))
    let published = Task { try await onThread { try publisher.run() } }
    let paths = [
      "/api/v1/aggregates?metric=speed&group_by=site", "/api/v1/latest", "/api/v1/ledger", "/api/v1/devices",
      "/api/v1/dead-letters", "/metrics", "/readyz",
    ]
    let asking = Task {
      var answers = 0
      while !Task.isCancelled {
        let url = URL(string: "http://127.0.0.1:\(port)\(paths[answers % paths.count])")!
        let (_, response) = try await URLSession.shared.data(from: url)
        #expect((response as? HTTPURLResponse)?.statusCode == 200, "\(url)")
        answers += 1
      }
      return answers
    }
    let oracle = try await published.value
    try await eventually("all is in the store", within: .seconds(60)) {
      gateway.status.session.messages >= Int64(oracle.messages) && gateway.status.pending == 0
    }
    asking.cancel()
    let answers = (try? await asking.value) ?? 1
    #expect(answers > 0)
    await gateway.stop()
    try await running.value
    let reader = try StoreReader(directory: configuration.data)
    let found = try differences(between: oracle, and: reader)
    #expect(found.isEmpty, "\(found.count) differences: \(found.prefix(10))")
    let ledger = try reader.readNow { try $0.ledger(journalHead: reader.journalHeadOnDisk) }
    #expect(ledger.imbalances().isEmpty)
  }
}

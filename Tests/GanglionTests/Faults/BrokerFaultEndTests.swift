import Foundation
import LoopbackBroker
import Simulator
import TestSupport
import Testing

/// A broker that ends, or seems to go on and does not.
@Suite(.exclusive)
struct BrokerFaultEndTests {
  private let scratch: ScratchDirectory

  private static let refused = "no connection to the broker: Connection refused"

  /// One line, whichever of the two sides of the socket fails first.
  private func toldTheBreak(_ log: String) -> Bool {
    let line =
      #/the connection to the broker broke: (the other side closed it|Broken pipe|Connection reset by peer); connecting anew\n/#
    return log.matches(of: line).count == 1
  }

  init() throws {
    scratch = try ScratchDirectory()
  }

  @Test("A broker that is restarted under load costs nothing")
  func restart() async throws {
    let broker = try PrivateBroker(directory: try scratch.directory("broker"))
    defer { broker.stop() }
    let gateway = try FaultedGateway("url: mqtt://127.0.0.1:\(broker.port)", in: scratch)
    try await gateway.isSubscribed()
    let published = Task {
      try await Bins().publish(3000, to: broker) {
        $0.rate = 800
        $0.reconnects = true
      }
    }
    try await gateway.aggregates(500)
    broker.stop()
    try await gateway.says(Self.refused)
    try broker.start()
    try await gateway.isSubscribed(times: 2)
    let oracle = try await published.value
    #expect(oracle.messages == 3000)
    try await gateway.aggregates(3000)
    #expect(try await gateway.disconnections("broken") == 1)
    #expect(toldTheBreak(gateway.log), "\(gateway.log)")
    #expect(try await gateway.metric("ganglion_session_losses_total") == 0)
    let counts = try gateway.stop()
    #expect(counts.readings["aggregated"] == 3000)
    // What the broker had not acknowledged to the publisher came to it twice.
    #expect(counts.received - (counts.messages["duplicate"] ?? 0) == 3000 + (counts.readings["duplicate"] ?? 0))
    #expect(try gateway.differences(from: oracle).isEmpty)
  }

  /// mosquitto writes its sessions down behind a change, not before it acknowledges a message. What it acknowledged in
  /// that moment is lost with it; what it acknowledged before is not.
  @Test("A broker that is killed under load is found again; what it had on its disk is counted, and once")
  func kill() async throws {
    let broker = try PrivateBroker(
      directory: try scratch.directory("broker"), settings: ("autosave_interval 1\nautosave_on_changes true", ""))
    defer { broker.stop() }
    let gateway = try FaultedGateway("url: mqtt://127.0.0.1:\(broker.port)", in: scratch)
    try await gateway.isSubscribed()
    let published = Task {
      try await Bins().publish(1500, to: broker) {
        $0.rate = 500
        $0.reconnects = true
      }
    }
    try await gateway.aggregates(400)
    broker.kill()
    try await gateway.says(Self.refused)
    try broker.start()
    try await gateway.isSubscribed(times: 2)
    #expect(try await published.value.messages == 1500)
    // The last ones come last.
    _ = try await Bins(from: 1500).publish(1, to: broker)
    try await eventually("the last message is in the store") {
      try gateway.newest() == Bins().message(1500).readings[0].time
    }
    #expect(try await gateway.disconnections("broken") == 1)
    #expect(toldTheBreak(gateway.log), "\(gateway.log)")
    #expect(try await gateway.disconnections("unreachable") ?? 0 > 0)
    let known = try gateway.stop()
    let before = try #require(known.readings["aggregated"])
    #expect(before <= 1501)
    #expect(before > 1200)
    #expect(known.messages["decoded"] == before + (known.readings["duplicate"] ?? 0))

    _ = try await Bins(from: 2000).publish(500, to: broker)
    // Whoever is answered now comes behind the writing of it.
    _ = try await Bins(from: 2500).publish(1, to: broker)
    broker.kill()
    try broker.start()
    try gateway.start()
    try await gateway.aggregates(Int(before) + 500)
    let counts = try gateway.stop()
    #expect((500...501).contains((counts.readings["aggregated"] ?? 0) - before))
  }

  @Test("A connection from which everything vanishes is noticed by the ping, and what comes again counts once")
  func halfOpen() async throws {
    let broker = try LoopbackBroker()
    let gateway = try FaultedGateway("url: mqtt://127.0.0.1:\(broker.port)", "keepalive: 5s", in: scratch)
    let dead = try broker.welcome(sessionPresent: false)
    for number in 1...2 { try dead.publish(number, packetID: UInt16(number)) }
    for _ in 1...2 { #expect(try dead.receive()?.kind == .puback) }
    // These arrive; from here on nothing that the gateway sends is read, and nothing answered.
    for number in 3...4 { try dead.publish(number, packetID: UInt16(number)) }
    try await gateway.says(
      """
      the broker is silent: nothing came for mqtt.keepalive (5s), not even the answer to a ping; connecting anew
      """)
    let client = try broker.welcome(sessionPresent: true)
    for number in 3...4 { try client.publish(number, packetID: UInt16(number), isDuplicate: true) }
    try client.publish(5, packetID: 5)
    try await gateway.aggregates(5)
    #expect(try await gateway.disconnections("silent") == 1)
    #expect(try await gateway.metric("ganglion_session_redeliveries_total") == 2)
    #expect(
      try gateway.stop()
        == FaultedGateway.Counts(
          received: 7, messages: ["decoded": 5, "duplicate": 2], readings: ["aggregated": 5]))
    withExtendedLifetime(dead) {}
  }
}

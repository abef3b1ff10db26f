import Foundation
import LoopbackBroker
import Simulator
import TestSupport
import Testing

/// A broker that forgets the session, counts its packets anew, or gives the session to two gateways in turns.
@Suite(.exclusive)
struct BrokerFaultSessionTests {
  private static let lost = """
    the broker no longer knows our session: what it held for us is lost (session_present=0); does it keep sessions on \
    its disk, and was the gateway away for longer than mqtt.session_expiry?
    """

  private let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
  }

  @Test("A broker that has lost its disk is told to have lost the session; it is subscribed again, and all else counts")
  func lostSession() async throws {
    let directory = try scratch.directory("broker")
    let broker = try PrivateBroker(directory: directory)
    defer { broker.stop() }
    let gateway = try FaultedGateway("url: mqtt://127.0.0.1:\(broker.port)", in: scratch)
    try await gateway.isSubscribed()
    _ = try await Bins().publish(300, to: broker)
    try await gateway.aggregates(300)
    broker.stop()
    try FileManager.default.removeItem(atPath: "\(directory)/mosquitto.db")
    try broker.start()
    try await gateway.says(Self.lost)
    try await gateway.isSubscribed(times: 2)
    // The new session's packet ids begin anew, with other messages under them.
    _ = try await Bins(from: 300).publish(300, to: broker)
    try await gateway.aggregates(600)
    #expect(try await gateway.metric("ganglion_session_losses_total") == 1)
    #expect(
      try gateway.stop()
        == FaultedGateway.Counts(received: 600, messages: ["decoded": 600], readings: ["aggregated": 600]))
  }

  @Test("After session_present=0 nothing is taken for a redelivery, whatever its packet id and DUP say")
  func sessionPresent0() async throws {
    let broker = try LoopbackBroker()
    let gateway = try FaultedGateway("url: mqtt://127.0.0.1:\(broker.port)", in: scratch)
    let first = try broker.welcome(sessionPresent: false)
    try first.publish(1, packetID: 1)
    #expect(try first.receive()?.kind == .puback)
    #expect(!gateway.log.contains("session_present=0"))
    first.shut()

    let second = try broker.welcome(sessionPresent: false)
    try await gateway.says(Self.lost)
    // The device's own repeat, in a session that knows nothing of the first; its reading is told by its time.
    try second.publish(1, packetID: 1, isDuplicate: true)
    try second.publish(2, packetID: 2)
    try await gateway.aggregates(2)
    #expect(try await gateway.metric("ganglion_session_losses_total") == 1)
    #expect(try await gateway.metric("ganglion_session_redeliveries_total") == 0)
    #expect(
      try gateway.stop()
        == FaultedGateway.Counts(received: 3, messages: ["decoded": 3], readings: ["aggregated": 2, "duplicate": 1]))
  }

  @Test("Under a packet id that is used again only the same message with DUP is a redelivery")
  func packetIDReuse() async throws {
    let broker = try LoopbackBroker()
    let gateway = try FaultedGateway("url: mqtt://127.0.0.1:\(broker.port)", in: scratch)
    let first = try broker.welcome(sessionPresent: false)
    for number in 1...3 { try first.publish(number, packetID: UInt16(number)) }
    for _ in 1...3 { #expect(try first.receive()?.kind == .puback) }
    // Acknowledged, and at once used again.
    try first.publish(4, packetID: 1)
    #expect(try first.receive()?.kind == .puback)
    first.shut()

    let second = try broker.welcome(sessionPresent: true)
    // The last message under id 1 comes again; the first one under it, long acknowledged, cannot.
    try second.publish(4, packetID: 1, isDuplicate: true)
    // Never arrived, so new, although another message had its id.
    try second.publish(5, packetID: 2, isDuplicate: true)
    // The same bytes under the same id, but without DUP: sent by the device once more.
    try second.publish(3, packetID: 3)
    // And once something without DUP has come, no DUP means anything any more.
    try second.publish(5, packetID: 2, isDuplicate: true)
    try await gateway.aggregates(5)
    try await gateway.metric("ganglion_messages_received_total", becomes: 8)
    #expect(try await gateway.metric("ganglion_session_redeliveries_total") == 1)
    #expect(try await gateway.disconnections("broken") == 1)
    try await gateway.says("the connection to the broker broke: the other side closed it; connecting anew")
    #expect(
      try gateway.stop()
        == FaultedGateway.Counts(
          received: 8, messages: ["decoded": 7, "duplicate": 1], readings: ["aggregated": 5, "duplicate": 2]))
  }

  private static let rivalQuestion = "is a second gateway running with mqtt.client_id twin? each needs its own"

  @Test("A broker that says that another client has come with our id is believed; what came is counted once")
  func takenOver() async throws {
    let broker = try LoopbackBroker()
    let gateway = try FaultedGateway("url: mqtt://127.0.0.1:\(broker.port)", "client_id: twin", in: scratch)
    let first = try broker.welcome(sessionPresent: false)
    try first.publish(1, packetID: 1)
    #expect(try first.receive()?.kind == .puback)
    try first.send(MQTTPacket.disconnect(reasonCode: 0x8E))
    try await gateway.says("another client has taken our place: \(Self.rivalQuestion)")
    let second = try broker.welcome(sessionPresent: true)
    try second.publish(1, packetID: 1, isDuplicate: true)
    try second.publish(2, packetID: 2)
    try await gateway.aggregates(2)
    #expect(try await gateway.disconnections("taken-over") == 1)
    #expect(
      try gateway.stop()
        == FaultedGateway.Counts(received: 3, messages: ["decoded": 2, "duplicate": 1], readings: ["aggregated": 2]))
  }

  /// mosquitto closes the connection without a word, in MQTT 5 as well.
  @Test(
    "Two gateways with one client id throw each other out in no storm, and say so; no message is lost between them",
    arguments: ["5", "3.1.1"])
  func twoGateways(version: String) async throws {
    let broker = try PrivateBroker(directory: try scratch.directory("broker"))
    defer { broker.stop() }
    let keys = ["url: mqtt://127.0.0.1:\(broker.port)", "client_id: twin", "protocol: '\(version)'"]
    let began = ContinuousClock.now
    let twins = try ["one", "two"].map { try FaultedGateway(keys.joined(separator: ", "), in: scratch, name: $0) }
    try await twins[0].isSubscribed()
    // A bin of its own for each message.
    let oracle = try await Bins(160).publish(160, to: broker) { $0.rate = 20 }
    for twin in twins {
      try await twin.says(
        """
        the broker took us in and closed the connection soon after, 2 times in a row: \(Self.rivalQuestion); else the \
        broker's log says why
        """)
    }
    var connections = 0
    for twin in twins {
      #expect(try await twin.disconnections("cut-short") ?? 0 > 0)
      connections += try await twin.metric("ganglion_session_connections_total") ?? 0
    }
    let seconds = (ContinuousClock.now - began).components.seconds
    print("two gateways with one client id, MQTT \(version): \(connections) connections in \(seconds) s")
    #expect(connections <= 12)

    let other = try twins[1].stop()
    let bins = try Set(twins[1].bins())
    #expect(other.readings["aggregated"] ?? 0 == Int64(bins.count))
    // What the other one did not acknowledge in time comes to this one too.
    try await eventually("every message is at one of the two") {
      try bins.union(twins[0].bins()).count == oracle.messages
    }
    let counts = try twins[0].stop()
    #expect(try counts.readings["aggregated"] == Int64(twins[0].bins().count))
  }
}

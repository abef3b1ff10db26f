import LoopbackBroker
import Simulator
import TestSupport
import Testing

@testable import Ingest

/// The session against a broker that breaks the protocol: it lives on, or connects again, and what it acknowledges is
/// journaled.
@Suite(.exclusive)
struct HostileBrokerTests {
  private static let versions = [MQTTPacket.Version.v311, .v5]

  private func expectNone(_ problems: [String]) {
    #expect(problems.isEmpty, "\(problems.count): \(problems.prefix(5).joined(separator: "\n"))")
  }

  @Test("A malformed packet of any type costs the connection at most")
  func malformedPackets() async throws {
    let trials = Self.versions.flatMap { version in
      MalformedPackets(version: version).all.map {
        HostileTrial(name: $0.name, version: version, moment: .whileSubscribed, bytes: $0.bytes)
      }
    }
    expectNone(try await trials.problems())
  }

  @Test("A malformed packet in place of the CONNACK, or of the SUBACK, costs the connection at most")
  func malformedAnswers() async throws {
    // Alternately, each type of packet comes at both moments.
    let moments = [HostileTrial.Moment.insteadOfConnack, .insteadOfSuback]
    let trials = Self.versions.enumerated().flatMap { place, version in
      MalformedPackets(version: version).all.enumerated().map { index, packet in
        HostileTrial(
          name: packet.name, version: version, moment: moments[(index + place) % 2], bytes: packet.bytes)
      }
    }
    expectNone(try await trials.problems())
  }

  @Test("A connection that ends anywhere in a packet costs that packet only")
  func cutPackets() async throws {
    let trials = Self.versions.flatMap { version -> [HostileTrial] in
      let whole: [(String, HostileTrial.Moment, [UInt8])] = [
        ("CONNACK", .insteadOfConnack, MQTTPacket.connack(sessionPresent: false, version)),
        ("SUBACK", .insteadOfSuback, MQTTPacket.suback(packetID: 1, codes: [1], version)),
        (
          "PUBLISH", .whileSubscribed,
          MQTTPacket.publish(topic: "t/x", payload: [0x78, 0x79], packetID: 5, version)
        ),
      ]
      return whole.flatMap { name, moment, bytes in
        (0...bytes.count).map { count in
          HostileTrial(
            name: "\(name) cut at \(count)", version: version, moment: moment, bytes: Array(bytes.prefix(count)),
            closesBehind: true)
        }
      }
    }
    expectNone(try await trials.problems())
  }

  @Test("Random bytes, and packets with some bytes changed, cost the connection at most")
  func randomBytes() async throws {
    var random = RandomSource(seed: testSeed())
    let trials = (0..<setting("GANGLION_ROUNDS", default: 300)).map { round in
      let version = Self.versions[round % 2]
      return HostileTrial(
        name: "round \(round)", version: version, moment: HostileTrial.Moment.allCases.randomElement(using: &random)!,
        bytes: round % 3 == 0 ? random.bytes(1...64) : mutated(version, &random))
    }
    expectNone(try await trials.problems())
  }

  /// One to three packets, right or wrong, with some bytes changed, left out or put in.
  private func mutated(_ version: MQTTPacket.Version, _ random: inout RandomSource) -> [UInt8] {
    let known = MalformedPackets(version: version).all.map(\.bytes).filter { $0.count < 256 }
    var bytes = (0..<Int.random(in: 1...3, using: &random)).flatMap { _ in
      Bool.random(using: &random)
        ? known.randomElement(using: &random)!
        : MQTTPacket.publish(topic: "t/\(random.next() % 9)", payload: random.bytes(0...9), packetID: 77, version)
    }
    for _ in 0..<Int.random(in: 0...4, using: &random) {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
      default: if bytes.count > 1 { bytes.remove(at: place) }
      }
    }
    return bytes
  }

  // MARK: What becomes of it

  private func connected(
    _ version: MQTTPacket.Version, _ scratch: ScratchDirectory
  ) async throws -> (SessionHarness, BrokerConnection) {
    let harness = try SessionHarness(scratch, broker: LoopbackBroker(), version: version)
    let client = try harness.accept(sessionPresent: false)
    try harness.answerSubscribe(client)
    try await eventually("subscribed") { harness.session.currentStatus.isSubscribed }
    return (harness, client)
  }

  @Test("A second CONNACK ends the connection, and makes no session anew", arguments: versions)
  func secondConnack(version: MQTTPacket.Version) async throws {
    let scratch = try ScratchDirectory()
    let (harness, client) = try await connected(version, scratch)
    try harness.publish("before", packetID: 1, to: client)
    try harness.expectPuback(1, from: client)
    try client.send(MQTTPacket.connack(sessionPresent: false, version))
    try await eventually("the connection is over") {
      harness.events.all.contains(.disconnected(.broken("the broker sent a second CONNACK")))
    }
    #expect(harness.session.currentStatus.connections == 1)
    #expect(harness.session.currentStatus.sessionsLost == 0)
    // The session goes on where it was: what is sent again is known.
    let again = try harness.accept(sessionPresent: true)
    try harness.publish("before", packetID: 1, isDuplicate: true, to: again)
    try await eventually("the redelivery is journaled") { harness.session.head.sequence == 2 }
    try await harness.stop()
    #expect(try harness.journaled() == ["before", "*"])
  }

  @Test("A SUBACK to another packet is none", arguments: versions)
  func wrongSuback(version: MQTTPacket.Version) async throws {
    let scratch = try ScratchDirectory()
    let harness = try SessionHarness(scratch, broker: LoopbackBroker(), version: version)
    let client = try harness.accept(sessionPresent: false)
    let subscribe = try #require(try client.receive())
    try client.send(MQTTPacket.suback(packetID: subscribe.packetID &+ 1, codes: [1], version))
    try harness.publish("then", packetID: 1, to: client)
    try harness.expectPuback(1, from: client)
    #expect(!harness.session.currentStatus.isSubscribed)
    #expect(try harness.journal.sessionRecord()?.filters == [])
    try client.send(MQTTPacket.suback(packetID: subscribe.packetID, codes: [1], version))
    try await eventually("subscribed") { harness.session.currentStatus.isSubscribed }
    try await harness.stop()
  }

  @Test(
    "An unknown property of MQTT 5, at which libmosquitto would end the process, ends the connection",
    arguments: [
      MQTTPacket.packet(0x20, [0, 0, 2, 0x7E, 0]), MQTTPacket.packet(0xE0, [0, 2, 0x7E, 0]),
      MQTTPacket.packet(0x32, [0, 3, 0x74, 0x2F, 0x78, 0, 9, 2, 0x7E, 0]),
    ])
  func unknownProperty(packet: [UInt8]) async throws {
    let scratch = try ScratchDirectory()
    let (harness, client) = try await connected(.v5, scratch)
    try client.send(packet)
    try await eventually("the connection is over") {
      harness.events.all.contains { if case .disconnected(.broken) = $0 { true } else { false } }
    }
    let again = try harness.accept(sessionPresent: true)
    try harness.answerSubscribe(again)
    try harness.publish("good", packetID: 1, to: again)
    try harness.expectPuback(1, from: again)
    try await harness.stop()
  }

  @Test("A broker that never stops sending keeps neither a message from its commit nor the session from its end")
  func flood() async throws {
    let scratch = try ScratchDirectory()
    let (harness, client) = try await connected(.v311, scratch)
    let chunk = Array(repeating: MQTTPacket.pingresp, count: 32_768).flatMap { $0 }
    try client.send(chunk + MQTTPacket.publish(topic: "t/x", payload: [0x78], packetID: 1, .v311))
    let flooding = Task { try await onThread { while true { try client.send(chunk) } } }
    try await eventually("the message is journaled", within: .seconds(10)) { harness.session.head.sequence == 1 }
    try await harness.stop()
    _ = await flooding.result
  }
}

extension RandomSource {
  fileprivate mutating func bytes(_ count: ClosedRange<Int>) -> [UInt8] {
    (0..<Int.random(in: count, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
  }
}

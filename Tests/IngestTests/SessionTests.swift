import Foundation
import GRDB
import LoopbackBroker
import Simulator
import TestSupport
import Testing

@testable import Ingest

/// The session against a broker whose every word is scripted.
@Suite(.exclusive)
struct SessionTests {
  private let scratch: ScratchDirectory
  private let broker: LoopbackBroker

  init() throws {
    scratch = try ScratchDirectory()
    broker = try LoopbackBroker()
  }

  private func harness(_ version: MQTTPacket.Version) throws -> SessionHarness {
    try SessionHarness(scratch, broker: broker, version: version)
  }

  /// Messages whose payload is their packet id.
  private func numbered(_ packetIDs: ClosedRange<UInt16>, isDuplicate: Bool = false) -> [UInt8] {
    packetIDs.flatMap { id in
      MQTTPacket.publish(
        topic: "t/x", payload: Array("\(id)".utf8), packetID: id, isDuplicate: isDuplicate, .v5)
    }
  }

  @Test("No PUBACK leaves before the commit, however slow it is", arguments: [MQTTPacket.Version.v311, .v5])
  func ackAfterCommit(version: MQTTPacket.Version) async throws {
    let harness = try harness(version)
    let client = try harness.accept(sessionPresent: false)
    try harness.answerSubscribe(client)
    // Another connection holds the journal's lock, so the commit waits.
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    configuration.busyMode = .timeout(5)
    let lock = try DatabaseQueue(path: harness.journal.path, configuration: configuration)
    try lock.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
    try harness.publish("slow", packetID: 7, to: client)
    #expect(try client.isSilent(for: .milliseconds(400)), "something was sent before the commit")
    #expect(harness.takePublished().isEmpty)
    try lock.inDatabase { try $0.execute(sql: "COMMIT") }
    try harness.expectPuback(7, from: client)
    #expect(try harness.journaled() == ["slow"])
    #expect(harness.takePublished() == ["slow"])
    try await harness.stop()
  }

  @Test(
    "A redelivery after a reconnect is told; a new message with the old id and bytes is not taken for one",
    arguments: [MQTTPacket.Version.v311, .v5])
  func redelivery(version: MQTTPacket.Version) async throws {
    let harness = try harness(version)
    var client = try harness.accept(sessionPresent: false)
    try harness.answerSubscribe(client)
    try harness.publish("a", packetID: 1, to: client)
    try harness.publish("b", packetID: 2, to: client)
    try harness.expectPuback(1, from: client)
    try harness.expectPuback(2, from: client)
    client.shut()

    // The acknowledgements were lost on the way: the broker sends both again, then a message under a used id.
    client = try harness.accept(sessionPresent: true)
    try harness.publish("a", packetID: 1, isDuplicate: true, to: client)
    try harness.publish("B", packetID: 2, isDuplicate: true, to: client)
    try harness.publish("a", packetID: 1, to: client)
    try await eventually("five messages are journaled") { harness.session.head.sequence == 5 }
    #expect(try harness.journaled() == ["a", "b", "*", "B", "a"])
    #expect(harness.session.currentStatus.redelivered == 1)
    try await harness.stop()
  }

  @Test("A redelivery is told after a restart, and is none where the broker began a new session")
  func redeliveryAfterRestart() async throws {
    do {
      let harness = try harness(.v5)
      let client = try harness.accept(sessionPresent: false)
      try harness.answerSubscribe(client)
      try harness.publish("a", packetID: 1, to: client)
      try harness.expectPuback(1, from: client)
      try await harness.stop()
    }
    do {
      let harness = try harness(.v5)
      let client = try harness.accept(sessionPresent: true)
      try harness.publish("a", packetID: 1, isDuplicate: true, to: client)
      try await eventually("the redelivery is journaled") { harness.session.head.sequence == 2 }
      #expect(try harness.journaled() == ["a", "*"])
      try await harness.stop()
    }
    let harness = try harness(.v5)
    let client = try harness.accept(sessionPresent: false)
    try harness.publish("a", packetID: 1, isDuplicate: true, to: client)
    try await eventually("the message is journaled") { harness.session.head.sequence == 3 }
    #expect(try harness.journaled() == ["a", "*", "a"])
    #expect(harness.session.currentStatus.sessionsLost == 1)
    #expect(harness.events.all.contains { if case .connected(_, false, true) = $0 { true } else { false } })
    try await harness.stop()
  }

  @Test(
    "Messages before the SUBACK are journaled and acknowledged like others", arguments: [MQTTPacket.Version.v311, .v5])
  func messagesBeforeSuback(version: MQTTPacket.Version) async throws {
    let harness = try harness(version)
    let client = try harness.accept(sessionPresent: true)
    // A resumed session brings what the broker held before the client subscribes anew.
    try harness.publish("early", packetID: 9, to: client)
    let subscribe = try #require(try client.receive())
    #expect(subscribe.kind == .subscribe)
    try harness.publish("between", packetID: 10, to: client)
    try harness.expectPuback(9, from: client)
    try harness.expectPuback(10, from: client)
    try client.send(MQTTPacket.suback(packetID: subscribe.packetID, codes: [1], version))
    try await eventually("subscribed") { harness.session.currentStatus.isSubscribed }
    #expect(try harness.journaled() == ["early", "between"])
    try await harness.stop()
  }

  @Test(
    "A broker that closes in the middle of a packet costs that packet only", arguments: [MQTTPacket.Version.v311, .v5])
  func closedInMidPacket(version: MQTTPacket.Version) async throws {
    let harness = try harness(version)
    var client = try harness.accept(sessionPresent: false)
    try harness.answerSubscribe(client)
    let whole = MQTTPacket.publish(topic: "t/x", payload: Array("whole".utf8), packetID: 1, version)
    let cut = MQTTPacket.publish(topic: "t/x", payload: Array("cut".utf8), packetID: 2, version)
    try client.send(whole + cut.dropLast(2))
    try harness.expectPuback(1, from: client)
    client.shut()
    client = try harness.accept(sessionPresent: true)
    try client.send(
      MQTTPacket.publish(topic: "t/x", payload: Array("cut".utf8), packetID: 2, isDuplicate: true, version))
    try await eventually("both are journaled") { harness.session.head.sequence == 2 }
    #expect(try harness.journaled() == ["whole", "cut"])
    try await harness.stop()
  }

  @Test("What was read before the broker vanished is committed, and its redelivery told")
  func vanishedBroker() async throws {
    let harness = try harness(.v5)
    var client = try harness.accept(sessionPresent: false)
    try harness.answerSubscribe(client)
    try client.send(numbered(1...500))
    // Gone as soon as the first acknowledgement shows that reading has begun.
    try harness.expectPuback(1, from: client)
    client.shut()
    client = try harness.accept(sessionPresent: true)
    let before = try harness.journaled().count
    #expect(before > 0)
    try client.send(numbered(1...500, isDuplicate: true))
    try await eventually("all are journaled") { Int(harness.session.head.sequence) == before + 500 }
    let payloads = try harness.journaled()
    #expect(payloads.filter { $0 == "*" }.count == before)
    #expect(payloads.filter { $0 != "*" } == (1...500).map { "\($0)" })
    try await harness.stop()
  }

  @Test("A listener that never accepts does not keep the session from stopping")
  func neverAccepts() async throws {
    let silent = try LoopbackBroker(backlog: 0)
    let others = try silent.saturate()
    let harness = try SessionHarness(scratch, broker: silent, version: .v5)
    try await eventually("it tries to connect") { !harness.events.all.isEmpty }
    #expect(!others.isEmpty)
    let began = ContinuousClock.now
    try await harness.stop()
    #expect(ContinuousClock.now - began < .seconds(5))
  }

  @Test("QoS 0 messages go through the journal too; retained ones are marked")
  func qualities() async throws {
    let harness = try harness(.v5)
    let client = try harness.accept(sessionPresent: false)
    try harness.answerSubscribe(client)
    try harness.publish("zero", packetID: nil, to: client)
    try client.send(
      MQTTPacket.publish(topic: "t/r", payload: Array("kept".utf8), packetID: 3, isRetained: true, .v5))
    try harness.expectPuback(3, from: client)
    let flags = harness.ring.readable().map { harness.ring.message(at: $0).frame.flags }
    #expect(flags == [[], [.qos1, .retained]])
    try await harness.stop()
  }

  @Test("A payload that is too large is cut, marked and acknowledged")
  func oversize() async throws {
    let harness = try harness(.v311)
    let client = try harness.accept(sessionPresent: false)
    try harness.answerSubscribe(client)
    try harness.publish(String(repeating: "x", count: 100_000), packetID: 1, to: client)
    try harness.publish(String(repeating: "y", count: 1025), packetID: 2, to: client)
    try harness.publish(String(repeating: "z", count: 1024), packetID: 3, to: client)
    for id in UInt16(1)...3 { try harness.expectPuback(id, from: client) }
    let frames = harness.ring.readable().map { harness.ring.message(at: $0).frame }
    #expect(frames.map { $0.flags.contains(.cut) } == [true, true, false])
    #expect(frames.map(\.payload.count) == [1024, 1024, 1024])
    try await harness.stop()
  }

  @Test("A full ring stops the reading; nothing is lost, and reading goes on when there is room")
  func fullRing() async throws {
    let harness = try SessionHarness(scratch, broker: broker, version: .v311, ringCapacity: 4096)
    let (total, portion) = (20_000, 500)
    // A session whose ring is full for half the keepalive goes away: other tests may not hold this one up.
    let received = try await onThread {
      let client = try harness.accept(sessionPresent: false)
      try harness.answerSubscribe(client)
      var received: [String] = []
      for first in stride(from: 0, to: total, by: portion) {
        let packets = (first..<first + portion).flatMap {
          MQTTPacket.publish(topic: "t/x", payload: Array("\($0)".utf8), packetID: UInt16($0 + 1), .v311)
        }
        try client.send(packets)
        // A broker that reads no acknowledgements would stall the session before the ring is full.
        _ = try client.fill()
        while try client.takePacket() != nil {}
        guard first + portion > 4096 else { continue }
        if received.isEmpty {
          #expect(cameTrue { harness.session.currentStatus.waitsForRing > 0 })
          #expect(harness.ring.occupancy <= 4096)
        }
        received += harness.takePublished()
      }
      #expect(
        cameTrue {
          received += harness.takePublished()
          return received.count >= total
        })
      return received
    }
    #expect(received == (0..<total).map { "\($0)" })
    try await harness.stop()
  }

  @Test("In 3.1.1, a session that was lost is subscribed again, also where the first try broke before its SUBSCRIBE")
  func lostSessionIsSubscribedAgain() async throws {
    let harness = try harness(.v311)
    var client = try harness.accept(sessionPresent: false)
    try harness.answerSubscribe(client)
    try await eventually("subscribed") { harness.session.currentStatus.isSubscribed }
    client.shut()
    client = try harness.accept(sessionPresent: false)
    client.shut()
    // The broker has kept the session of that second connection, which has no subscriptions.
    client = try harness.accept(sessionPresent: true)
    try harness.answerSubscribe(client)
    try await eventually("subscribed") { harness.session.currentStatus.isSubscribed }
    #expect(try harness.journal.sessionRecord()?.filters == ["t/#"])
    try await harness.stop()
  }

  @Test("A refused connection and a refused subscription are told")
  func refusals() async throws {
    let harness = try harness(.v5)
    let client = try broker.accept()
    _ = try client.receive()
    try client.send(MQTTPacket.connack(sessionPresent: false, reasonCode: 0x87, .v5))
    try await eventually("the refusal is told") {
      harness.events.all.contains {
        if case .disconnected(.refused(let why)) = $0 { why.cause == .credentials } else { false }
      }
    }
    let again = try harness.accept(sessionPresent: false)
    try harness.answerSubscribe(again, code: 0x87)
    try await eventually("the refused subscription is told") {
      harness.events.all.contains(.subscriptionRefused(filter: "t/#", reasonCode: 0x87))
    }
    #expect(!harness.session.currentStatus.isSubscribed)
    try await harness.stop()
  }

  @Test("In 3.1.1 a resumed session is not subscribed again; filters that are gone are unsubscribed")
  func resubscribing() async throws {
    do {
      let harness = try harness(.v311)
      let client = try harness.accept(sessionPresent: false)
      try harness.answerSubscribe(client)
      try await eventually("subscribed") { harness.session.currentStatus.isSubscribed }
      client.shut()
      let again = try harness.accept(sessionPresent: true)
      try harness.publish("x", packetID: 1, to: again)
      try harness.expectPuback(1, from: again)
      try await harness.stop()
    }
    let journal = try Journal(directory: scratch.path)
    var record = try #require(try journal.sessionRecord())
    record.filters = ["old/+"]
    try journal.setSession(record, isNew: false)
    let harness = try harness(.v311)
    let client = try harness.accept(sessionPresent: true)
    try harness.answerSubscribe(client)
    #expect(try client.receive()?.kind == .unsubscribe)
    try await eventually("subscribed") { harness.session.currentStatus.isSubscribed }
    try await harness.stop()
  }

  @Test("A commit that SQLite refuses for good ends the session; nothing is acknowledged after it")
  func failedCommit() async throws {
    let harness = try harness(.v5)
    let client = try harness.accept(sessionPresent: false)
    try harness.answerSubscribe(client)
    try await eventually("subscribed") { harness.session.currentStatus.isSubscribed }
    try harness.journal.queue.inDatabase { try $0.execute(sql: "DROP TABLE batch") }
    try harness.publish("lost", packetID: 1, to: client)
    try await eventually("the session ends") { harness.ending != nil }
    guard case .failure(.inputOutput) = harness.ending else {
      Issue.record("expected an I/O error, got \(String(describing: harness.ending))")
      return
    }
    let last = try client.receive()
    #expect(last == nil || last?.kind != .puback)
  }
}

import DurableSQLite
import LoopbackBroker
import Simulator
import TestSupport

@testable import Ingest

/// One session whose broker says something wrong once, and then goes on as it should.
struct HostileTrial: Sendable {
  /// When the wrong thing is said.
  enum Moment: CaseIterable {
    case insteadOfConnack
    case insteadOfSuback
    case whileSubscribed
  }

  let name: String
  let version: MQTTPacket.Version
  let moment: Moment
  let bytes: [UInt8]
  /// The broker closes behind the bytes; else a good message follows them.
  var closesBehind = false

  /// The first packet of a connection was none, or another.
  private struct NoConnect: Error {}

  /// What is looked at afterwards.
  struct Outcome {
    /// A good message was acknowledged, on the same connection or on the next.
    var isAlive = false
    /// The packet ids of all PUBACKs.
    var acknowledged: [UInt16] = []
  }

  /// How long a good message is waited for behind bytes that may have swallowed it. Beyond, the connection is closed and
  /// another one shows whether the session is alive: what comes out does not rest on this time.
  private static let patience = Duration.milliseconds(250)
  private static let goodIDs: [UInt16] = [0x7001, 0x7002]

  /// A sentence that tells what is wrong; nil where nothing is.
  func problem() async throws -> String? {
    let scratch = try ScratchDirectory()
    let harness = try SessionHarness(scratch, broker: LoopbackBroker(), version: version, ringCapacity: 4096)
    let outcome: Outcome
    do {
      outcome = try await onThread { try converse(harness) }
    } catch {
      harness.session.abandon()
      return sentence("\(error)", harness)
    }
    guard harness.ending == nil else { return sentence("the session has ended", harness) }
    try await harness.stop()
    guard outcome.isAlive else { return sentence("no good message was acknowledged", harness) }
    var journaled: [UInt16] = []
    try harness.journal.replay(after: 0, trailingBytes: 64) { journaled.append($0.frame.packetID) }
    for id in outcome.acknowledged {
      guard let index = journaled.firstIndex(of: id) else {
        return sentence("\(id) was acknowledged and not journaled", harness)
      }
      journaled.remove(at: index)
    }
    return nil
  }

  private func sentence(_ what: String, _ harness: SessionHarness) -> String {
    "\(name), \(version), \(moment), \(bytes.prefix(64)): \(what); \(harness.events.all)"
  }

  private func converse(_ harness: SessionHarness) throws -> Outcome {
    var outcome = Outcome()
    let client = try accept(harness)
    if moment != .insteadOfConnack {
      try client.send(MQTTPacket.connack(sessionPresent: false, version))
      let subscribe = try client.receive()
      if moment == .whileSubscribed {
        try client.send(MQTTPacket.suback(packetID: subscribe?.packetID ?? 1, codes: [1], version))
      }
    }
    // The client may have closed in the middle of it.
    try? client.send(bytes)
    if !closesBehind {
      try? client.send(good(0))
      outcome.isAlive = listen(to: client, for: Self.goodIDs[0], within: Self.patience, &outcome)
    }
    client.shut()
    if !outcome.isAlive {
      let next = try accept(harness)
      try next.send(MQTTPacket.connack(sessionPresent: true, version) + good(1))
      outcome.isAlive = listen(to: next, for: Self.goodIDs[1], within: .seconds(20), &outcome)
    }
    return outcome
  }

  private func accept(_ harness: SessionHarness) throws -> BrokerConnection {
    let client = try harness.broker.accept(within: .seconds(20))
    guard try client.receive(within: .seconds(20))?.kind == .connect else {
      throw NoConnect()
    }
    return client
  }

  private func good(_ index: Int) -> [UInt8] {
    MQTTPacket.publish(topic: "t/good", payload: Array("good".utf8), packetID: Self.goodIDs[index], version)
  }

  /// Takes in what the client sends, until it acknowledges a message. False where it closes or says nothing for a time.
  private func listen(
    to client: BrokerConnection, for id: UInt16, within limit: Duration, _ outcome: inout Outcome
  ) -> Bool {
    while let packet = try? client.receive(within: limit) {
      guard packet.kind == .puback else { continue }
      outcome.acknowledged.append(packet.packetID)
      if packet.packetID == id { return true }
    }
    return false
  }
}

extension [HostileTrial] {
  /// Runs all of them, many at once: each waits most of its time to connect again. Returns what is wrong.
  func problems() async throws -> [String] {
    try await withThrowingTaskGroup(of: String?.self) { group in
      var rest = makeIterator()
      var problems: [String] = []
      for _ in 0..<48 {
        if let trial = rest.next() { group.addTask { try await trial.problem() } }
      }
      while let problem = try await group.next() {
        if let problem { problems.append(problem) }
        if let trial = rest.next() { group.addTask { try await trial.problem() } }
      }
      return problems
    }
  }
}

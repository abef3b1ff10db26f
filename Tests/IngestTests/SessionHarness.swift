import DurableSQLite
import Foundation
import LoopbackBroker
import Synchronization
import TestSupport
import Testing

@testable import Ingest

/// A session with a journal and a ring of its own, on a thread, against a scripted broker.
final class SessionHarness: @unchecked Sendable {
  let broker: LoopbackBroker
  let journal: Journal
  let ring: MessageRing
  let session: Session
  let version: MQTTPacket.Version
  private let ended = Mutex<Result<Void, DatabaseFailure>?>(nil)

  static func settings(port: Int, version: MQTTPacket.Version) -> SessionSettings {
    SessionSettings(
      host: "127.0.0.1", port: port, clientID: "harness", version: version == .v5 ? .v5 : .v311, filters: ["t/#"],
      keepalive: .seconds(60), maxPayloadBytes: 1024)
  }

  init(
    _ scratch: ScratchDirectory, broker: LoopbackBroker, version: MQTTPacket.Version, ringCapacity: Int = 8192
  ) throws {
    self.broker = broker
    self.version = version
    journal = try Journal(directory: scratch.path)
    ring = MessageRing(capacity: ringCapacity, arenaBytes: 1 << 20, trailingBytes: 64)
    let events = EventRecorder()
    session = Session(
      Self.settings(port: broker.port, version: version), journal: journal, ring: ring, applied: SequenceCursor(),
      report: events.record)
    self.events = events
    let thread = Thread { [self] in
      let result: Result<Void, DatabaseFailure>
      do throws(DatabaseFailure) {
        result = .success(try session.run())
      } catch {
        result = .failure(error)
      }
      ended.withLock { $0 = result }
    }
    thread.start()
  }

  let events: EventRecorder

  /// How `run` ended; nil while it runs.
  var ending: Result<Void, DatabaseFailure>? { ended.withLock { $0 } }

  /// Stops the session and waits for its end.
  func stop() async throws {
    session.stop()
    try await eventually("the session ends", within: .seconds(5)) { ending != nil }
  }

  /// Takes the client in and answers its CONNECT; returns the connection before anything else is sent.
  func accept(sessionPresent: Bool) throws -> BrokerConnection {
    let client: BrokerConnection
    do {
      client = try broker.accept()
    } catch {
      Issue.record("\(error); until then: \(events.all)")
      throw error
    }
    guard let connect = try client.receive() else {
      // On a machine that is busy it may have waited too long, and comes again.
      return try accept(sessionPresent: sessionPresent)
    }
    #expect(connect.kind == .connect)
    try client.send(MQTTPacket.connack(sessionPresent: sessionPresent, version))
    return client
  }

  /// Answers the SUBSCRIBE.
  func answerSubscribe(_ client: BrokerConnection, code: UInt8 = 1) throws {
    let subscribe = try #require(try client.receive())
    #expect(subscribe.kind == .subscribe)
    try client.send(MQTTPacket.suback(packetID: subscribe.packetID, codes: [code], version))
  }

  func publish(
    _ payload: String, packetID: UInt16?, isDuplicate: Bool = false, topic: String = "t/x", to client: BrokerConnection
  ) throws {
    try client.send(
      MQTTPacket.publish(
        topic: topic, payload: Array(payload.utf8), packetID: packetID, isDuplicate: isDuplicate, version))
  }

  /// Waits for a PUBACK.
  func expectPuback(_ packetID: UInt16, from client: BrokerConnection) throws {
    let packet = try client.receive()
    #expect(packet?.kind == .puback)
    #expect(packet?.packetID == packetID)
  }

  /// What has come through the ring: payloads, and a star for a redelivery.
  func takePublished() -> [String] {
    let readable = ring.readable()
    let taken = readable.map { index -> String in
      let frame = ring.message(at: index).frame
      return frame.flags.contains(.redelivered) ? "*" : String(decoding: frame.payload, as: UTF8.self)
    }
    ring.release(before: readable.upperBound)
    return taken
  }

  /// The payloads in the journal; a star for a redelivery.
  func journaled() throws -> [String] {
    var payloads: [String] = []
    try journal.replay(after: 0, trailingBytes: 64) { message in
      let frame = message.frame
      payloads.append(frame.flags.contains(.redelivered) ? "*" : String(decoding: frame.payload, as: UTF8.self))
    }
    return payloads
  }
}

/// Keeps what a session reports.
final class EventRecorder: Sendable {
  private let events = Mutex<[SessionEvent]>([])

  @Sendable
  func record(_ event: SessionEvent) {
    events.withLock { $0.append(event) }
  }

  var all: [SessionEvent] { events.withLock { $0 } }
}

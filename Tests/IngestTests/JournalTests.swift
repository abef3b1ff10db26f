import DurableSQLite
import Foundation
import GRDB
import Telemetry
import TestSupport
import Testing

@testable import Ingest

@Suite
struct JournalTests {
  private let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
  }

  /// Puts messages through a ring and commits them as one batch.
  private func commit(_ payloads: [String], firstPacketID: UInt16 = 1, to journal: Journal, applied: UInt64 = 0) throws
  {
    let ring = MessageRing(capacity: 1 << 14, arenaBytes: 1 << 22, trailingBytes: 64)
    for (index, payload) in payloads.enumerated() {
      append(payload, packetID: firstPacketID &+ UInt16(index), to: ring)
    }
    _ = try journal.commit(ring.unpublishedRuns(), applied: applied)
  }

  private func append(_ payload: String, packetID: UInt16, to ring: MessageRing) {
    let topic = Array("t".utf8)
    topic.withUnsafeBytes { topic in
      Array(payload.utf8).withUnsafeBytes { payload in
        let hash = ContentHash.of(payload, seed: ContentHash.of(topic))
        ring.append(
          IncomingMessage(
            topic: topic, payload: payload, receivedAt: Timestamp(seconds: 1), contentHash: hash, packetID: packetID,
            flags: .qos1), topicHash: ContentHash.of(topic))
      }
    }
  }

  private func replayed(_ journal: Journal, after sequence: UInt64) throws -> [String] {
    var payloads: [String] = []
    try journal.replay(after: sequence, trailingBytes: 64) { message in
      #expect(message.sequence == sequence + UInt64(payloads.count) + 1)
      payloads.append(String(decoding: message.frame.payload, as: UTF8.self))
    }
    return payloads
  }

  private func hash(_ payload: String) -> UInt64 {
    Array("t".utf8).withUnsafeBytes { topic in
      Array(payload.utf8).withUnsafeBytes { ContentHash.of($0, seed: ContentHash.of(topic)) }
    }
  }

  @Test("What was committed is there after it is opened again, in order, from any point on")
  func reopened() throws {
    let journal = try Journal(directory: scratch.path)
    try commit(["a", "b"], to: journal)
    try commit(["c"], to: journal)
    #expect(journal.head == 3)
    let again = try Journal(directory: scratch.path)
    #expect(again.id == journal.id)
    #expect(again.head == 3)
    #expect(try replayed(again, after: 0) == ["a", "b", "c"])
    #expect(try replayed(again, after: 1) == ["b", "c"])
    #expect(try replayed(again, after: 3).isEmpty)
  }

  @Test("The live connection syncs every commit")
  func fullSync() throws {
    let journal = try Journal(directory: scratch.path)
    let (mode, synchronous) = try journal.queue.inDatabase { db in
      (try String.fetchOne(db, sql: "PRAGMA journal_mode"), try Int.fetchOne(db, sql: "PRAGMA synchronous"))
    }
    #expect(mode == "wal")
    #expect(synchronous == 2)
    try journal.queue.inDatabase { db in
      try db.execute(sql: "PRAGMA synchronous = NORMAL")
      #expect(throws: DatabaseFailure.self) { try DurableFile.requireFullSync(db, path: "x") }
    }
  }

  @Test("What the store has taken in is trimmed, what it has not stays, and packet ids outlive the trim")
  func trims() throws {
    let journal = try Journal(directory: scratch.path)
    try commit(["first"], firstPacketID: 60_000, to: journal)
    let batch = (0..<2048).map { "\($0)" }
    for _ in 0..<70 { try commit(batch, to: journal, applied: 30_000) }
    #expect(journal.firstKept > 10_000)
    #expect(journal.firstKept <= 30_001)
    let kept = journal.firstKept
    let again = try Journal(directory: scratch.path)
    #expect(again.firstKept == kept)
    #expect(again.head == 1 + 70 * 2048)
    #expect(again.packets.holds(60_000, contentHash: hash("first")))
    #expect(again.packets.holds(2048, contentHash: hash("2047")))
    #expect(!again.packets.holds(60_001, contentHash: hash("first")))
    #expect(try replayed(again, after: kept - 1).count == Int(again.head - kept) + 1)
  }

  @Test("A new session of the broker clears the packet ids, over restarts too")
  func newSession() throws {
    let record = Journal.SessionRecord(clientID: "c", broker: "b", filters: ["x/+", "y"])
    let journal = try Journal(directory: scratch.path)
    try journal.setSession(record, isNew: true)
    try commit(["a"], to: journal)
    try journal.setSession(record, isNew: false)
    #expect(try Journal(directory: scratch.path).packets.holds(1, contentHash: hash("a")))
    try journal.setSession(record, isNew: true)
    #expect(!journal.packets.holds(1, contentHash: hash("a")))
    let again = try Journal(directory: scratch.path)
    #expect(!again.packets.holds(1, contentHash: hash("a")))
    #expect(try again.sessionRecord() == record)
  }

  @Test("A journal follows the numbers of another store without losing a message")
  func renumbers() throws {
    let journal = try Journal(directory: scratch.path)
    try commit(["a", "b"], to: journal)
    try commit(["c"], to: journal)
    try journal.setCatalogue(Data("x".utf8))
    try journal.continueNumbering(after: 1000)
    #expect(journal.head == 1003)
    #expect(journal.firstKept == 1001)
    #expect(try replayed(journal, after: 1000) == ["a", "b", "c"])
    #expect(try journal.catalogue(at: 1004) == Data("x".utf8))
    try journal.continueNumbering(after: 2000, dropping: true)
    #expect(journal.head == 2000)
    #expect(journal.packets.holds(3, contentHash: hash("c")) == false)
    #expect(journal.packets.holds(1, contentHash: hash("c")))
    try commit(["d"], to: journal)
    #expect(try replayed(Journal(directory: scratch.path), after: 2000) == ["d"])
  }

  @Test("Each message is decoded by the catalogue that was in force when it came")
  func catalogues() throws {
    let journal = try Journal(directory: scratch.path)
    try journal.setCatalogue(Data("one".utf8))
    try commit(["a", "b"], to: journal)
    try journal.setCatalogue(Data("two".utf8))
    #expect(try journal.catalogue(at: 1) == Data("one".utf8))
    #expect(try journal.catalogue(at: 2) == Data("one".utf8))
    #expect(try journal.catalogue(at: 3) == Data("two".utf8))
  }

  @Test("A damaged batch is named, not replayed")
  func damaged() throws {
    let journal = try Journal(directory: scratch.path)
    try commit(["abcdef"], to: journal)
    try journal.queue.inDatabase { db in
      try db.execute(sql: "UPDATE batch SET messages = CAST(replace(messages, 'abc', 'abd') AS BLOB)")
    }
    let error = #expect(throws: DatabaseFailure.self) { try Journal(directory: scratch.path) }
    #expect(error?.description.contains("batch 1: the checksum does not fit") == true)
  }

  @Test(
    "Numbers in the file that cannot be are told, not computed with",
    arguments: [
      "UPDATE batch SET first_sequence = -1", "UPDATE batch SET first_sequence = 3",
      "UPDATE batch SET last_sequence = -1", "UPDATE journal SET trimmed_through = -1",
      "UPDATE journal SET trimmed_through = 9223372036854775807", "INSERT INTO packet VALUES (-1, 0, 1)",
      "INSERT INTO packet VALUES (65536, 0, 1)", "INSERT INTO packet VALUES (1, 0, -1)",
      "INSERT INTO session VALUES ('c', 'b', '', -1)",
    ])
  func impossibleNumbers(damage: String) throws {
    let journal = try Journal(directory: scratch.path)
    try commit(["a", "b"], to: journal)
    try journal.queue.inDatabase { try $0.execute(sql: damage) }
    let error = #expect(throws: DatabaseFailure.self) { try Journal(directory: scratch.path) }
    guard case .damaged(let sentence)? = error else {
      Issue.record("expected a damaged file, got \(String(describing: error))")
      return
    }
    #expect(sentence.hasPrefix(journal.path))
  }

  @Test("A journal of a newer version is refused with a clear message")
  func newerVersion() throws {
    let journal = try Journal(directory: scratch.path)
    try journal.queue.inDatabase { db in
      try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('999 future')")
    }
    let error = #expect(throws: DatabaseFailure.self) { try Journal(directory: scratch.path) }
    #expect(error?.description.contains("newer version") == true)
  }

  @Test("A failed commit changes nothing and can be told from a full disk")
  func failedCommit() throws {
    let journal = try Journal(directory: scratch.path)
    try commit(["a"], to: journal)
    try journal.queue.inDatabase { db in
      try db.execute(sql: "PRAGMA max_page_count = \(Int.fetchOne(db, sql: "PRAGMA page_count")!)")
    }
    let error = #expect(throws: DatabaseFailure.self) {
      try commit([String(repeating: "x", count: 100_000)], firstPacketID: 9, to: journal)
    }
    guard case .full = error else {
      Issue.record("expected full, got \(String(describing: error))")
      return
    }
    #expect(journal.head == 1)
    #expect(!journal.packets.holds(9, contentHash: hash(String(repeating: "x", count: 100_000))))
    try journal.queue.inDatabase { db in try db.execute(sql: "PRAGMA max_page_count = 1000000") }
    try commit([String(repeating: "x", count: 100_000)], to: journal)
    #expect(journal.head == 2)
  }
}

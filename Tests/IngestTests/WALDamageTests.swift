import DurableSQLite
import Foundation
import Simulator
import TestSupport
import Testing

@testable import Ingest

/// The WAL that a kill leaves behind, damaged before the next start.
@Suite
struct WALDamageTests {
  private let scratch: ScratchDirectory
  /// A journal of some batches, all of them in its WAL, as a kill leaves it.
  private let left: String
  private static let batches = 12

  init() throws {
    scratch = try ScratchDirectory()
    left = try scratch.directory("left")
    let running = try scratch.directory("running")
    let journal = try Journal(directory: running)
    for number in 0..<Self.batches { try journal.commitNumbered(number) }
    // Copied while it is open: nothing is moved into the file.
    for name in ["journal.db", "journal.db-wal"] {
      try FileManager.default.copyItem(atPath: "\(running)/\(name)", toPath: "\(left)/\(name)")
    }
  }

  private func damagedCopy(_ damage: (FileHandle) throws -> Void) throws -> String {
    let directory = try scratch.directory(UUID().uuidString)
    for name in ["journal.db", "journal.db-wal"] {
      try FileManager.default.copyItem(atPath: "\(left)/\(name)", toPath: "\(directory)/\(name)")
    }
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: "\(directory)/journal.db-wal"))
    try damage(handle)
    try handle.close()
    return directory
  }

  private func flip(_ handle: FileHandle, at offset: UInt64) throws {
    try handle.seek(toOffset: offset)
    let byte = try #require(try handle.read(upToCount: 1)?.first)
    try handle.seek(toOffset: offset)
    try handle.write(contentsOf: Data([byte ^ 0x10]))
  }

  @Test("As it was left it is whole, and its start has every batch")
  func whole() throws {
    let directory = try damagedCopy { _ in }
    #expect(try JournalCheck.faults(of: "\(directory)/journal.db").isEmpty)
    #expect(try Journal(directory: directory).head == UInt64(Self.batches))
  }

  @Test("A bit turned before the last transactions is found and named; nothing is taken for uncommitted")
  func found() throws {
    var random = RandomSource(seed: testSeed())
    let size = try #require(
      FileManager.default.attributesOfItem(atPath: "\(left)/journal.db-wal")[.size] as? UInt64)
    for _ in 0..<40 {
      // The last two transactions are some frames; the header's salts are what frames are known by.
      let offset = UInt64.random(in: 32..<size / 2, using: &random)
      let directory = try damagedCopy { try flip($0, at: offset) }
      let faults = try JournalCheck.faults(of: "\(directory)/journal.db")
      #expect(faults.contains { $0.contains("journal.db-wal: ") }, "\(offset): \(faults)")
      let error = #expect(throws: DatabaseFailure.self) { try Journal(directory: directory) }
      guard case .damaged? = error else {
        Issue.record("\(offset): \(String(describing: error))")
        continue
      }
      // The look has changed nothing.
      #expect(try JournalCheck.faults(of: "\(directory)/journal.db") == faults)
    }
  }

  @Test("A WAL that a loss of power cut off anywhere is none that is damaged: what stands before the cut is there")
  func cut() throws {
    var random = RandomSource(seed: testSeed())
    let size = try #require(
      FileManager.default.attributesOfItem(atPath: "\(left)/journal.db-wal")[.size] as? UInt64)
    var heads: Set<UInt64> = []
    for _ in 0..<40 {
      let length = UInt64.random(in: 0...size, using: &random)
      let directory = try damagedCopy { try $0.truncate(atOffset: length) }
      let journal = try Journal(directory: directory)
      heads.insert(journal.head)
      try journal.commitNumbered(99)
      #expect(try Journal(directory: directory).head == journal.head)
    }
    #expect(heads.count > 3, "\(heads)")
  }
}

extension Journal {
  /// Commits a batch of one message.
  fileprivate func commitNumbered(_ number: Int) throws {
    let ring = MessageRing(capacity: 4096, arenaBytes: 1 << 20, trailingBytes: 64)
    let (topic, payload) = (Array("t/x".utf8), Array("\(number)".utf8))
    topic.withUnsafeBytes { topic in
      payload.withUnsafeBytes { payload in
        ring.append(
          IncomingMessage(
            topic: topic, payload: payload, receivedAt: .init(seconds: 1), contentHash: UInt64(number), packetID: 0,
            flags: .qos1), topicHash: ContentHash.of(topic))
      }
    }
    _ = try commit(ring.unpublishedRuns(), applied: 0)
  }
}

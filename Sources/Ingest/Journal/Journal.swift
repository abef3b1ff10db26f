import DurableSQLite
import Foundation
import GRDB
import Telemetry

/// The durable queue in front of everything: no message is acknowledged before its batch is in here, synced.
///
/// `journal.db`, SQLite in WAL mode with `synchronous=FULL`, one connection that writes.
///
/// Invariants
/// - Every message has a sequence, from 1, without gaps. `head` is the last one journaled.
/// - A batch is one row; rows do not overlap and are in order. What was trimmed lies before every row.
/// - `packets` equals what the table `packet` holds, overlaid with the frames of all rows after `session.cleared_at`.
/// - A failed commit changes nothing: neither the file nor `head` nor `packets`.
public final class Journal {
  /// What stays in the file behind the applied sequence, and how it goes.
  struct Limits {
    /// So many messages are kept, so that most packet ids are used again, and need not be written to `packet`, before
    /// their last batch is trimmed.
    var messagesKept: UInt64 = 131_072
    /// But at most this many bytes of applied messages.
    var bytesKept = 64 << 20
    /// Rows that one commit trims at most.
    var rowsTrimmedAtOnce = 64
    /// Messages that a broker sends at most before it waits for our acknowledgements. An id of an older message has been
    /// acknowledged, and is another message's when it comes again. Brokers that take one id after the other come back to
    /// it after 65,535 of them.
    var inFlight = 32_768
    /// When the WAL is moved into the file.
    var checkpoints = CheckpointSchedule()
  }

  public let path: String
  /// Random; changes when a new journal is made.
  public private(set) var id = Data()
  /// The sequence of the last message journaled.
  public private(set) var head: UInt64 = 0
  /// The last message that was there at the start had come not long after the clock was set.
  private(set) var endsWithSteppedClock = false

  let queue: DatabaseQueue
  var packets = PacketTable()
  /// The rows in the file, oldest first.
  private var rows: [Row] = []
  private var rowsBegin = 0
  private var bytesInRows = 0
  private let limits: Limits
  private var checkpoints: CheckpointSchedule

  private struct Row {
    let first: UInt64
    let last: UInt64
    let bytes: Int
  }

  /// Opens or makes the journal.
  ///
  /// - Parameter shares: of its disk; nil for those of a large one.
  /// - Throws: `DatabaseFailure`; also where SQLite does not sync every commit.
  public convenience init(directory: String, shares: DiskShares? = nil) throws(DatabaseFailure) {
    var limits = Limits()
    if let shares {
      limits.bytesKept = shares.journalBytes
      limits.checkpoints = CheckpointSchedule(dueBytes: shares.walBytes)
    }
    try self.init(directory: directory, limits: limits)
  }

  init(directory: String, limits: Limits) throws(DatabaseFailure) {
    self.limits = limits
    checkpoints = limits.checkpoints
    path = "\(directory)/journal.db"
    queue = try DurableFile.open(path, label: "journal", cacheKiB: 2048, migrator: JournalSchema.migrator)
    do {
      try queue.inDatabase(load)
    } catch {
      throw DatabaseFailure(error, file: path, doing: "opening")
    }
  }

  private func load(_ db: Database) throws {
    rows = []
    rowsBegin = 0
    bytesInRows = 0
    packets.removeAll()
    id = try Data.fetchOne(db, sql: "SELECT id FROM journal")!
    let trimmed = try sequence(Int64.fetchOne(db, sql: "SELECT trimmed_through FROM journal")!)
    let cleared = try sequence(Int64.fetchOne(db, sql: "SELECT cleared_at FROM session") ?? 0)
    head = trimmed
    for row in try GRDB.Row.fetchAll(db, sql: "SELECT packet_id, content_hash, sequence FROM packet") {
      guard let packetID = UInt16(exactly: row[0] as Int64) else {
        throw DatabaseFailure.damaged("\(path): a packet has the id \(row[0] as Int64)")
      }
      packets[packetID] = PacketTable.Entry(
        contentHash: UInt64(bitPattern: row[1] as Int64), sequence: try sequence(row[2]))
    }
    let batches = try GRDB.Row.fetchCursor(
      db, sql: "SELECT first_sequence, last_sequence, checksum, messages FROM batch ORDER BY last_sequence")
    while let row = try batches.next() {
      let batch = try JournalBatch(row, path: path)
      guard rows.isEmpty || batch.first == head + 1 else {
        throw DatabaseFailure.damaged("\(path): batch \(batch.last) does not follow \(head)")
      }
      batch.forEachFrame { sequence, frame in
        if frame.letterID == nil { endsWithSteppedClock = frame.flags.contains(.steppedClock) }
        if frame.packetID != 0, sequence > cleared {
          packets[frame.packetID] = PacketTable.Entry(contentHash: frame.contentHash, sequence: sequence)
        }
      }
      rows.append(Row(first: batch.first, last: batch.last, bytes: batch.bytes.count))
      bytesInRows += batch.bytes.count
      head = batch.last
    }
  }

  /// A sequence as it stands in the file.
  private func sequence(_ number: Int64) throws(DatabaseFailure) -> UInt64 {
    guard JournalBatch.sequences.contains(number) else {
      throw DatabaseFailure.damaged("\(path): \(number) is no message's number")
    }
    return UInt64(number)
  }

  /// The first sequence that can still be read; `head + 1` where there is none.
  public var firstKept: UInt64 { rowsBegin < rows.count ? rows[rowsBegin].first : head + 1 }

  /// Bytes of the messages in the file.
  public var bytes: Int { bytesInRows }

  /// The first sequence whose acknowledgement a broker may not have seen.
  var firstInFlight: UInt64 { packets.oldest(ofLast: limits.inFlight) }

  // MARK: Writing

  /// Commits the frames with fsync, and trims rows that the store has taken in.
  ///
  /// - Parameters:
  ///   - runs: one row each.
  ///   - applied: the last sequence that the store has taken in.
  /// - Returns: the sequence of the first message.
  func commit(_ runs: [FrameRun], applied: UInt64) throws(DatabaseFailure) -> UInt64 {
    let firstSequence = head + 1
    let trim = trimmableRows(applied: applied)
    var added: [Row] = []
    do {
      try queue.inDatabase { db in
        try db.inTransaction(.immediate) {
          var first = firstSequence
          for run in runs {
            let last = first + UInt64(run.count) - 1
            try JournalSchema.insert(run, first: first, last: last, in: db)
            added.append(Row(first: first, last: last, bytes: run.bytes.count))
            first = last + 1
          }
          try self.trim(trim, in: db)
          FaultPoint.journalWritten.reached()
          return .commit
        }
      }
    } catch {
      throw DatabaseFailure(error, file: path, doing: "committing \(runs.reduce(0) { $0 + $1.count }) messages")
    }
    rows += added
    bytesInRows += added.reduce(0) { $0 + $1.bytes }
    head = added.last?.last ?? head
    for (run, row) in zip(runs, added) { note(run, from: row.first) }
    forget(trim)
    try checkpoints.committed(bytes: added.reduce(0) { $0 + $1.bytes }, to: queue, path: path)
    return firstSequence
  }

  private func note(_ run: FrameRun, from first: UInt64) {
    var offset = 0
    for index in 0..<run.count {
      guard let length = MessageFrame.length(at: offset, in: run.bytes) else { return }
      let frame = MessageFrame(UnsafeRawBufferPointer(rebasing: run.bytes[offset..<offset + length]))
      if frame.packetID != 0 {
        packets[frame.packetID] = PacketTable.Entry(
          contentHash: frame.contentHash, sequence: first + UInt64(index))
      }
      offset += length
    }
  }

  /// Trims while nothing comes in.
  func trimIfUseful(applied: UInt64) throws(DatabaseFailure) {
    let range = trimmableRows(applied: applied)
    if !range.isEmpty { try trimNow(range) }
  }

  private func trimNow(_ range: Range<Int>) throws(DatabaseFailure) {
    do {
      try queue.inDatabase { db in
        try db.inTransaction(.immediate) {
          try self.trim(range, in: db)
          return .commit
        }
      }
    } catch {
      throw DatabaseFailure(error, file: path, doing: "trimming")
    }
    forget(range)
  }

  /// Lets go of all that the store has taken in, and moves the WAL into the file, so that its room is used again.
  ///
  /// - Throws: `DatabaseFailure`; after `.full` some of it is done.
  func makeRoom(applied: UInt64) throws(DatabaseFailure) {
    while true {
      let range = trimmableRows(applied: applied, keepingNone: true)
      guard !range.isEmpty else { break }
      try trimNow(range)
    }
    try checkpoints.checkpoint(queue, path: path)
  }

  private func trimmableRows(applied: UInt64, keepingNone: Bool = false) -> Range<Int> {
    var end = rowsBegin
    var bytes = bytesInRows
    while end < rows.count, end - rowsBegin < limits.rowsTrimmedAtOnce, rows[end].last <= applied,
      keepingNone || head - rows[end].last >= limits.messagesKept || bytes > limits.bytesKept
    {
      bytes -= rows[end].bytes
      end += 1
    }
    return rowsBegin..<end
  }

  private func trim(_ range: Range<Int>, in db: Database) throws {
    guard let last = range.last else { return }
    let span = rows[range.lowerBound].first...rows[last].last
    try keepPackets(in: span, db)
    try JournalSchema.deleteBatches(through: span.upperBound, in: db)
    FaultPoint.journalTrimmed.reached()
  }

  /// Packet ids outlive the messages that used them last.
  private func keepPackets(in span: ClosedRange<UInt64>, _ db: Database) throws {
    for (packetID, entry) in packets.entries(in: span) {
      try JournalSchema.keep(packetID: packetID, entry, in: db)
    }
  }

  private func forget(_ range: Range<Int>) {
    bytesInRows -= rows[range].reduce(0) { $0 + $1.bytes }
    rowsBegin = range.upperBound
    if rowsBegin > 4096, rowsBegin * 2 > rows.count {
      rows.removeFirst(rowsBegin)
      rowsBegin = 0
    }
  }

  // MARK: Reading

  /// Reads every message after `sequence`, in order, one row in memory at a time.
  ///
  /// - Parameters:
  ///   - last: the last one that is read.
  ///   - body: gets each message; its bytes, and `trailingBytes` readable ones behind it, live for the call.
  public func replay(
    after sequence: UInt64, through last: UInt64 = .max, trailingBytes: Int, _ body: (RingMessage) throws -> Void
  ) throws {
    var applied = sequence
    for row in rows[rowsBegin...] where row.last > sequence && row.first <= last {
      let batch = try queue.inDatabase { db in
        try GRDB.Row.fetchOne(
          db, sql: "SELECT first_sequence, last_sequence, checksum, messages FROM batch WHERE last_sequence = ?",
          arguments: [Int64(row.last)]
        ).map { try JournalBatch($0, path: path) }
      }
      guard let batch else { throw DatabaseFailure.damaged("\(path): batch \(row.last) is missing") }
      try batch.forEachFrame(trailingBytes: trailingBytes) { sequence, frame in
        guard sequence > applied, sequence <= last else { return }
        try body(RingMessage(sequence: sequence, topicHash: ContentHash.of(frame.topic), frame: frame))
        applied = sequence
      }
    }
  }

  /// Moves everything from the WAL into the file, for a clean stop. Nothing may be asked of it after that.
  public func close() throws(DatabaseFailure) {
    try checkpoints.close(queue, path: path)
  }

  // MARK: Joining with the store

  /// Makes the messages that are kept follow `sequence`: their numbers are shifted, none is lost. To be called before
  /// anything else writes.
  ///
  /// - Parameter dropping: the store has them all; only what comes from now on follows.
  public func continueNumbering(after sequence: UInt64, dropping: Bool = false) throws(DatabaseFailure) {
    do {
      try queue.inDatabase { db in
        try db.inTransaction(.immediate) {
          let firstKept = dropping ? head + 1 : firstKept
          if dropping {
            try keepPackets(in: 1...max(1, head), db)
            try JournalSchema.deleteBatches(through: head, in: db)
          }
          try JournalSchema.shiftSequences(by: Int64(sequence) - Int64(firstKept - 1), in: db)
          return .commit
        }
        try load(db)
      }
    } catch {
      throw DatabaseFailure(error, file: path, doing: "numbering on after \(sequence)")
    }
  }
}

import Foundation
import GRDB
import Telemetry

/// The writer of `store.db`: aggregates, latest values, registry, dead letters and the ledger.
///
/// SQLite in WAL mode with `synchronous=FULL`; this is the one connection that writes and checkpoints the file.
///
/// Invariants
/// - Everything in the file includes exactly the journal's messages up to `applied_sequence` of the journal
///   `journal_id`, because both are written in the transaction that writes their effects.
/// - One owner: the pipeline thread.
public final class Store {
  public struct Limits: Sendable {
    /// The oldest dead letters go where there are more, in count or in bytes.
    public var deadLetters = 10_000
    public var deadLetterBytes = 64 << 20

    public init() {}
  }

  public let path: String
  private let queue: DatabaseQueue
  private let limits: Limits
  private var deadLetterCount = 0
  private var deadLetterBytes = 0

  /// Opens or makes the store.
  ///
  /// - Throws: `StoreError`; also where SQLite does not sync every commit.
  public init(directory: String, limits: Limits = Limits()) throws(StoreError) {
    path = "\(directory)/store.db"
    self.limits = limits
    do {
      var configuration = Configuration()
      configuration.label = "store"
      // A tool that looks into the file may hold its lock for a moment.
      configuration.busyMode = .timeout(10)
      configuration.prepareDatabase { db in
        // WAL is made here, not by GRDB's journal mode, which would undo FULL.
        try db.execute(sql: "PRAGMA journal_mode = WAL")
        try db.execute(sql: "PRAGMA synchronous = FULL")
        try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
        try db.execute(sql: "PRAGMA cache_size = -16384")
      }
      queue = try DatabaseQueue(path: path, configuration: configuration)
      guard try !queue.read(StoreSchema.migrator.hasBeenSuperseded) else {
        throw StoreError.unusable("\(path): was written by a newer version of Ganglion; use that version")
      }
      try StoreSchema.migrator.migrate(queue)
      try queue.inDatabase { db in
        try requireFullSync(db)
        deadLetterCount = try Int.fetchOne(db, sql: "SELECT count(*) FROM dead_letter") ?? 0
        deadLetterBytes =
          try Int.fetchOne(db, sql: "SELECT sum(length(topic) + length(payload)) FROM dead_letter") ?? 0
      }
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(error, file: path, doing: "opening")
    }
  }

  private func requireFullSync(_ db: Database) throws {
    let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? ""
    let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? -1
    guard mode == "wal", synchronous == 2 else {
      throw StoreError.unusable(
        "\(path): SQLite runs with journal_mode=\(mode), synchronous=\(synchronous); wal and 2 (FULL) are needed")
    }
  }

  /// Reads with the writer's connection, for the pipeline thread.
  public func read<Value>(_ body: (StoreSnapshot) throws -> Value) throws(StoreError) -> Value {
    do {
      return try queue.inDatabase { db in try body(StoreSnapshot(db)) }
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(error, file: path, doing: "reading")
    }
  }

  /// One window; nil where it is not stored.
  public func window(_ key: WindowKey, length: WindowLength) throws(StoreError) -> WindowState? {
    try read { snapshot in try snapshot.window(key, length: length) }
  }

  /// Writes all of it, or nothing.
  public func write(_ checkpoint: Checkpoint) throws(StoreError) {
    var dropped = (count: 0, bytes: 0)
    let added = checkpoint.deadLetters.reduce(0) { $0 + $1.topic.count + $1.payload.count }
    do {
      try queue.inDatabase { db in
        try db.inTransaction(.immediate) {
          try CheckpointWriter(db: db).write(checkpoint)
          dropped = try dropOldDeadLetters(
            db, count: deadLetterCount + checkpoint.deadLetters.count, bytes: deadLetterBytes + added)
          return .commit
        }
      }
    } catch {
      throw StoreError(error, file: path, doing: "writing the checkpoint of \(checkpoint.appliedSequence)")
    }
    deadLetterCount += checkpoint.deadLetters.count - dropped.count
    deadLetterBytes += added - dropped.bytes
  }

  private func dropOldDeadLetters(_ db: Database, count: Int, bytes: Int) throws -> (count: Int, bytes: Int) {
    guard count > limits.deadLetters || bytes > limits.deadLetterBytes else { return (0, 0) }
    var dropped = (count: 0, bytes: 0)
    var last: Int64?
    let oldest = try Row.fetchCursor(db, sql: "SELECT id, length(topic) + length(payload) FROM dead_letter ORDER BY id")
    while count - dropped.count > limits.deadLetters || bytes - dropped.bytes > limits.deadLetterBytes,
      let row = try oldest.next()
    {
      last = row[0]
      dropped.count += 1
      dropped.bytes += row[1]
    }
    try db.execute(sql: "DELETE FROM dead_letter WHERE id <= ?", arguments: [last])
    try db.execute(
      sql: "UPDATE store SET dead_letters_dropped = dead_letters_dropped + ?", arguments: [dropped.count])
    return dropped
  }

  /// Moves everything from the WAL into the file, for a clean stop.
  public func close() throws(StoreError) {
    do {
      try queue.close()
    } catch {
      throw StoreError(error, file: path, doing: "closing")
    }
  }
}

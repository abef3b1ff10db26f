import DurableSQLite
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
  private var checkpoints = CheckpointSchedule()

  /// A row of `aggregate` or `latest` and what a transaction writes at least, about.
  private static let rowBytes = 160
  private static let pageBytes = 32 << 10

  /// Opens or makes the store.
  ///
  /// - Throws: `DatabaseFailure`; also where SQLite does not sync every commit.
  public init(directory: String, limits: Limits = Limits()) throws(DatabaseFailure) {
    path = "\(directory)/store.db"
    self.limits = limits
    queue = try DurableFile.open(path, label: "store", cacheKiB: 16384, migrator: StoreSchema.migrator)
    do {
      (deadLetterCount, deadLetterBytes) = try queue.inDatabase { db in
        (
          try Int.fetchOne(db, sql: "SELECT count(*) FROM dead_letter") ?? 0,
          try Int.fetchOne(db, sql: "SELECT sum(length(topic) + length(payload)) FROM dead_letter") ?? 0
        )
      }
    } catch {
      throw DatabaseFailure(error, file: path, doing: "opening")
    }
  }

  /// The calendar of the gateway that writes here, for those who read the file without its configuration.
  public func setTimeZone(_ identifier: String) throws(DatabaseFailure) {
    do {
      try queue.inDatabase { try $0.execute(sql: "UPDATE store SET timezone = ?", arguments: [identifier]) }
    } catch {
      throw DatabaseFailure(error, file: path, doing: "storing the time zone")
    }
  }

  /// Reads with the writer's connection, for the pipeline thread.
  public func read<Value>(_ body: (StoreSnapshot) throws -> Value) throws(DatabaseFailure) -> Value {
    do {
      return try queue.inDatabase { db in try body(StoreSnapshot(db)) }
    } catch {
      throw DatabaseFailure(error, file: path, doing: "reading")
    }
  }

  /// One window; nil where it is not stored.
  public func window(_ key: WindowKey, length: WindowLength) throws(DatabaseFailure) -> WindowState? {
    try read { snapshot in try snapshot.window(key, length: length) }
  }

  /// Writes all of it, or nothing.
  public func write(_ checkpoint: Checkpoint) throws(DatabaseFailure) {
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
      throw DatabaseFailure(error, file: path, doing: "writing the checkpoint of \(checkpoint.appliedSequence)")
    }
    deadLetterCount += checkpoint.deadLetters.count - dropped.count
    deadLetterBytes += added - dropped.bytes
    let rows = checkpoint.windows.count + checkpoint.latest.count
    try checkpoints.committed(bytes: added + Store.rowBytes * rows + Store.pageBytes, to: queue, path: path)
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
  public func close() throws(DatabaseFailure) {
    try checkpoints.checkpoint(queue, path: path)
    do {
      try queue.close()
    } catch {
      throw DatabaseFailure(error, file: path, doing: "closing")
    }
  }
}

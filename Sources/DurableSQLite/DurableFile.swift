import GRDB

/// Opens the files that promises rest on: SQLite in WAL mode, every commit synced.
public enum DurableFile {
  /// Opens or makes a file, brings it to the newest schema, and makes sure that its commits are synced.
  ///
  /// - Parameters:
  ///   - label: a name for the connection.
  ///   - cacheKiB: memory for pages.
  /// - Throws: `DatabaseFailure`; also for a file of a newer version.
  public static func open(
    _ path: String, label: String, cacheKiB: Int, migrator: DatabaseMigrator
  ) throws(DatabaseFailure) -> DatabaseQueue {
    do {
      let queue = try DatabaseQueue(path: path, configuration: configuration(label: label, cacheKiB: cacheKiB))
      guard try !queue.read(migrator.hasBeenSuperseded) else {
        throw DatabaseFailure.unusable("\(path): was written by a newer version of Ganglion; use that version")
      }
      try migrator.migrate(queue)
      try queue.inDatabase { try requireFullSync($0, path: path) }
      return queue
    } catch {
      throw DatabaseFailure(error, file: path, doing: "opening")
    }
  }

  private static func configuration(label: String, cacheKiB: Int) -> Configuration {
    var configuration = Configuration()
    configuration.label = label
    // A tool that looks into the file may hold its lock for a moment.
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { db in
      // WAL is made here, not by GRDB's journal mode, which would undo FULL.
      try db.execute(sql: "PRAGMA journal_mode = WAL")
      try db.execute(sql: "PRAGMA synchronous = FULL")
      // SQLite's own checkpoints swallow a failed sync and try again; ours do not.
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
      try db.execute(sql: "PRAGMA cache_size = -\(cacheKiB)")
    }
    return configuration
  }

  /// SQLite answers 2 for FULL, which syncs each commit in WAL mode. Anything less breaks the first promise.
  ///
  /// - Throws: `DatabaseFailure.unusable`
  public static func requireFullSync(_ db: Database, path: String) throws {
    let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? ""
    let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? -1
    guard mode == "wal", synchronous == 2 else {
      throw DatabaseFailure.unusable(
        "\(path): SQLite runs with journal_mode=\(mode), synchronous=\(synchronous); wal and 2 (FULL) are needed")
    }
  }

  /// Moves what is in the WAL into the file, as far as readers allow. To be called by the connection that writes, once
  /// some megabytes were committed.
  ///
  /// - Throws: `DatabaseFailure`. After any but `.full` the file must not be written any more: a sync that failed is
  ///   told once.
  public static func checkpoint(_ queue: DatabaseQueue, path: String) throws(DatabaseFailure) {
    do {
      try queue.inDatabase { db in _ = try db.checkpoint(.passive) }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
      // Another connection checkpoints or recovers; the next call finds it done.
    } catch {
      throw DatabaseFailure(error, file: path, doing: "checkpointing")
    }
  }

  /// Bytes committed after which a checkpoint is due.
  public static let checkpointBytes = 16 << 20
}

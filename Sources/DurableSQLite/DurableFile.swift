import CSQLite
import GRDB

/// Opens the files that promises rest on: SQLite in WAL mode, every commit synced.
public enum DurableFile {
  /// Opens or makes a file, brings it to the newest schema, after a copy where it is of an older one, and makes sure that
  /// its commits are synced.
  ///
  /// - Parameters:
  ///   - label: a name for the connection.
  ///   - cacheKiB: memory for pages.
  /// - Throws: `DatabaseFailure`; also for a file of a newer version.
  public static func open(
    _ path: String, label: String, cacheKiB: Int, migrator: DatabaseMigrator
  ) throws(DatabaseFailure) -> DatabaseQueue {
    do {
      let queue = try DatabaseQueue(
        path: CheckedPages.name(of: path), configuration: configuration(label: label, cacheKiB: cacheKiB))
      guard try !queue.read(migrator.hasBeenSuperseded) else {
        throw DatabaseFailure.unusable("\(path): was written by a newer version of Ganglion; use that version")
      }
      try queue.read { try WriteAheadLog.renew(of: $0, path: path) }
      try copyBeforeMigration(queue, path: path, migrator: migrator)
      try migrator.migrate(queue)
      try queue.inDatabase { try requireFullSync($0, path: path) }
      return queue
    } catch {
      throw DatabaseFailure(error, file: path, doing: "opening")
    }
  }

  /// A file of an older version is kept as it was, beside it, until a later version is migrated to.
  private static func copyBeforeMigration(
    _ queue: DatabaseQueue, path: String, migrator: DatabaseMigrator
  ) throws {
    let (former, isCurrent) = try queue.read { db in
      (try migrator.appliedIdentifiers(db), try migrator.hasCompletedMigrations(db))
    }
    guard !former.isEmpty, !isCurrent else { return }
    try DatabaseCopy.make(of: queue, path: path, at: "\(path).version-\(former.count)")
  }

  /// Once, before the first file is opened; it saves a twentieth of a checkpoint of the store.
  private static let setUp: Void = {
    // Where SQLite is in use already nothing is lost but that twentieth.
    _ = csqlite_stop_counting_memory()
  }()

  private static func configuration(label: String, cacheKiB: Int) -> Configuration {
    setUp
    var configuration = Configuration()
    configuration.label = label
    // A tool that looks into the file may hold its lock for a moment.
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { db in
      try WriteAheadLog.keep(true, of: db)
      try CheckedPages.reserve(in: db)
      // WAL is made here, not by GRDB's journal mode, which would undo FULL.
      try db.execute(sql: "PRAGMA journal_mode = WAL")
      try db.execute(sql: "PRAGMA synchronous = FULL")
      // See CheckpointSchedule.
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
      try db.execute(sql: "PRAGMA cache_size = -\(cacheKiB)")
      // Debian's SQLite overwrites what is deleted with zeros, which writes every trimmed page of the journal again.
      try db.execute(sql: "PRAGMA secure_delete = OFF")
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
}

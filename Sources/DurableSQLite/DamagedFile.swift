import GRDB
import Glibc

/// Files that are to be read as far as they can be.
public enum DamagedFile {
  /// Makes a fresh file of what is whole in a damaged one, which nobody has open.
  ///
  /// - Parameters:
  ///   - destination: a file that is not there yet; it is whole, without a WAL, and checked, or not there.
  ///   - copy: gets the damaged file and the fresh one, in one transaction of its own.
  /// - Throws: `DatabaseFailure`; `.full` where the disk has no room for it, twice over.
  public static func save(
    _ path: String, to destination: String, migrator: DatabaseMigrator,
    _ copy: (_ source: Database, _ fresh: Database) throws -> Void
  ) throws(DatabaseFailure) {
    do {
      let fresh = try DurableFile.open(destination, label: "salvage", cacheKiB: 16384, migrator: migrator)
      let damaged = try open(path)
      try damaged.inDatabase { source in
        try fresh.inDatabase { db in
          // What is gone may have been referred to.
          try db.execute(sql: "PRAGMA foreign_keys = OFF")
          try db.inTransaction(.immediate) {
            try copy(source, db)
            return .commit
          }
        }
      }
      try damaged.close()
      try fresh.inDatabase { db in
        _ = try db.checkpoint(.truncate)
        let faults = try CheckedPages.faults(of: db, path: destination, limit: 1)
        let isWhole = try String.fetchOne(db, sql: "PRAGMA integrity_check(1)") == "ok"
        guard faults.isEmpty, isWhole else {
          throw DatabaseFailure.inputOutput("\(destination): is not what was written")
        }
      }
      try fresh.close()
    } catch {
      for suffix in ["", "-wal", "-shm", "-journal"] { unlink(destination + suffix) }
      throw DatabaseFailure(error, file: path, doing: "saving what is whole")
    }
  }

  /// For reading; its pages are checked.
  ///
  /// - Throws: `DatabaseFailure.unusable` where not even the list of tables can be read.
  public static func open(_ path: String) throws(DatabaseFailure) -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    // Without it SQLite reads nothing at all of a file that was cut short.
    configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA writable_schema = ON") }
    do {
      let queue = try DatabaseQueue(path: CheckedPages.name(of: path), configuration: configuration)
      _ = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema") }
      return queue
    } catch {
      let failure = DatabaseFailure(error, file: path, doing: "reading the list of its tables")
      guard case .damaged(let sentence) = failure else { throw failure }
      throw DatabaseFailure.unusable("\(sentence): nothing of it can be saved")
    }
  }
}

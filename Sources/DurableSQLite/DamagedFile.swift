import GRDB

/// Opens files that are to be read as far as they can be.
public enum DamagedFile {
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
      throw DatabaseFailure.unusable("\(sentence): nothing of it can be saved; restore a backup")
    }
  }
}

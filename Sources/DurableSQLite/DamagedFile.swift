import GRDB

/// Opens files that are to be read as far as they can be.
public enum DamagedFile {
  /// For reading; its pages are checked.
  public static func open(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    // Without it SQLite reads nothing at all of a file that was cut short.
    configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA writable_schema = ON") }
    return try DatabaseQueue(path: CheckedPages.name(of: path), configuration: configuration)
  }
}

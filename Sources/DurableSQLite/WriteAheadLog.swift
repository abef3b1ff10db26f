import CSQLite
import GRDB

/// The write-ahead log that a process left beside a database, as a file that may be damaged.
enum WriteAheadLog {
  /// Writes what is committed in it once more, and syncs it, before anything rests on it.
  ///
  /// Where a sync failed, the kernel took its pages for written: they are read from memory, no later sync writes them,
  /// and a power cut would take them away, with all that was committed behind them. And where a process was killed
  /// between a write and its sync, one file would go by what another one may yet lose.
  ///
  /// - Parameter db: in a transaction of which nothing was written yet.
  /// - Throws: `DatabaseFailure.damaged`; then it is as it was.
  static func renew(of db: Database, path: String) throws {
    // The WAL is open once something has been read.
    _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema")
    var frame: Int64 = -1
    try require(csqlite_renew_wal(connection(db), &frame), "rewriting the WAL")
    if let fault = fault(atFrame: frame, path) { throw DatabaseFailure.damaged(fault) }
    try keep(false, of: db)
  }

  /// Whether a connection leaves it as it is when it closes, as it must until it is renewed: what stands behind a damaged
  /// frame may still be wanted, and where a sync had failed, an older WAL could come back after a loss of power, and be
  /// taken for newer than the file.
  static func keep(_ isKept: Bool, of db: Database) throws {
    try require(csqlite_keep_wal(connection(db), isKept ? 1 : 0), "keeping the WAL")
  }

  /// A sentence on a frame that is not what was written; nil where there is none.
  ///
  /// - Parameter db: in a transaction that has read something.
  static func fault(of db: Database, path: String) throws -> String? {
    var frame: Int64 = -1
    try require(csqlite_check_wal(connection(db), &frame), "reading the WAL")
    return fault(atFrame: frame, path)
  }

  private static func fault(atFrame frame: Int64, _ path: String) -> String? {
    guard frame >= 0 else { return nil }
    let place = frame == 0 ? "its header" : "frame \(frame)"
    return "\(path)-wal: \(place) is damaged, and later transactions stand behind it"
  }

  private static func connection(_ db: Database) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(db.sqliteConnection!)
  }

  private static func require(_ code: Int32, _ action: String) throws {
    guard code == 0 else { throw DatabaseError(resultCode: ResultCode(rawValue: code), message: action) }
  }
}

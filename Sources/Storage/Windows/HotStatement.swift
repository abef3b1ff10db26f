import GRDB
import GRDBSQLite

/// A prepared statement without anything between it and SQLite: for rows that are written or read by the ten thousand.
///
/// GRDB keeps it, prepared once for a connection; it must not be in use when it is asked for again.
struct HotStatement {
  private let db: Database
  private let statement: OpaquePointer

  init(_ db: Database, _ sql: String) throws {
    self.db = db
    statement = try db.cachedStatement(sql: sql).sqliteStatement
    sqlite3_reset(statement)
  }

  /// - Parameter index: from 1, as SQLite counts.
  @inline(__always)
  func bind(_ value: Int64, at index: Int32) { sqlite3_bind_int64(statement, index, value) }

  @inline(__always)
  func bind(_ value: Double, at index: Int32) { sqlite3_bind_double(statement, index, value) }

  /// The bytes must stay until the statement has been run.
  @inline(__always)
  func bind(_ bytes: UnsafeRawBufferPointer, at index: Int32) {
    sqlite3_bind_blob64(statement, index, bytes.baseAddress, UInt64(bytes.count), nil)
  }

  /// SQLite takes a copy.
  func bind(_ text: String, at index: Int32) {
    sqlite3_bind_text(statement, index, text, -1, unsafeBitCast(-1, to: sqlite3_destructor_type.self))
  }

  /// A number, or null.
  func bind(_ value: Int64?, at index: Int32) {
    if let value { bind(value, at: index) } else { sqlite3_bind_null(statement, index) }
  }

  func bind(_ value: Double?, at index: Int32) {
    if let value { bind(value, at: index) } else { sqlite3_bind_null(statement, index) }
  }

  /// A text, or null.
  func bind(_ text: String?, at index: Int32) {
    if let text { bind(text, at: index) } else { sqlite3_bind_null(statement, index) }
  }

  /// Runs a statement that answers nothing.
  func run() throws {
    let code = sqlite3_step(statement)
    sqlite3_reset(statement)
    guard code == SQLITE_DONE else { throw failure(code) }
  }

  /// Whether the statement that was run last has changed a row.
  var hasChanged: Bool { sqlite3_changes(db.sqliteConnection) > 0 }

  /// Steps to the next row; false behind the last one.
  func next() throws -> Bool {
    let code = sqlite3_step(statement)
    if code == SQLITE_ROW { return true }
    sqlite3_reset(statement)
    guard code == SQLITE_DONE else { throw failure(code) }
    return false
  }

  /// To be called where not all rows were read.
  func reset() { sqlite3_reset(statement) }

  /// - Parameter index: from 0, as SQLite counts.
  @inline(__always)
  func integer(_ index: Int32) -> Int64 { sqlite3_column_int64(statement, index) }

  @inline(__always)
  func real(_ index: Int32) -> Double { sqlite3_column_double(statement, index) }

  /// Until the next step.
  @inline(__always)
  func bytes(_ index: Int32) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      start: sqlite3_column_blob(statement, index), count: Int(sqlite3_column_bytes(statement, index)))
  }

  private func failure(_ code: Int32) -> DatabaseError {
    DatabaseError(
      resultCode: ResultCode(rawValue: sqlite3_extended_errcode(db.sqliteConnection)), message: db.lastErrorMessage)
  }
}

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

  @inline(__always)
  func isNull(_ index: Int32) -> Bool { sqlite3_column_type(statement, index) == SQLITE_NULL }

  /// A text; null is an empty one.
  func text(_ index: Int32) -> String { String(decoding: textBytes(index), as: UTF8.self) }

  /// A text that is often the one of the row before, which is then used again.
  ///
  /// - Parameter last: of the row before; becomes this row's.
  func text(_ index: Int32, repeating last: inout String) -> String {
    let bytes = textBytes(index)
    let isSame = last.utf8.withContiguousStorageIfAvailable { UnsafeRawBufferPointer($0).elementsEqual(bytes) }
    if isSame != true { last = String(decoding: bytes, as: UTF8.self) }
    return last
  }

  private func textBytes(_ index: Int32) -> UnsafeRawBufferPointer {
    // The text first: it may be converted, and then has another length.
    let start = sqlite3_column_text(statement, index)
    return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, index)))
  }

  func optionalText(_ index: Int32) -> String? { isNull(index) ? nil : text(index) }

  func optionalInteger(_ index: Int32) -> Int64? { isNull(index) ? nil : integer(index) }

  func optionalReal(_ index: Int32) -> Double? { isNull(index) ? nil : real(index) }

  private func failure(_ code: Int32) -> DatabaseError {
    DatabaseError(
      resultCode: ResultCode(rawValue: sqlite3_extended_errcode(db.sqliteConnection)), message: db.lastErrorMessage)
  }
}

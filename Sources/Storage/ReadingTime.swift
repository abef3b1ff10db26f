import GRDB
import GRDBSQLite

extension Database {
  /// Steps of SQLite's machine between two looks at the clock: some microseconds.
  private static let stepsBetweenLooks: Int32 = 1000

  /// Has SQLite give up whatever it does when a time is over; what it does then throws `SQLITE_INTERRUPT`.
  func interrupted<Value>(after limit: Duration, _ body: () throws -> Value) rethrows -> Value {
    var end = ContinuousClock.now + limit
    return try withUnsafeMutablePointer(to: &end) { end in
      sqlite3_progress_handler(
        sqliteConnection, Self.stepsBetweenLooks,
        { end in
          let end = end!.assumingMemoryBound(to: ContinuousClock.Instant.self).pointee
          return ContinuousClock.now < end ? 0 : 1
        }, end)
      defer { sqlite3_progress_handler(sqliteConnection, 0, nil, nil) }
      return try body()
    }
  }
}

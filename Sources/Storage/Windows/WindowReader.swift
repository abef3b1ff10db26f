import DurableSQLite
import GRDB
import Telemetry

/// Reads windows, by their key or a span at a time.
struct WindowReader {
  static let columns =
    "revision, count, bad_count, sum, min, max, first, last, detail, start_s, series_id"

  private let db: Database

  init(_ db: Database) {
    self.db = db
  }

  /// One window; nil where it is not stored.
  func window(_ key: WindowKey, length: WindowLength) throws -> WindowState? {
    let statement = try HotStatement(
      db,
      """
      SELECT \(Self.columns) FROM aggregate
      WHERE length_s = ?1 AND start_s = ?2 AND metric_id = (SELECT metric_id FROM series WHERE id = ?3) AND series_id = ?3
      """)
    statement.bind(length.seconds, at: 1)
    statement.bind(key.start, at: 2)
    statement.bind(Int64(key.series.rawValue), at: 3)
    guard try statement.next() else { return nil }
    defer { statement.reset() }
    return try Self.state(statement)
  }

  /// Every stored window of a length that starts in a span, in the order of the key: by start, metric and series.
  ///
  /// - Parameters:
  ///   - starts: seconds since 1970.
  ///   - isWanted: by series; the others are passed over.
  ///   - sketch: false where nobody asks for quantiles.
  func forEach(
    length: WindowLength, starts: Range<Int64>, sketch: Bool = true, isWanted: (SeriesID) -> Bool = { _ in true },
    _ body: (WindowKey, WindowState) throws -> Void
  ) throws {
    guard !starts.isEmpty else { return }
    let statement = try HotStatement(
      db,
      """
      SELECT \(Self.columns) FROM aggregate
      WHERE length_s = ? AND start_s >= ? AND start_s < ? ORDER BY length_s, start_s, metric_id, series_id
      """)
    statement.bind(length.seconds, at: 1)
    statement.bind(starts.lowerBound, at: 2)
    statement.bind(starts.upperBound, at: 3)
    defer { statement.reset() }
    while try statement.next() {
      let series = SeriesID(rawValue: UInt32(truncatingIfNeeded: statement.integer(10)))
      guard isWanted(series) else { continue }
      try body(
        WindowKey(start: statement.integer(9), series: series), Self.state(statement, sketch: sketch))
    }
  }

  /// Every stored window of one start and one metric, of a range of series.
  ///
  /// - Parameter metric: its number.
  func forEach(
    length: WindowLength, start: Int64, metric: Int64, series: Range<Int64>, sketch: Bool = true,
    _ body: (SeriesID, WindowState) throws -> Void
  ) throws {
    let statement = try HotStatement(
      db,
      """
      SELECT \(Self.columns) FROM aggregate
      WHERE length_s = ? AND start_s = ? AND metric_id = ? AND series_id >= ? AND series_id < ? ORDER BY series_id
      """)
    statement.bind(length.seconds, at: 1)
    statement.bind(start, at: 2)
    statement.bind(metric, at: 3)
    statement.bind(series.lowerBound, at: 4)
    statement.bind(series.upperBound, at: 5)
    defer { statement.reset() }
    while try statement.next() {
      let id = SeriesID(rawValue: UInt32(truncatingIfNeeded: statement.integer(10)))
      try body(id, Self.state(statement, sketch: sketch))
    }
  }

  static func state(_ row: HotStatement, sketch: Bool = true) throws -> WindowState {
    var state = WindowState()
    state.revision = row.integer(0)
    state.aggregate.count = row.integer(1)
    state.aggregate.badCount = row.integer(2)
    state.aggregate.sum = row.real(3)
    state.aggregate.min = row.real(4)
    state.aggregate.max = row.real(5)
    state.aggregate.first = row.real(6)
    state.aggregate.last = row.real(7)
    try WindowDetail.read(row.bytes(8), into: &state, sketch: sketch)
    return state
  }

  /// The least start at or after a second; nil where there is none.
  func firstStart(length: WindowLength, from second: Int64) throws -> Int64? {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT min(start_s) FROM aggregate WHERE length_s = ? AND start_s >= ?"),
      arguments: [length.seconds, second])
  }

  /// The greatest start; nil where there is none.
  func lastStart(length: WindowLength) throws -> Int64? {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT max(start_s) FROM aggregate WHERE length_s = ?"), arguments: [length.seconds])
  }
}

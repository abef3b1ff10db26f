import GRDB
import Telemetry

/// Writes whole windows, and counts how often those of a length and start were written to.
///
/// The count tells readers that what they made of these windows holds no more; neighbours that are written one after the
/// other are counted together.
struct WindowWriter {
  private let statement: HotStatement
  private let count: HotStatement?
  private var counted: (length: WindowLength, start: Int64)?
  private var detail: [UInt8] = []

  /// - Parameter countsChanges: false where the store is of a version that has no counts.
  init(_ db: Database, countsChanges: Bool = true) throws {
    statement = try HotStatement(
      db,
      """
      INSERT OR REPLACE INTO aggregate
      (length_s, start_s, metric_id, series_id, revision, count, bad_count, sum, min, max, first, last, detail)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    count =
      try countsChanges
      ? HotStatement(
        db,
        """
        INSERT INTO window_change (length_s, start_s, times) VALUES (?, ?, 1)
        ON CONFLICT DO UPDATE SET times = times + 1
        """) : nil
  }

  /// - Parameter metric: the number of the series' metric.
  mutating func write(_ key: WindowKey, _ state: WindowState, length: WindowLength, metric: Int64) throws {
    if let count, counted?.length != length || counted?.start != key.start {
      counted = (length, key.start)
      count.bind(length.seconds, at: 1)
      count.bind(key.start, at: 2)
      try count.run()
    }
    let aggregate = state.aggregate
    WindowDetail.write(state, to: &detail)
    statement.bind(length.seconds, at: 1)
    statement.bind(key.start, at: 2)
    statement.bind(metric, at: 3)
    statement.bind(Int64(key.series.rawValue), at: 4)
    statement.bind(state.revision, at: 5)
    statement.bind(aggregate.count, at: 6)
    statement.bind(aggregate.badCount, at: 7)
    statement.bind(aggregate.sum, at: 8)
    statement.bind(aggregate.min, at: 9)
    statement.bind(aggregate.max, at: 10)
    statement.bind(aggregate.first, at: 11)
    statement.bind(aggregate.last, at: 12)
    try detail.withUnsafeBytes { bytes in
      statement.bind(bytes, at: 13)
      try statement.run()
    }
  }
}

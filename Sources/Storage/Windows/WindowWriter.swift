import GRDB
import Telemetry

/// Writes whole windows.
struct WindowWriter {
  private let statement: HotStatement
  private var detail: [UInt8] = []

  init(_ db: Database) throws {
    statement = try HotStatement(
      db,
      """
      INSERT OR REPLACE INTO aggregate
      (length_s, start_s, metric_id, series_id, revision, count, bad_count, sum, min, max, first, last, detail)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
  }

  /// - Parameter metric: the number of the series' metric.
  mutating func write(_ key: WindowKey, _ state: WindowState, length: WindowLength, metric: Int64) throws {
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

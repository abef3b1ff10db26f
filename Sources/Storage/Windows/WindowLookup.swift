import DurableSQLite
import Telemetry

/// Looks windows up by their key, one after the other: the statement is prepared once.
///
/// It must not be asked for again while it is in use.
public struct WindowLookup {
  private let statement: HotStatement

  init(_ snapshot: StoreSnapshot) throws {
    statement = try HotStatement(
      snapshot.db,
      """
      SELECT \(WindowReader.columns) FROM aggregate
      WHERE length_s = ? AND start_s = ? AND metric_id = ? AND series_id = ?
      """)
  }

  /// One window; nil where it is not stored.
  ///
  /// - Parameters:
  ///   - start: seconds since 1970.
  ///   - metric: the number of the series' metric.
  ///   - sketch: false where nobody asks for quantiles.
  public func window(
    length: WindowLength, start: Int64, metric: Int64, series: SeriesID, sketch: Bool
  ) throws -> WindowState? {
    statement.bind(length.seconds, at: 1)
    statement.bind(start, at: 2)
    statement.bind(metric, at: 3)
    statement.bind(Int64(series.rawValue), at: 4)
    defer { statement.reset() }
    return try statement.next() ? WindowReader.state(statement, sketch: sketch) : nil
  }
}

/// Looks newest readings up by their series, one after the other: the statement is prepared once.
public struct LatestLookup {
  private let statement: HotStatement

  init(_ snapshot: StoreSnapshot) throws {
    statement = try HotStatement(snapshot.db, "SELECT at, received_at, quality, value FROM latest WHERE series_id = ?")
  }

  /// The newest reading of a series; nil without one.
  public func reading(of series: SeriesID) throws -> LatestReading? {
    statement.bind(Int64(series.rawValue), at: 1)
    defer { statement.reset() }
    guard try statement.next() else { return nil }
    guard let word = UInt8(exactly: statement.integer(2)), let quality = Quality(rawValue: word) else {
      throw DatabaseFailure.unusable("latest of series \(series.rawValue): no quality \(statement.integer(2))")
    }
    return LatestReading(
      time: Timestamp(microseconds: statement.integer(0)), receivedAt: Timestamp(microseconds: statement.integer(1)),
      quality: quality, value: statement.real(3))
  }
}

extension StoreSnapshot {
  /// For many windows, by their keys.
  public func windowLookup() throws -> WindowLookup { try WindowLookup(self) }

  /// For many newest readings.
  public func latestLookup() throws -> LatestLookup { try LatestLookup(self) }
}

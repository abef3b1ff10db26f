import GRDB
import Telemetry

/// A length of windows that the store keeps, and how far it has come with it.
public struct Level: Equatable, Sendable {
  public let length: WindowLength
  /// Windows that start before it are whole: each stands for all its parts, and late readings correct it. Windows at it
  /// and after it are made later. Of the shortest windows, which are made from readings, it means nothing.
  public var madeThrough: Int64
  /// In the window at `madeThrough`, the metrics below this number have been made, and of this one the series below
  /// `nextSeries`.
  public var nextMetric: Int64
  public var nextSeries: Int64
  /// Windows that start before it are gone, or about to go; nobody looks at them.
  public var keptFrom: Int64

  static let lengths: [WindowLength] = [.minute, .hour, .day]
}

/// The levels in their order, from the shortest windows on.
public struct Levels: Equatable, Sendable {
  public var minute: Level
  public var hour: Level
  public var day: Level

  init(_ db: Database) throws {
    func level(_ length: WindowLength) throws -> Level {
      let row = try Row.fetchOne(
        db.cachedStatement(
          sql: "SELECT made_through_s, next_metric, next_series, kept_from_s FROM level WHERE length_s = ?"),
        arguments: [length.seconds])!
      return Level(
        length: length, madeThrough: row[0], nextMetric: row[1], nextSeries: row[2], keptFrom: row[3])
    }
    minute = try level(.minute)
    hour = try level(.hour)
    day = try level(.day)
  }

  static func write(_ level: Level, _ db: Database) throws {
    try db.execute(
      sql: "UPDATE level SET made_through_s = ?, next_metric = ?, next_series = ?, kept_from_s = ? WHERE length_s = ?",
      arguments: [level.madeThrough, level.nextMetric, level.nextSeries, level.keptFrom, level.length.seconds])
  }

  /// The start before which nothing was made or kept yet.
  static let none = Int64.min
}

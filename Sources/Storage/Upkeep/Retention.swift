import DurableSQLite
import GRDB
import Telemetry

/// How long windows are kept, and how many bytes they may take.
public struct Retention: Equatable, Sendable {
  /// Nil for ever.
  public var minutes: Duration? = .seconds(30 * 86400)
  /// Nil for ever.
  public var hours: Duration? = .seconds(2 * 365 * 86400)
  /// Nil for ever.
  public var days: Duration?
  /// How long after its last change a window keeps its samples.
  public var samples = Duration.seconds(900)
  /// Bytes in use in the file above which the oldest go before their time.
  public var storeBytes: Int64 = 16 << 30

  public init() {}

  /// What is never let go for want of bytes, in seconds: minutes of a day, hours of a month.
  static let leastMinutes: Int64 = 86400
  static let leastHours: Int64 = 31 * 86400
}

/// Lets go of what need not be kept any more, a little at a time.
///
/// For want of bytes these go, in this order: the oldest minutes that hours stand for, down to a day; the oldest hours
/// that days stand for, down to a month; the oldest dead letters. Days stay.
struct RetentionStep {
  let retention: Retention
  let db: Database
  /// Dead letters that it let go, and their bytes.
  private(set) var lettersDropped = (count: 0, bytes: 0)

  init(_ retention: Retention, _ db: Database) {
    self.retention = retention
    self.db = db
  }

  /// Rows that one step deletes at most.
  static let rowsAtOnce = 4096
  private static let deadLettersAtOnce = 256

  /// - Parameters:
  ///   - now: by the clock; what was heard last counts where that is older, so that no wrong clock empties the store.
  ///   - heardAt: the last time of receipt in the store.
  /// - Returns: false where there is nothing to do now.
  mutating func run(_ rollups: inout Rollups, now: Timestamp, heardAt: Timestamp) throws -> Bool {
    if try deleteSome(rollups.levels) { return true }
    let latest = min(now, heardAt)
    // Twice as long: a reading may come just before the time is over, and be read again after a restart.
    if try SampleTable(db).expireOne(changedBefore: latest - retention.samples * 2) { return true }
    let moment = latest.seconds
    var isChanged = false
    if let minutes = retention.minutes {
      isChanged = try rollups.keep(\.minute, from: moment - minutes.components.seconds, db) || isChanged
    }
    if let hours = retention.hours {
      isChanged = try rollups.keep(\.hour, from: moment - hours.components.seconds, db) || isChanged
    }
    if let days = retention.days {
      isChanged = try rollups.keep(\.day, from: moment - days.components.seconds, db) || isChanged
    }
    return try isChanged || evict(&rollups, moment: moment)
  }

  /// Deletes windows that nobody looks at any more.
  private func deleteSome(_ levels: Levels) throws -> Bool {
    for level in [levels.minute, levels.hour, levels.day] where level.keptFrom != Levels.none {
      let delete = try db.cachedStatement(
        sql: """
          DELETE FROM aggregate WHERE (length_s, start_s, metric_id, series_id) IN (
            SELECT length_s, start_s, metric_id, series_id FROM aggregate WHERE length_s = ? AND start_s < ?
            ORDER BY start_s, metric_id, series_id LIMIT \(Self.rowsAtOnce))
          """)
      try delete.execute(arguments: [level.length.seconds, level.keptFrom])
      if db.changesCount > 0 {
        FaultPoint.retentionApplied.reached()
        return true
      }
    }
    return false
  }

  private mutating func evict(_ rollups: inout Rollups, moment: Int64) throws -> Bool {
    guard try Self.usedBytes(db) > retention.storeBytes else { return false }
    let reader = WindowReader(db)
    if let first = try reader.firstStart(length: .minute, from: rollups.levels.minute.keptFrom),
      first + 3600 <= moment - Retention.leastMinutes,
      try rollups.keep(\.minute, from: first + 3600, db)
    {
      try count("minutes")
      return true
    }
    if let first = try reader.firstStart(length: .hour, from: rollups.levels.hour.keptFrom),
      first + 86400 <= moment - Retention.leastHours,
      try rollups.keep(\.hour, from: first + 86400, db)
    {
      try count("hours")
      return true
    }
    return try dropLetters()
  }

  private mutating func dropLetters() throws -> Bool {
    let oldest = try Row.fetchAll(
      db, sql: "SELECT id, length(topic) + length(payload) FROM dead_letter ORDER BY id LIMIT ?",
      arguments: [Self.deadLettersAtOnce])
    guard let last = oldest.last else { return false }
    try db.execute(sql: "DELETE FROM dead_letter WHERE id <= ?", arguments: [last[0] as Int64])
    try db.execute(
      sql: "UPDATE store SET dead_letters_dropped = dead_letters_dropped + ?", arguments: [oldest.count])
    lettersDropped.count += oldest.count
    lettersDropped.bytes += oldest.reduce(0) { $0 + ($1[1] as Int) }
    return true
  }

  private func count(_ word: String) throws {
    try db.execute(
      sql: "INSERT INTO eviction (what, times) VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1",
      arguments: [word])
  }

  /// Bytes in use in the file; what is free in it is used again before it grows.
  static func usedBytes(_ db: Database) throws -> Int64 {
    let pages = try Int64.fetchOne(db.cachedStatement(sql: "PRAGMA page_count")) ?? 0
    let free = try Int64.fetchOne(db.cachedStatement(sql: "PRAGMA freelist_count")) ?? 0
    let size = try Int64.fetchOne(db.cachedStatement(sql: "PRAGMA page_size")) ?? 4096
    return (pages - free) * size
  }
}

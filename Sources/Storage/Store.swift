import DurableSQLite
import Foundation
import GRDB
import Telemetry

/// The writer of `store.db`: aggregates, latest values, registry, dead letters and the ledger.
///
/// SQLite in WAL mode with `synchronous=FULL`; this is the one connection that writes and checkpoints the file.
///
/// Invariants
/// - Everything in the file includes exactly the journal's messages up to `applied_sequence` of the journal
///   `journal_id`, because both are written in the transaction that writes their effects.
/// - One owner: the pipeline thread.
public final class Store {
  /// What the store holds at most, and how it is kept in order.
  public struct Limits: Sendable {
    /// The oldest dead letters go where there are more, in count or in bytes.
    public var deadLetters = 10_000
    public var deadLetterBytes = 64 << 20
    /// The oldest transitions of alerts go where there are more, and with them alerts that are over.
    public var alertTransitions = 200_000
    /// How long windows are kept.
    public var retention = Retention()
    /// When the WAL is moved into the file.
    public var checkpoints = CheckpointSchedule()

    public init() {}
  }

  /// Of `store.db`.
  public let path: String
  private let queue: DatabaseQueue
  private let limits: Limits
  private var deadLetterCount = 0
  private var deadLetterBytes = 0
  private var checkpoints: CheckpointSchedule
  private var rollups: Rollups
  /// The clock that upkeep is timed by.
  private let instant: @Sendable () -> ContinuousClock.Instant

  /// A row of `aggregate` or `latest` and what a transaction writes at least, about.
  private static let rowBytes = 200
  private static let pageBytes = 32 << 10
  private static let upkeepBytes = 128 << 10

  /// Opens or makes the store.
  ///
  /// - Parameters:
  ///   - zone: the calendar of hours and days.
  ///   - instant: the clock that upkeep is timed by.
  /// - Throws: `DatabaseFailure`; also where SQLite does not sync every commit, and where the store has days of another
  ///   zone.
  public init(
    directory: String, zone: TimeZone, limits: Limits = Limits(),
    instant: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) throws(DatabaseFailure) {
    path = "\(directory)/store.db"
    self.limits = limits
    self.instant = instant
    checkpoints = limits.checkpoints
    queue = try DurableFile.open(path, label: "store", cacheKiB: 16384, migrator: StoreSchema.migrator)
    do {
      (deadLetterCount, deadLetterBytes, rollups) = try queue.inDatabase { [path] db in
        try Store.setZone(zone, db, path: path)
        return (
          try Int.fetchOne(db, sql: "SELECT count(*) FROM dead_letter") ?? 0,
          try Int.fetchOne(db, sql: "SELECT sum(length(topic) + length(payload)) FROM dead_letter") ?? 0,
          try Rollups(days: ZoneDays(zone), db)
        )
      }
    } catch {
      throw DatabaseFailure(error, file: path, doing: "opening")
    }
  }

  /// Keeps the zone beside the windows that were made by it, for those who read the file without a configuration.
  private static func setZone(_ zone: TimeZone, _ db: Database, path: String) throws {
    let stored = try String.fetchOne(db, sql: "SELECT timezone FROM store") ?? ""
    guard stored != zone.identifier else { return }
    let hasLongWindows = try Levels(db).hour.madeThrough != Levels.none
    guard !hasLongWindows else {
      throw DatabaseFailure.contradicted(
        """
        \(path): its hours and days are those of \(stored), the configuration says timezone: \(zone.identifier); \
        set timezone: \(stored), or begin with an empty data directory
        """)
    }
    try db.execute(sql: "UPDATE store SET timezone = ?", arguments: [zone.identifier])
  }

  /// Reads with the writer's connection, for the pipeline thread.
  public func read<Value>(_ body: (StoreSnapshot) throws -> Value) throws(DatabaseFailure) -> Value {
    do {
      return try queue.inDatabase { db in try body(StoreSnapshot(db)) }
    } catch {
      throw DatabaseFailure(error, file: path, doing: "reading")
    }
  }

  /// One window; nil where it is not stored.
  public func window(_ key: WindowKey, length: WindowLength) throws(DatabaseFailure) -> WindowState? {
    try read { snapshot in try snapshot.window(key, length: length) }
  }

  /// What is kept of one window's samples, in any order.
  public func samples(of key: WindowKey) throws(DatabaseFailure) -> [TimedValue] {
    try read { snapshot in try snapshot.samples(of: key) }
  }

  /// How much the file holds, and what had to go for want of bytes.
  public struct Usage: Equatable, Sendable {
    /// In use: pages of the file that are not free.
    public var bytes: Int64 = 0
    /// Above which the oldest windows go before their time.
    public var limitBytes: Int64 = 0
    /// How often the oldest minutes, and the oldest hours, went before their time.
    public var evictions: [String: Int64] = [:]

    public init() {}

    /// The share of the limit that is taken.
    public var share: Double { limitBytes > 0 ? Double(bytes) / Double(limitBytes) : 0 }
  }

  /// - Throws: `DatabaseFailure`.
  public func usage() throws(DatabaseFailure) -> Usage {
    var usage = Usage()
    usage.limitBytes = limits.retention.storeBytes
    (usage.bytes, usage.evictions) = try read { (try $0.usedBytes(), try $0.evictions()) }
    return usage
  }

  /// Minutes that start before it, in seconds since 1970, are not kept; what comes for them goes into longer windows.
  public var minutesKeptFrom: Int64 { rollups.levels.minute.keptFrom }

  /// Writes all of it, or nothing.
  ///
  /// - Returns: the series of which it has a newer reading than the checkpoint.
  @discardableResult
  public func write(_ checkpoint: Checkpoint) throws(DatabaseFailure) -> [SeriesID] {
    var dropped = (count: 0, bytes: 0)
    var result = CheckpointWriter.Result()
    let added = checkpoint.deadLetters.reduce(0) { $0 + $1.topic.count + $1.payload.count }
    let former = rollups
    do {
      try queue.inDatabase { db in
        try db.inTransaction(.immediate) {
          result = try CheckpointWriter(db: db, transitionLimit: limits.alertTransitions).write(checkpoint)
          if !checkpoint.series.isEmpty {
            let numbers = try StoreSnapshot(db).metricNumbers()
            for series in checkpoint.series { rollups.learn(series, metric: numbers[series.metric] ?? 0) }
          }
          try rollups.write(checkpoint.changes.windows, db)
          dropped = try dropOldDeadLetters(
            db, count: deadLetterCount - result.lettersOpened.count + checkpoint.deadLetters.count,
            bytes: deadLetterBytes - result.lettersOpened.bytes + added)
          FaultPoint.checkpointWritten.reached()
          return .commit
        }
      }
      FaultPoint.checkpointCommitted.reached()
    } catch {
      rollups = former
      throw DatabaseFailure(error, file: path, doing: "writing the checkpoint of \(checkpoint.appliedSequence)")
    }
    deadLetterCount += checkpoint.deadLetters.count - result.lettersOpened.count - dropped.count
    deadLetterBytes += added - result.lettersOpened.bytes - dropped.bytes
    let rows = checkpoint.changes.windows.count + checkpoint.latest.count
    let sampleBytes = checkpoint.changes.samples.reduce(0) { $0 + $1.bytes.count }
    try checkpoints.committed(
      bytes: added + sampleBytes + Store.rowBytes * rows + Store.pageBytes, to: queue, path: path,
      mayWait: true)
    return result.outdone
  }

  /// Writes what has changed about alerts before the next checkpoint, for somebody is to be called.
  public func write(_ alerts: AlertChanges) throws(DatabaseFailure) {
    do {
      try queue.inDatabase { db in
        try db.inTransaction(.immediate) {
          try AlertTables(db).write(alerts, transitionLimit: limits.alertTransitions)
          FaultPoint.alertsWritten.reached()
          return .commit
        }
      }
      FaultPoint.alertsCommitted.reached()
    } catch {
      throw DatabaseFailure(error, file: path, doing: "writing alerts")
    }
    let rows =
      alerts.transitions.count + alerts.alerts.count + alerts.states.count + alerts.calls.count
      + alerts.callChanges.count
    try checkpoints.committed(bytes: Store.rowBytes * rows + Store.pageBytes, to: queue, path: path)
  }

  /// Does some of what is due between checkpoints: makes hours and days, lets go of what is too old or too much.
  ///
  /// - Parameters:
  ///   - now: by the clock.
  ///   - span: stops at the first step after it.
  /// - Returns: true where more is due.
  /// - Throws: `DatabaseFailure`; after `.full` nothing has changed.
  public func upkeep(now: Timestamp, atMost span: Duration) throws(DatabaseFailure) -> Bool {
    let former = rollups
    let end = instant() + span
    var steps = 0
    var letters = (count: 0, bytes: 0)
    var isMoreDue = true
    do {
      try queue.inDatabase { db in
        try db.inTransaction(.immediate) {
          while isMoreDue, instant() < end {
            isMoreDue = try upkeepStep(now: now, &letters, db)
            if isMoreDue { steps += 1 }
          }
          return steps > 0 ? .commit : .rollback
        }
      }
    } catch {
      rollups = former
      throw DatabaseFailure(error, file: path, doing: "keeping the store in order")
    }
    deadLetterCount -= letters.count
    deadLetterBytes -= letters.bytes
    try checkpoints.committed(bytes: Store.upkeepBytes * steps, to: queue, path: path)
    return isMoreDue
  }

  private func upkeepStep(now: Timestamp, _ letters: inout (count: Int, bytes: Int), _ db: Database) throws -> Bool {
    if try rollups.makeSome(closedBefore: now.seconds - WindowState.secondsUntilClosed, db) {
      FaultPoint.rolledUp.reached()
      return true
    }
    let heardAt = try Int64.fetchOne(db.cachedStatement(sql: "SELECT heard_at FROM store")) ?? 0
    var step = RetentionStep(limits.retention, db)
    let isMoreDue = try step.run(&rollups, now: now, heardAt: Timestamp(microseconds: heardAt))
    letters.count += step.lettersDropped.count
    letters.bytes += step.lettersDropped.bytes
    return isMoreDue
  }

  private func dropOldDeadLetters(_ db: Database, count: Int, bytes: Int) throws -> (count: Int, bytes: Int) {
    guard count > limits.deadLetters || bytes > limits.deadLetterBytes else { return (0, 0) }
    var dropped = (count: 0, bytes: 0)
    var last: Int64?
    let oldest = try Row.fetchCursor(db, sql: "SELECT id, length(topic) + length(payload) FROM dead_letter ORDER BY id")
    while count - dropped.count > limits.deadLetters || bytes - dropped.bytes > limits.deadLetterBytes,
      let row = try oldest.next()
    {
      last = row[0]
      dropped.count += 1
      dropped.bytes += row[1]
    }
    try db.execute(sql: "DELETE FROM dead_letter WHERE id <= ?", arguments: [last])
    try db.execute(
      sql: "UPDATE store SET dead_letters_dropped = dead_letters_dropped + ?", arguments: [dropped.count])
    return dropped
  }

  /// Moves everything from the WAL into the file, for a clean stop.
  public func close() throws(DatabaseFailure) {
    try checkpoints.close(queue, path: path)
  }
}

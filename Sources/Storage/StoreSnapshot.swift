import DurableSQLite
import Foundation
import GRDB
import Telemetry

/// The store at one moment. All reads of one snapshot agree with each other.
public struct StoreSnapshot {
  let db: Database

  init(_ db: Database) {
    self.db = db
  }

  // MARK: Where it stands

  /// How far the store has come, and with what.
  public struct Position: Equatable, Sendable {
    public var storeID: Data
    /// The calendar of the gateway that writes here.
    public var timeZone: String
    /// The journal whose messages are in the store; nil before the first checkpoint.
    public var journalID: Data?
    public var appliedSequence: UInt64
    /// When the last checkpoint was written, by the machine's clock then.
    public var checkpointedAt: Timestamp
    public var receivedAtQoS0: Int64
    public var deadLettersDropped: Int64
  }

  /// Where the store stands.
  ///
  /// - Throws: `DatabaseError`, as everything here does; `DatabaseFailure.unusable` for words of another version.
  public func position() throws -> Position {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT id, timezone, journal_id, applied_sequence, checkpointed_at, received_qos0, dead_letters_dropped
        FROM store
        """)!
    return Position(
      storeID: row[0], timeZone: row[1], journalID: row[2], appliedSequence: UInt64(row[3] as Int64),
      checkpointedAt: Timestamp(microseconds: row[4]), receivedAtQoS0: row[5], deadLettersDropped: row[6])
  }

  // MARK: Registry

  /// All devices, by number.
  public func devices() throws -> [DeviceRecord] {
    try Row.fetchAll(db, sql: "SELECT id, name, profile, first_seen_at FROM device ORDER BY id").map { row in
      DeviceRecord(id: row[0], name: row[1], profile: row[2], firstSeenAt: Timestamp(microseconds: row[3]))
    }
  }

  /// By device and tag, oldest first.
  public func tags() throws -> [TagRecord] {
    try Row.fetchAll(
      db, sql: "SELECT device_id, name, value, valid_from FROM device_tag ORDER BY device_id, name, valid_from"
    ).map { row in
      TagRecord(deviceID: row[0], name: row[1], value: row[2], validFrom: Timestamp(microseconds: row[3]))
    }
  }

  /// Series, by number.
  ///
  /// - Parameter metrics: nil for all.
  public func series(metrics: [String]? = nil) throws -> [SeriesRecord] {
    let filter = metrics.map { "WHERE metric IN (\(databaseQuestionMarks(count: $0.count)))" } ?? ""
    return try Row.fetchAll(
      db, sql: "SELECT id, device_id, metric, kind, unit, interval_us FROM series \(filter) ORDER BY id",
      arguments: StatementArguments(metrics ?? [])
    ).map { row in
      guard let kind = MetricKind(rawValue: row[3]) else {
        throw DatabaseFailure.unusable("series \(row[0] as Int64): no metric kind '\(row[3] as String)'")
      }
      return SeriesRecord(
        id: SeriesID(rawValue: UInt32(row[0] as Int64)), deviceID: row[1], metric: row[2], kind: kind, unit: row[4],
        interval: (row[5] as Int64?).map { .microseconds($0) })
    }
  }

  /// The names of states, by the numbers that stand for them in windows.
  public func stateNames() throws -> [Int64: String] {
    try Row.fetchAll(db, sql: "SELECT id, name FROM state_name").reduce(into: [:]) { $0[$1[0]] = $1[1] }
  }

  // MARK: Windows

  private static let windowColumns =
    "revision, count, bad_count, sum, min, max, first, first_at, last, last_at, expected"

  /// One window; nil where it is not stored.
  public func window(_ key: WindowKey, length: WindowLength) throws -> WindowState? {
    let statement = try db.cachedStatement(
      sql: """
        SELECT \(StoreSnapshot.windowColumns) FROM aggregate WHERE length_s = ? AND start_s = ? AND series_id = ?
        """)
    return try Row.fetchOne(statement, arguments: [length.seconds, key.start, Int64(key.series.rawValue)])
      .map(StoreSnapshot.windowState)
  }

  /// Every stored window in `[from, to)` in the order of its key.
  public func forEachWindow(
    length: WindowLength, from: Int64, to: Int64, _ body: (WindowKey, WindowState) throws -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT \(StoreSnapshot.windowColumns), start_s, series_id FROM aggregate
        WHERE length_s = ? AND start_s >= ? AND start_s < ? ORDER BY length_s, start_s, series_id
        """, arguments: [length.seconds, from, to])
    while let row = try rows.next() {
      let key = WindowKey(start: row[11], series: SeriesID(rawValue: UInt32(row[12] as Int64)))
      try body(key, StoreSnapshot.windowState(row))
    }
  }

  private static func windowState(_ row: Row) -> WindowState {
    var aggregate = Aggregate()
    aggregate.count = row[1]
    aggregate.badCount = row[2]
    aggregate.sum = row[3]
    aggregate.min = row[4]
    aggregate.max = row[5]
    aggregate.first = row[6]
    aggregate.firstAt = Timestamp(microseconds: row[7])
    aggregate.last = row[8]
    aggregate.lastAt = Timestamp(microseconds: row[9])
    return WindowState(aggregate: aggregate, revision: row[0], expected: row[10])
  }

  /// The smallest and the greatest window start of a length; nil where there is none.
  public func windowStarts(length: WindowLength) throws -> ClosedRange<Int64>? {
    guard
      let last = try Int64.fetchOne(
        db, sql: "SELECT max(start_s) FROM aggregate WHERE length_s = ?", arguments: [length.seconds]),
      let first = try Int64.fetchOne(
        db, sql: "SELECT min(start_s) FROM aggregate WHERE length_s = ?", arguments: [length.seconds])
    else { return nil }
    return first...last
  }

  // MARK: Latest

  /// The newest reading of a series; nil without one.
  public func latest(of series: SeriesID) throws -> LatestReading? {
    let statement = try db.cachedStatement(
      sql: "SELECT at, received_at, quality, value FROM latest WHERE series_id = ?")
    return try Row.fetchOne(statement, arguments: [Int64(series.rawValue)]).map { row in
      guard let quality = Quality.allCases.first(where: { $0.reason == row[2] as String }) else {
        throw DatabaseFailure.unusable("latest of series \(series.rawValue): no quality '\(row[2] as String)'")
      }
      return LatestReading(
        time: Timestamp(microseconds: row[0]), receivedAt: Timestamp(microseconds: row[1]), quality: quality,
        value: row[3])
    }
  }

  /// When each device was last heard, by device number; a device whose readings are all older than others of their
  /// series is as old as those.
  public func lastReceipts() throws -> [Int64: Timestamp] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT device_id, max(received_at) FROM series JOIN latest ON latest.series_id = series.id GROUP BY device_id
        """
    ).reduce(into: [:]) { $0[$1[0]] = Timestamp(microseconds: $1[1]) }
  }

  // MARK: Dead letters

  private static let deadLetterColumns = "id, received_at, topic, payload, qos, retained, profile, reason, detail"

  /// Dead letters from the newest on.
  ///
  /// - Parameters:
  ///   - reasons: nil for all.
  ///   - profiles: nil for all, and for those without one.
  ///   - before: only letters with smaller ids; nil for all.
  public func deadLetters(
    reasons: [String]? = nil, profiles: [String]? = nil, before: UInt64? = nil, limit: Int
  ) throws -> [DeadLetter] {
    var conditions = ["id < ?"]
    var arguments: StatementArguments = [Int64(clamping: before ?? .max)]
    for (column, words) in [("reason", reasons), ("profile", profiles)] {
      guard let words else { continue }
      conditions.append("\(column) IN (\(databaseQuestionMarks(count: words.count)))")
      arguments += StatementArguments(words)
    }
    arguments += [limit]
    return try Row.fetchAll(
      db,
      sql: """
        SELECT \(StoreSnapshot.deadLetterColumns) FROM dead_letter
        WHERE \(conditions.joined(separator: " AND ")) ORDER BY id DESC LIMIT ?
        """, arguments: arguments
    ).map(StoreSnapshot.deadLetter)
  }

  /// One dead letter; nil where there is none of that id.
  public func deadLetter(_ id: UInt64) throws -> DeadLetter? {
    try Row.fetchOne(
      db, sql: "SELECT \(StoreSnapshot.deadLetterColumns) FROM dead_letter WHERE id = ?",
      arguments: [Int64(clamping: id)]
    ).map(StoreSnapshot.deadLetter)
  }

  private static func deadLetter(_ row: Row) throws -> DeadLetter {
    guard let reason = DeadLetterReason(rawValue: row[7]) else {
      throw DatabaseFailure.unusable("dead letter \(row[0] as Int64): no reason '\(row[7] as String)'")
    }
    return DeadLetter(
      id: UInt64(row[0] as Int64), receivedAt: Timestamp(microseconds: row[1]), topic: row[2], payload: row[3],
      qos: row[4], isRetained: row[5], profile: row[6], reason: reason, detail: row[8])
  }

  // MARK: Ledger

  /// Message accounts by route.
  public func messageAccounts() throws -> [String: Account] {
    var accounts: [String: Account] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT route, entered FROM message_route") {
      accounts[row[0], default: Account()].entered = row[1]
    }
    for row in try Row.fetchAll(db, sql: "SELECT route, outcome, reason, count FROM message_outcome") {
      accounts[row[0], default: Account()].outcomes[StoreSnapshot.entry(row)] = row[3]
    }
    return accounts
  }

  /// Reading accounts by device number.
  public func readingAccounts() throws -> [Int64: Account] {
    var accounts: [Int64: Account] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT device_id, made FROM reading_made") {
      accounts[row[0], default: Account()].entered = row[1]
    }
    for row in try Row.fetchAll(db, sql: "SELECT device_id, outcome, reason, count FROM reading_outcome") {
      accounts[row[0], default: Account()].outcomes[StoreSnapshot.entry(row)] = row[3]
    }
    return accounts
  }

  private static func entry(_ row: Row) -> Account.Entry {
    let reason: String = row[2]
    return Account.Entry(word: row[1], reason: reason.isEmpty ? nil : reason)
  }

  /// The whole ledger.
  ///
  /// - Parameter journalHead: the last sequence in the journal, read after this snapshot was begun or later.
  public func ledger(journalHead: () throws -> UInt64) throws -> Ledger {
    let position = try position()
    let names = try devices().reduce(into: [Int64: String]()) { $0[$1.id] = $1.name }
    let readings = try readingAccounts().reduce(into: [String: Account]()) { accounts, entry in
      accounts[names[entry.key] ?? "device \(entry.key)"] = entry.value
    }
    let messages = try messageAccounts()
    let head = max(try journalHead(), position.appliedSequence)
    return Ledger(
      messages: messages, readings: readings, received: Int64(head),
      pending: Int64(head - position.appliedSequence), receivedAtQoS0: position.receivedAtQoS0,
      deadLettersDropped: position.deadLettersDropped)
  }
}

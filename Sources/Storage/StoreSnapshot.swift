import DurableSQLite
import Foundation
import GRDB
import Telemetry

/// The store at one moment. All reads of one snapshot agree with each other.
public struct StoreSnapshot {
  let db: Database
  /// Shared by the snapshots of one reader; nil where nothing is kept.
  let memo: DirectoryMemo?

  init(_ db: Database, memo: DirectoryMemo? = nil) {
    self.db = db
    self.memo = memo
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
    /// The latest time of receipt so far.
    public var heardAt: Timestamp
  }

  /// Where the store stands.
  ///
  /// - Throws: `DatabaseError`, as everything here does; `DatabaseFailure.unusable` for words of another version.
  public func position() throws -> Position {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT id, timezone, journal_id, applied_sequence, checkpointed_at, received_qos0, dead_letters_dropped,
          heard_at
        FROM store
        """)!
    return Position(
      storeID: row[0], timeZone: row[1], journalID: row[2], appliedSequence: UInt64(row[3] as Int64),
      checkpointedAt: Timestamp(microseconds: row[4]), receivedAtQoS0: row[5], deadLettersDropped: row[6],
      heardAt: Timestamp(microseconds: row[7]))
  }

  // MARK: Registry

  /// All devices, by number.
  public func devices() throws -> [DeviceRecord] { try DeviceTables(db).devices() }

  /// The device of an id; nil where there is none.
  public func device(named name: String) throws -> DeviceRecord? { try DeviceTables(db).devices(named: name).first }

  /// By device and tag, oldest first.
  public func tags() throws -> [TagRecord] { try DeviceTables(db).tags() }

  /// Those of one device.
  public func tags(of device: Int64) throws -> [TagRecord] { try DeviceTables(db).tags(of: device) }

  /// Of the profiles that the registry names, by profile and metric.
  public func profileMetrics() throws -> [ProfileMetric] { try DeviceTables(db).profileMetrics() }

  /// Series, by number.
  ///
  /// - Parameter metrics: nil for all.
  public func series(metrics: [String]? = nil) throws -> [SeriesRecord] {
    let filter = metrics.map { "WHERE metric IN (\(databaseQuestionMarks(count: $0.count)))" } ?? ""
    let row = try HotStatement(
      db,
      """
      SELECT id, device_id, metric, kind, unit, interval_us, modulus, drops_repeats FROM series \(filter) ORDER BY id
      """)
    defer { row.reset() }
    for (place, name) in (metrics ?? []).enumerated() { row.bind(name, at: Int32(place + 1)) }
    var series: [SeriesRecord] = []
    var (metric, unit, word) = ("", "", "")
    var known: MetricKind?
    while try row.next() {
      let former = word
      let isOther = row.text(3, repeating: &word) != former
      let kind = try isOther ? MetricKind(stored: word) : known ?? MetricKind(stored: word)
      known = kind
      series.append(
        SeriesRecord(
          id: SeriesID(rawValue: UInt32(truncatingIfNeeded: row.integer(0))), deviceID: row.integer(1),
          metric: row.text(2, repeating: &metric), kind: kind, unit: row.text(4, repeating: &unit),
          interval: row.optionalInteger(5).map { .microseconds($0) }, modulus: row.real(6),
          dropsRepeats: row.integer(7) != 0))
    }
    return series
  }

  /// The numbers of metrics, by name.
  public func metricNumbers() throws -> [String: Int64] {
    try Row.fetchAll(db, sql: "SELECT name, id FROM metric").reduce(into: [:]) { $0[$1[0]] = $1[1] }
  }

  /// The names of states, by the numbers that stand for them in windows.
  public func stateNames() throws -> [Int64: String] {
    try Row.fetchAll(db, sql: "SELECT id, name FROM state_name").reduce(into: [:]) { $0[$1[0]] = $1[1] }
  }

  /// Counts the changes of devices, tags, series and states: while it is the same, so are they.
  public func directoryRevision() throws -> Int64 {
    try Int64.fetchOne(db.cachedStatement(sql: "SELECT directory_revision FROM store")) ?? 0
  }

  // MARK: Windows

  /// One window; nil where it is not stored.
  public func window(_ key: WindowKey, length: WindowLength) throws -> WindowState? {
    try WindowReader(db).window(key, length: length)
  }

  /// What is kept of a window's samples, as they came.
  public func samples(of key: WindowKey) throws -> [TimedValue] {
    try SampleTable(db).samples(of: key)
  }

  /// Every stored window of a length that starts in a span, in the order of the key.
  ///
  /// - Parameters:
  ///   - starts: seconds since 1970.
  ///   - sketch: false where nobody asks for quantiles.
  ///   - isWanted: by series; the others are passed over.
  public func forEachWindow(
    length: WindowLength, starts: Range<Int64>, sketch: Bool = true, isWanted: (SeriesID) -> Bool = { _ in true },
    _ body: (WindowKey, WindowState) throws -> Void
  ) throws {
    try WindowReader(db).forEach(length: length, starts: starts, sketch: sketch, isWanted: isWanted, body)
  }

  /// The greatest number of a series; 0 without any.
  public func lastSeries() throws -> SeriesID {
    SeriesID(
      rawValue: try UInt32(
        truncatingIfNeeded: Int64.fetchOne(db.cachedStatement(sql: "SELECT max(id) FROM series")) ?? 0))
  }

  /// Every stored window of one start and one metric, by series.
  ///
  /// - Parameters:
  ///   - metric: its number.
  ///   - sketch: false where nobody asks for quantiles.
  public func forEachWindow(
    length: WindowLength, start: Int64, metric: Int64, sketch: Bool, _ body: (SeriesID, WindowState) throws -> Void
  ) throws {
    try WindowReader(db).forEach(
      length: length, start: start, metric: metric, series: 0..<Int64(UInt32.max), sketch: sketch, body)
  }

  /// How often the windows of a length and start were written to. While it is the same, so are they, unless they are let
  /// go.
  public func timesChanged(length: WindowLength, start: Int64) throws -> Int64 {
    let row = try HotStatement(db, "SELECT times FROM window_change WHERE length_s = ? AND start_s = ?")
    row.bind(length.seconds, at: 1)
    row.bind(start, at: 2)
    defer { row.reset() }
    return try row.next() ? row.integer(0) : 0
  }

  /// How far the store has come with each length of windows.
  public func levels() throws -> Levels { try Levels(db) }

  /// The smallest and the greatest window start of a length; nil where there is none.
  public func windowStarts(length: WindowLength) throws -> ClosedRange<Int64>? {
    let reader = WindowReader(db)
    guard let first = try reader.firstStart(length: length, from: .min), let last = try reader.lastStart(length: length)
    else { return nil }
    return first...last
  }

  /// The start of the first window of any length; nil where there is none.
  public func firstWindowStart() throws -> Int64? {
    try [.minute, .hour, .day].compactMap { try windowStarts(length: $0)?.lowerBound }.min()
  }

  /// The versions of profiles that decoded what is in the store, by number.
  public func profileVersions() throws -> [ProfileVersion] {
    try Row.fetchAll(db, sql: "SELECT id, profile, hash, used_from_at FROM profile_version ORDER BY id").map { row in
      ProfileVersion(
        id: UInt32(truncatingIfNeeded: row[0] as Int64), profile: row[1], hash: UInt64(bitPattern: row[2] as Int64),
        usedFrom: Timestamp(microseconds: row[3]))
    }
  }

  /// What devices called their messages, in the order of receipt.
  public func messageIdentities() throws -> [MessageIdentity] {
    try Row.fetchAll(db, sql: "SELECT device_id, hash, received_at FROM message_identity ORDER BY id").map { row in
      MessageIdentity(
        deviceID: row[0], hash: UInt64(bitPattern: row[1] as Int64), receivedAt: Timestamp(microseconds: row[2]))
    }
  }

  /// Sparkplug nodes of which a birth is known.
  public func sparkplugNodes() throws -> [SparkplugNodeRecord] {
    try Row.fetchAll(
      db, sql: "SELECT name, births, sequence FROM sparkplug_node JOIN sparkplug_sequence USING (name) ORDER BY name"
    ).map { SparkplugNodeRecord(name: $0[0], births: $0[1], sequence: $0[2]) }
  }

  /// How often windows had to go for want of bytes, by what they were.
  public func evictions() throws -> [String: Int64] {
    try Row.fetchAll(db, sql: "SELECT what, times FROM eviction").reduce(into: [:]) { $0[$1[0]] = $1[1] }
  }

  /// Bytes of the samples that windows keep.
  public func sampleBytes() throws -> Int64 {
    try Int64.fetchOne(db, sql: "SELECT sum(length(block)) FROM sample") ?? 0
  }

  /// Bytes in use in the file; what is free in it is used again before it grows.
  public func usedBytes() throws -> Int64 { try RetentionStep.usedBytes(db) }

  // MARK: Latest

  /// The newest reading of a series; nil without one.
  public func latest(of series: SeriesID) throws -> LatestReading? {
    try latestLookup().reading(of: series)
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

  private static let deadLetterColumns =
    "id, received_at, topic, payload, qos, retained, profile, reason, detail, route"

  public enum LetterOrder: String, Sendable {
    case oldestFirst = "ASC"
    case newestFirst = "DESC"
  }

  /// Dead letters, with their payloads.
  ///
  /// - Parameters:
  ///   - reasons: nil for all.
  ///   - profiles: nil for all, and for those without one.
  ///   - span: of ids.
  public func deadLetters(
    reasons: [String]? = nil, profiles: [String]? = nil, span: Range<UInt64> = 0..<UInt64.max,
    order: LetterOrder = .newestFirst, limit: Int
  ) throws -> [DeadLetter] {
    var conditions = ["id >= ?", "id < ?"]
    var arguments: StatementArguments = [Int64(clamping: span.lowerBound), Int64(clamping: span.upperBound)]
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
        WHERE \(conditions.joined(separator: " AND ")) ORDER BY id \(order.rawValue) LIMIT ?
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

  /// Where a dead letter is counted; nil where there is none of that id.
  public func letterAccount(_ id: UInt64) throws -> LetterAccount? {
    try Row.fetchOne(
      db.cachedStatement(sql: "SELECT route, reason FROM dead_letter WHERE id = ?"), arguments: [Int64(clamping: id)]
    ).map { LetterAccount(route: $0[0], reason: try StoreSnapshot.reason($0[1], of: id)) }
  }

  private static func reason(_ word: String, of id: UInt64) throws -> DeadLetterReason {
    guard let reason = DeadLetterReason(rawValue: word) else {
      throw DatabaseFailure.unusable("dead letter \(id): no reason '\(word)'")
    }
    return reason
  }

  private static func deadLetter(_ row: Row) throws -> DeadLetter {
    let reason = try reason(row[7], of: UInt64(row[0] as Int64))
    return DeadLetter(
      id: UInt64(row[0] as Int64), receivedAt: Timestamp(microseconds: row[1]), topic: row[2], payload: row[3],
      qos: row[4], isRetained: row[5], profile: row[6], reason: reason, detail: row[8],
      route: row[9])
  }

  // MARK: Ledger

  /// Message accounts by route.
  public func messageAccounts() throws -> [String: Account] {
    var accounts: [String: Account] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT route, entered FROM message_route") {
      accounts[row[0], default: Account()].entered = row[1]
    }
    for row in try Row.fetchAll(db, sql: "SELECT route, outcome, reason, count FROM message_outcome WHERE count != 0") {
      accounts[row[0], default: Account()].outcomes[StoreSnapshot.entry(row)] = row[3]
    }
    return accounts
  }

  /// Reading accounts by device number.
  public func readingAccounts() throws -> [Int64: Account] {
    var accounts: [Int64: Account] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT device_id, made, aggregated FROM reading_made") {
      var account = Account(entered: row[1])
      if row[2] as Int64 > 0 { account.outcomes[.aggregated] = row[2] }
      accounts[row[0]] = account
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

extension MetricKind {
  /// As it stands in the store.
  init(stored word: String) throws {
    guard let kind = MetricKind(rawValue: word) else {
      throw DatabaseFailure.unusable("there is no metric kind '\(word)'")
    }
    self = kind
  }
}

import DurableSQLite
import Foundation
import GRDB
import Telemetry

/// Makes a store of what is whole in a damaged one.
///
/// - The shortest windows that are kept are what counts: longer ones that are missing, or do not fit their parts any
///   more, are made anew.
/// - What is gone is in the ledger, under lost{damage}: readings by device, messages together.
public struct StoreSalvage {
  /// What came of it.
  public struct Report: Sendable {
    public var appliedSequence: UInt64 = 0
    public var readingsLost: Int64 = 0
    public var messagesLost: Int64 = 0
    /// Sentences.
    public var notes: [String] = []
  }

  /// The tables in the order in which they refer to each other.
  private static let tables: [(name: String, key: [String], numbers: Int)] = [
    ("device", ["id"], 1), ("listing", ["device_id"], 1), ("profile_metric", ["profile", "metric"], 0),
    ("metric", ["id"], 1), ("state_name", ["id"], 1),
    ("device_tag", ["device_id", "name", "valid_from"], 1), ("series", ["id"], 1), ("profile_version", ["id"], 1),
    ("level", ["length_s"], 1), ("aggregate", ["length_s", "start_s", "metric_id", "series_id"], 4),
    ("sample", ["id"], 1), ("sample_start", ["start_s"], 1), ("message_identity", ["id"], 1), ("eviction", ["what"], 0),
    ("sparkplug_node", ["name"], 0), ("sparkplug_sequence", ["name"], 0), ("latest", ["series_id"], 1),
    ("dead_letter", ["id"], 1), ("message_route", ["route"], 0),
    ("message_outcome", ["route", "outcome", "reason"], 0), ("reading_made", ["device_id"], 1),
    ("reading_outcome", ["device_id", "outcome", "reason"], 1), ("audit", ["id"], 1),
    ("alert", ["id"], 1), ("alert_transition", ["number"], 1),
    ("alert_machine", ["rule", "severity", "target", "subject", "part"], 0), ("alert_rate", ["series_id", "level"], 2),
    ("silence", ["id"], 1), ("hook_call", ["number"], 1), ("hook_call_alert", ["alert_id", "call_id"], 2),
  ]

  private let path: String
  private let destination: String
  private let zone: TimeZone

  /// - Parameters:
  ///   - path: of the damaged store, which nobody has open.
  ///   - destination: a file that is not there yet.
  ///   - zone: the calendar of its days.
  public init(_ path: String, to destination: String, zone: TimeZone) {
    self.path = path
    self.destination = destination
    self.zone = zone
  }

  /// - Parameter journalHead: everything up to it is taken for applied where the store has lost its place.
  /// - Throws: `DatabaseFailure`; where not even the list of tables can be read.
  public func run(journalHead: UInt64) throws(DatabaseFailure) -> Report {
    var report = Report()
    try DamagedFile.save(path, to: destination, migrator: StoreSchema.migrator) { source, db throws in
      try copy(from: source, to: db, journalHead: journalHead, &report)
      try dropOrphans(db)
      try mendLongWindows(db)
      try account(db, &report)
    }
    return report
  }

  // MARK: Copying

  private func copy(from source: Database, to db: Database, journalHead: UInt64, _ report: inout Report) throws {
    for table in Self.tables {
      try db.execute(sql: "DELETE FROM \(table.name)")
      let isComplete = try TableSalvage.copy(
        table.name, key: table.key, numbers: table.numbers, from: source, to: db
      ) { row in
        table.name != "aggregate" || (row["detail"] as Data?).map(WindowDetail.isReadable) ?? false
      }
      if !isComplete {
        report.notes.append("\(path): some rows of '\(table.name)' cannot be read")
      }
    }
    try restoreNames(from: source, to: db, &report)
    try inferLevels(db)
    try copyPlace(from: source, to: db, journalHead: journalHead, &report)
  }

  /// Names stand in the index of their table once more. A device whose name is nowhere keeps its windows and its account
  /// under one that says so.
  private func restoreNames(from source: Database, to db: Database, _ report: inout Report) throws {
    for (table, columns) in [("device", "id, name, '' AS profile, 0 AS first_seen_at"), ("metric", "id, name")] {
      let rows = try? Row.fetchAll(
        source, sql: "SELECT \(columns) FROM \(table) INDEXED BY sqlite_autoindex_\(table)_1")
      for row in rows ?? [] {
        let places = Array(repeating: "?", count: row.count).joined(separator: ", ")
        try db.execute(
          sql: "INSERT OR IGNORE INTO \(table) VALUES (\(places))", arguments: StatementArguments(row.databaseValues))
      }
    }
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO device SELECT DISTINCT device_id, 'lost-name-' || device_id, '', 0
          FROM (SELECT device_id FROM reading_made UNION SELECT device_id FROM series)
          WHERE device_id NOT IN (SELECT id FROM device)
        """)
    if db.changesCount > 0 {
      report.notes.append("\(path): \(db.changesCount) devices have lost their names and are lost-name-NUMBER now")
    }
  }

  /// Where the levels are lost they follow from the windows: whole is what stands behind the first and before the last.
  private func inferLevels(_ db: Database) throws {
    guard try Int.fetchOne(db, sql: "SELECT count(*) FROM level") != Level.lengths.count else { return }
    try db.execute(sql: "DELETE FROM level")
    var days = ZoneDays(zone)
    func edge(_ length: WindowLength, _ function: String) throws -> Int64? {
      try Int64.fetchOne(
        db, sql: "SELECT \(function)(start_s) FROM aggregate WHERE length_s = ?", arguments: [length.seconds])
    }
    var madeThrough = [WindowLength.minute: Levels.none]
    for length in [WindowLength.hour, .day] {
      madeThrough[length] = try edge(length, "max") ?? Levels.none
      try db.execute(
        sql: "DELETE FROM aggregate WHERE length_s = ? AND start_s >= ?",
        arguments: [length.seconds, madeThrough[length]])
    }
    for (length, longer) in [(WindowLength.minute, WindowLength.hour), (.hour, .day)] {
      var keptFrom = Levels.none
      // What is longer may stand for parts that were let go.
      if let first = try edge(length, "min"), let made = madeThrough[longer], made != Levels.none {
        keptFrom = min(days.window(of: first + longer.seconds - 1, seconds: longer.seconds).lowerBound, made)
      }
      try db.execute(
        sql: "INSERT INTO level VALUES (?, ?, 0, 0, ?)", arguments: [length.seconds, madeThrough[length], keptFrom])
    }
    try db.execute(
      sql: "INSERT INTO level VALUES (?, ?, 0, 0, ?)",
      arguments: [WindowLength.day.seconds, madeThrough[.day], Levels.none])
  }

  private func copyPlace(
    from source: Database, to db: Database, journalHead: UInt64, _ report: inout Report
  ) throws {
    if let row = try TableSalvage.copyRow("store", from: source, to: db) {
      report.appliedSequence = UInt64(max(0, row["applied_sequence"] as Int64? ?? 0))
    } else {
      try db.execute(
        sql: "UPDATE store SET timezone = ?, applied_sequence = ?", arguments: [zone.identifier, Int64(journalHead)])
      report.appliedSequence = journalHead
      report.notes.append(
        "\(path): its place in the journal is lost: all messages up to \(journalHead) are taken for counted")
    }
  }

  /// Windows and samples of series that nobody knows any more would be taken for those of later ones.
  private func dropOrphans(_ db: Database) throws {
    try db.execute(
      sql: """
        DELETE FROM series WHERE device_id NOT IN (SELECT id FROM device)
          OR metric_id IS NULL OR metric_id NOT IN (SELECT id FROM metric);
        DELETE FROM device_tag WHERE device_id NOT IN (SELECT id FROM device);
        DELETE FROM aggregate WHERE series_id NOT IN (SELECT id FROM series);
        DELETE FROM latest WHERE series_id NOT IN (SELECT id FROM series);
        DELETE FROM reading_made WHERE device_id NOT IN (SELECT id FROM device);
        DELETE FROM reading_outcome WHERE device_id NOT IN (SELECT device_id FROM reading_made);
        INSERT OR IGNORE INTO reading_made (device_id, made, aggregated) SELECT id, 0, 0 FROM device;
        """)
  }

  // MARK: Making it fit

  private func mendLongWindows(_ db: Database) throws {
    let snapshot = StoreSnapshot(db)
    let levels = try snapshot.levels()
    var rollups = try Rollups(days: ZoneDays(zone), db)
    for (level, part) in [(levels.hour, levels.minute), (levels.day, levels.hour)] {
      let from = max(level.keptFrom, part.keptFrom)
      guard from < level.madeThrough else { continue }
      var keys: Set<WindowKey> = []
      try snapshot.forEachWindow(length: level.length, starts: from..<level.madeThrough) { key, _ in keys.insert(key) }
      try snapshot.forEachWindow(length: part.length, starts: from..<level.madeThrough) { key, _ in
        keys.insert(WindowKey(start: rollups.start(of: key.start, level.length), series: key.series))
      }
      for key in keys.sorted() { try rollups.mend(key, level.length, db) }
    }
  }

  // MARK: The ledger

  private func account(_ db: Database, _ report: inout Report) throws {
    let counted = try countedReadings(db)
    let isComplete = try StoreSnapshot(db).levels().day.keptFrom == Levels.none
    if !isComplete { report.notes.append("\(path): days have been let go: readings that are lost cannot be counted") }
    for (device, account) in try StoreSnapshot(db).readingAccounts() {
      let aggregated = account.outcomes[.aggregated] ?? 0
      let lost = aggregated - (counted[device] ?? 0)
      if lost > 0, isComplete {
        report.readingsLost += lost
        try db.execute(
          sql: "UPDATE reading_made SET aggregated = aggregated - ? WHERE device_id = ?", arguments: [lost, device])
        try db.execute(
          sql: """
            INSERT INTO reading_outcome VALUES (?, 'lost', 'damage', ?)
              ON CONFLICT DO UPDATE SET count = count + excluded.count
            """, arguments: [device, lost])
      } else if lost < 0 {
        report.notes.append("\(path): the account of device \(device) was lost; it begins with what is in its windows")
        try db.execute(
          sql: "UPDATE reading_made SET aggregated = aggregated - ? WHERE device_id = ?", arguments: [lost, device])
      }
      // What was made is what became of it.
      try db.execute(
        sql: """
          UPDATE reading_made SET made = aggregated
            + coalesce((SELECT sum(count) FROM reading_outcome o WHERE o.device_id = reading_made.device_id), 0)
          WHERE device_id = ?
          """, arguments: [device])
    }
    let settled = try Int64.fetchOne(db, sql: "SELECT coalesce(sum(count), 0) FROM message_outcome") ?? 0
    report.messagesLost = max(0, Int64(report.appliedSequence) - settled)
    try db.execute(
      sql: """
        INSERT INTO message_outcome SELECT :route, 'lost', 'damage', :count WHERE :count > 0
          ON CONFLICT DO UPDATE SET count = count + excluded.count;
        DELETE FROM message_route;
        INSERT INTO message_route SELECT route, sum(count) FROM message_outcome GROUP BY route;
        """, arguments: ["route": Ledger.noRoute, "count": report.messagesLost])
  }

  /// Good readings by device, each in the longest window that stands for it.
  private func countedReadings(_ db: Database) throws -> [Int64: Int64] {
    let levels = try StoreSnapshot(db).levels()
    var counted: [Int64: Int64] = [:]
    let spans: [(WindowLength, from: Int64, to: Int64)] = [
      (.day, levels.day.keptFrom, levels.day.madeThrough),
      (.hour, max(levels.hour.keptFrom, levels.day.madeThrough), levels.hour.madeThrough),
      (.minute, max(levels.minute.keptFrom, levels.hour.madeThrough), .max),
    ]
    for (length, from, to) in spans {
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT device_id, sum(count) FROM aggregate JOIN series ON series.id = series_id
          WHERE length_s = ? AND start_s >= ? AND start_s < ? GROUP BY device_id
          """, arguments: [length.seconds, from, to])
      while let row = try rows.next() { counted[row[0], default: 0] += row[1] as Int64 }
    }
    return counted
  }
}

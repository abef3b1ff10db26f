import Alerting
import GRDB
import Telemetry

/// The table of silences; those that have ended stay, so that one can see who asked for quiet.
struct SilenceTable {
  /// The oldest ones go where there are more.
  private static let limit: Int64 = 10_000

  private let db: Database

  init(_ db: Database) {
    self.db = db
  }

  /// Which alerts, as JSON.
  private struct Matcher: Codable {
    var rules: [String]
    var severities: [String]
    var devices: [String]
    var tags: [String: String]

    init(_ matcher: AlertMatcher) {
      rules = matcher.rules.sorted()
      severities = matcher.severities.sorted().map(\.word)
      devices = matcher.devices.sorted()
      tags = matcher.tags
    }

    func matcher() throws -> AlertMatcher {
      AlertMatcher(
        rules: Set(rules),
        severities: Set(
          try severities.map { word in
            guard let severity = Severity(word: word) else { throw AlertTables.unusable("matcher", word) }
            return severity
          }), devices: Set(devices), tags: tags)
    }
  }

  static func migrate(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE silence (
          id INTEGER PRIMARY KEY,
          matcher TEXT NOT NULL,
          from_at INTEGER NOT NULL,
          until_at INTEGER NOT NULL,
          author TEXT NOT NULL,
          note TEXT NOT NULL,
          created_at INTEGER NOT NULL,
          ended_at INTEGER
        ) STRICT;
        """)
  }

  func write(_ records: [SilenceRecord]) throws {
    guard let last = records.map(\.silence.id).max() else { return }
    for record in records {
      let silence = record.silence
      try db.cachedStatement(sql: "INSERT OR REPLACE INTO silence VALUES (?, ?, ?, ?, ?, ?, ?, ?)").execute(
        arguments: [
          silence.id, try AlertColumns.json(Matcher(silence.matcher)), silence.from.microseconds,
          silence.until.microseconds, silence.author, silence.note, record.createdAt.microseconds,
          record.endedAt?.microseconds,
        ])
    }
    try db.execute(sql: "DELETE FROM silence WHERE id <= ?", arguments: [last - Self.limit])
  }

  /// The newest first.
  ///
  /// - Parameter endingAfter: those that are over by then are left out; nil for all.
  func records(endingAfter moment: Timestamp? = nil, limit: Int = .max) throws -> [SilenceRecord] {
    try Row.fetchAll(
      db,
      sql: "SELECT * FROM silence WHERE ?1 IS NULL OR (ended_at IS NULL AND until_at > ?1) ORDER BY id DESC LIMIT ?2",
      arguments: [moment?.microseconds, limit]
    ).map { row in
      SilenceRecord(
        Silence(
          id: row["id"], matcher: try AlertColumns.value(row["matcher"], as: Matcher.self).matcher(),
          from: Timestamp(microseconds: row["from_at"]), until: Timestamp(microseconds: row["until_at"]),
          author: row["author"], note: row["note"]),
        createdAt: Timestamp(microseconds: row["created_at"]),
        endedAt: (row["ended_at"] as Int64?).map { Timestamp(microseconds: $0) })
    }
  }

  func lastID() throws -> Int64 { try Int64.fetchOne(db, sql: "SELECT max(id) FROM silence") ?? 0 }
}

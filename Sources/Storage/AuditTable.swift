import GRDB
import Telemetry

/// The table of audit records.
struct AuditTable {
  /// The oldest ones go where there are more.
  static let limit: Int64 = 100_000

  private let db: Database

  init(_ db: Database) {
    self.db = db
  }

  static func migrate(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE audit (
          id INTEGER PRIMARY KEY,
          begun_at INTEGER NOT NULL,
          caller TEXT,
          role TEXT NOT NULL,
          address TEXT,
          action TEXT NOT NULL,
          parameters TEXT NOT NULL,
          ended_at INTEGER,
          is_done INTEGER,
          outcome TEXT
        ) STRICT;
        """)
  }

  /// Writes records whole, new ones and those that have ended.
  func write(_ records: [AuditRecord]) throws {
    guard let last = records.map(\.id).max() else { return }
    let statement = try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO audit
          (id, begun_at, caller, role, address, action, parameters, ended_at, is_done, outcome)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    for record in records {
      try statement.execute(arguments: [
        record.id, record.begunAt.microseconds, record.caller, record.role, record.address, record.action,
        record.parameters, record.outcome?.at.microseconds, record.outcome?.isDone, record.outcome?.text,
      ])
    }
    try db.execute(sql: "DELETE FROM audit WHERE id <= ?", arguments: [last - Self.limit])
  }

  /// The newest first.
  ///
  /// - Parameter before: only those with smaller ids.
  func records(before: Int64, limit: Int) throws -> [AuditRecord] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?", arguments: [before, limit]
    ).map { row in
      AuditRecord(
        id: row["id"], begunAt: Timestamp(microseconds: row["begun_at"]), caller: row["caller"], role: row["role"],
        address: row["address"], action: row["action"], parameters: row["parameters"],
        outcome: (row["ended_at"] as Int64?).map {
          AuditRecord.Outcome(
            at: Timestamp(microseconds: $0), isDone: row["is_done"] ?? false, text: row["outcome"] ?? "")
        })
    }
  }
}

extension StoreSnapshot {
  /// What was asked of the gateway, the newest first.
  ///
  /// - Parameter before: only what has smaller ids.
  public func auditRecords(before: Int64 = .max, limit: Int) throws -> [AuditRecord] {
    try AuditTable(db).records(before: before, limit: limit)
  }
}

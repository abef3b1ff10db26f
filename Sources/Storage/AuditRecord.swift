import GRDB
import Telemetry

/// Something that was asked of the gateway and changes what it has or does: who asked, for what, and what came of it.
///
/// Invariants
/// - It stands in the store, synced, before anything is changed; so whatever was changed is in it, through any stop.
/// - Where the outcome is missing the gateway stopped before it was written: what was asked for may have been done.
public struct AuditRecord: Equatable, Sendable {
  /// Counts up.
  public var id: Int64
  public var begunAt: Timestamp
  /// The token's name, or the user on the gateway's machine; nil where no tokens are asked for.
  public var caller: String?
  public var role: String
  /// Of the machine that asked; nil for a command on the gateway's own.
  public var address: String?
  /// What was asked for, such as `reload`.
  public var action: String
  /// With what, as a URL has it.
  public var parameters: String
  public var outcome: Outcome?

  /// How it ended.
  public struct Outcome: Equatable, Sendable {
    public var at: Timestamp
    /// False where it was refused, or failed.
    public var isDone: Bool
    /// What was answered.
    public var text: String

    public init(at: Timestamp, isDone: Bool, text: String) {
      self.at = at
      self.isDone = isDone
      self.text = text
    }
  }

  public init(
    id: Int64, begunAt: Timestamp, caller: String?, role: String, address: String?, action: String, parameters: String,
    outcome: Outcome? = nil
  ) {
    self.id = id
    self.begunAt = begunAt
    self.caller = caller
    self.role = role
    self.address = address
    self.action = action
    self.parameters = parameters
    self.outcome = outcome
  }
}

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

import Alerting
import Foundation
import GRDB
import Telemetry

/// The table of hooks' calls: those that are to be made, and how the others ended.
struct HookCallTable {
  private let db: Database

  init(_ db: Database) {
    self.db = db
  }

  static func migrate(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE hook_call (
          number INTEGER PRIMARY KEY,
          id INTEGER NOT NULL UNIQUE,
          hook TEXT NOT NULL,
          kind TEXT NOT NULL,
          alerts TEXT NOT NULL,
          alert_group TEXT NOT NULL,
          created_at INTEGER NOT NULL,
          due_at INTEGER NOT NULL,
          state TEXT NOT NULL,
          tries_made INTEGER NOT NULL,
          tries_failed INTEGER NOT NULL,
          reason TEXT,
          sentence TEXT,
          output BLOB NOT NULL,
          ended_at INTEGER
        ) STRICT;
        CREATE INDEX hook_call_waiting ON hook_call (number) WHERE ended_at IS NULL;
        """)
  }

  /// Writes calls whole. One that is stored already stays where it stands in the order of calls.
  func write(_ calls: [HookCallRecord]) throws {
    for call in calls {
      try db.cachedStatement(
        sql: """
          INSERT INTO hook_call (
            id, hook, kind, alerts, alert_group, created_at, due_at, state, tries_made, tries_failed, reason, sentence,
            output, ended_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (id) DO UPDATE SET
            alerts = excluded.alerts, due_at = excluded.due_at, state = excluded.state,
            tries_made = excluded.tries_made, tries_failed = excluded.tries_failed, reason = excluded.reason,
            sentence = excluded.sentence, output = excluded.output, ended_at = excluded.ended_at
          """
      ).execute(arguments: [
        call.id, call.hook, call.kind.rawValue, try AlertColumns.json(call.alerts.map(\.text)), call.group,
        call.createdAt.microseconds, call.dueAt.microseconds, call.state.rawValue, call.triesMade, call.triesFailed,
        call.failure?.reason, call.failure?.sentence, Data(call.output), call.endedAt?.microseconds,
      ])
    }
  }

  /// Those that are to be made, the oldest first.
  ///
  /// - Parameter after: the place of the one before them; 0 for the first.
  func waiting(after number: Int64 = 0, limit: Int) throws -> [(number: Int64, call: HookCallRecord)] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM hook_call WHERE ended_at IS NULL AND number > ? ORDER BY number LIMIT ?",
      arguments: [number, limit]
    ).map { ($0["number"], try Self.call($0)) }
  }

  /// Those of one alert, the oldest first.
  func calls(of alert: AlertID, limit: Int) throws -> [HookCallRecord] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM hook_call WHERE instr(alerts, ?) > 0 ORDER BY number DESC LIMIT ?",
      arguments: ["\"\(alert.text)\"", limit]
    ).map(Self.call).reversed()
  }

  private static func call(_ row: Row) throws -> HookCallRecord {
    guard let kind = HookCallRecord.Kind(rawValue: row["kind"]) else {
      throw AlertTables.unusable("kind", row["kind"])
    }
    guard let state = HookCallRecord.State(rawValue: row["state"]) else {
      throw AlertTables.unusable("state", row["state"])
    }
    let alerts = try AlertColumns.value(row["alerts"], as: [String].self).compactMap { AlertID(text: $0) }
    var call = HookCallRecord(
      id: row["id"], hook: row["hook"], kind: kind, alerts: alerts, group: row["alert_group"],
      createdAt: Timestamp(microseconds: row["created_at"]), dueAt: Timestamp(microseconds: row["due_at"]))
    call.state = state
    call.triesMade = row["tries_made"]
    call.triesFailed = row["tries_failed"]
    call.failure = (row["reason"] as String?).map {
      HookCallRecord.Failure(reason: $0, sentence: row["sentence"] ?? "")
    }
    call.output = [UInt8](row["output"] as Data)
    call.endedAt = (row["ended_at"] as Int64?).map { Timestamp(microseconds: $0) }
    return call
  }
}

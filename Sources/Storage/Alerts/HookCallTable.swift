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
          items TEXT NOT NULL,
          ground TEXT NOT NULL,
          due_at INTEGER NOT NULL,
          created_at INTEGER NOT NULL,
          not_before_at INTEGER NOT NULL,
          state TEXT NOT NULL,
          tries_made INTEGER NOT NULL,
          tries_failed INTEGER NOT NULL,
          reason TEXT,
          sentence TEXT,
          output BLOB NOT NULL,
          ended_at INTEGER
        ) STRICT;
        CREATE INDEX hook_call_waiting ON hook_call (number) WHERE ended_at IS NULL;
        CREATE TABLE hook_call_alert (
          alert_id INTEGER NOT NULL,
          call_id INTEGER NOT NULL,
          PRIMARY KEY (alert_id, call_id)
        ) STRICT, WITHOUT ROWID;
        """)
  }

  /// What a call tells, as JSON.
  private struct Item: Codable {
    var alert: String
    var transition: String
    var kind: String
    var step: Int

    init(_ item: AlertCall.Item) {
      (alert, transition, kind, step) = (item.alert.text, item.transition.text, item.kind.rawValue, item.step)
    }

    func item() throws -> AlertCall.Item {
      guard let alert = AlertID(text: alert), let transition = AlertID(text: transition),
        let kind = AlertCall.Kind(rawValue: kind)
      else { throw AlertTables.unusable("items", "\(alert), \(transition), \(kind)") }
      return AlertCall.Item(stored: alert, transition: transition, kind: kind, step: step)
    }
  }

  /// Writes calls whole. One that is stored already keeps its place in their order.
  func write(_ records: [HookCallRecord]) throws {
    for record in records {
      let call = record.call
      try db.cachedStatement(
        sql: """
          INSERT INTO hook_call (
            id, hook, kind, items, ground, due_at, created_at, not_before_at, state, tries_made, tries_failed, reason,
            sentence, output, ended_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (id) DO UPDATE SET
            not_before_at = excluded.not_before_at, state = excluded.state, tries_made = excluded.tries_made,
            tries_failed = excluded.tries_failed, reason = excluded.reason, sentence = excluded.sentence,
            output = excluded.output, ended_at = excluded.ended_at
          """
      ).execute(arguments: [
        call.id, call.hook, call.kind.rawValue, try AlertColumns.json(call.items.map(Item.init)),
        try AlertColumns.json(call.group), call.due.microseconds, record.createdAt.microseconds,
        record.notBefore.microseconds, record.state.rawValue, record.triesMade, record.triesFailed,
        record.failure?.reason, record.failure?.sentence, Data(record.output), record.endedAt?.microseconds,
      ])
      for item in call.items {
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO hook_call_alert VALUES (?, ?)")
          .execute(arguments: [item.alert, call.id])
      }
    }
  }

  /// Those that are to be made, the oldest first.
  func waiting() throws -> [HookCallRecord] {
    try Row.fetchAll(db, sql: "SELECT * FROM hook_call WHERE ended_at IS NULL ORDER BY number").map(Self.record)
  }

  /// Those of one alert, the oldest first.
  func calls(of alert: AlertID) throws -> [HookCallRecord] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT hook_call.* FROM hook_call_alert JOIN hook_call ON hook_call.id = call_id WHERE alert_id = ?
        ORDER BY number
        """, arguments: [alert]
    ).map(Self.record)
  }

  private static func record(_ row: Row) throws -> HookCallRecord {
    guard let kind = AlertCall.Kind(rawValue: row["kind"]) else { throw AlertTables.unusable("kind", row["kind"]) }
    guard let state = HookCallRecord.State(rawValue: row["state"]) else {
      throw AlertTables.unusable("state", row["state"])
    }
    var record = HookCallRecord(
      AlertCall(
        stored: row["id"], hook: row["hook"], kind: kind,
        items: try AlertColumns.value(row["items"], as: [Item].self).map { try $0.item() },
        group: try AlertColumns.value(row["ground"]), due: Timestamp(microseconds: row["due_at"])),
      createdAt: Timestamp(microseconds: row["created_at"]))
    record.notBefore = Timestamp(microseconds: row["not_before_at"])
    record.state = state
    record.triesMade = row["tries_made"]
    record.triesFailed = row["tries_failed"]
    record.failure = (row["reason"] as String?).map {
      HookCallRecord.Failure(reason: $0, sentence: row["sentence"] ?? "")
    }
    record.output = [UInt8](row["output"] as Data)
    record.endedAt = (row["ended_at"] as Int64?).map { Timestamp(microseconds: $0) }
    return record
  }
}

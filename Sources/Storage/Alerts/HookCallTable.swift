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

  /// Each hook's calls have an order of their own: one that has many that wait holds no other up.
  static func orderByHook(_ db: Database) throws {
    try db.execute(
      sql: """
        DROP INDEX hook_call_waiting;
        CREATE INDEX hook_call_waiting ON hook_call (hook, number) WHERE ended_at IS NULL;
        """)
  }

  // MARK: Writing

  /// Adds calls, in their order. One that is stored already stays as it is.
  func add(_ records: [HookCallRecord]) throws {
    for record in records {
      let call = record.call
      try db.cachedStatement(
        sql: """
          INSERT INTO hook_call (
            id, hook, kind, items, ground, due_at, created_at, not_before_at, state, tries_made, tries_failed, reason,
            sentence, output, ended_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (id) DO NOTHING
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

  /// Writes down what has become of calls that wait.
  func change(_ changes: [HookCallChange]) throws {
    for change in changes {
      try db.cachedStatement(
        sql: """
          UPDATE hook_call SET
            state = ?, not_before_at = coalesce(?, not_before_at), tries_made = coalesce(?, tries_made),
            tries_failed = coalesce(?, tries_failed), reason = ?, sentence = ?, output = coalesce(?, output),
            ended_at = ?
          WHERE id = ? AND ended_at IS NULL
          """
      ).execute(arguments: [
        change.state.rawValue, change.notBefore?.microseconds, change.triesMade, change.triesFailed,
        change.failure?.reason, change.failure?.sentence, change.output.map { Data($0) },
        change.endedAt?.microseconds, change.id,
      ])
    }
  }

  // MARK: Reading

  /// Those of one hook that are to be made, the oldest first, with their places.
  ///
  /// - Parameter place: that of the last one that is known; 0 for none.
  func waiting(of hook: String, after place: Int64, limit: Int) throws -> [(place: Int64, call: HookCallRecord)] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT * FROM hook_call WHERE hook = ? AND number > ? AND ended_at IS NULL ORDER BY number LIMIT ?
          """), arguments: [hook, place, limit]
    ).map { ($0["number"], try Self.record($0)) }
  }

  /// The hooks of all that are to be made.
  func waitingHooks() throws -> [AlertID: String] {
    try Row.fetchAll(db, sql: "SELECT id, hook FROM hook_call WHERE ended_at IS NULL")
      .reduce(into: [:]) { $0[$1[0]] = $1[1] }
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

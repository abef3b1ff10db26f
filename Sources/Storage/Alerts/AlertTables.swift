import Alerting
import DurableSQLite
import Foundation
import GRDB
import Telemetry

/// The tables of alerts, their transitions and their machines.
///
/// Invariants
/// - A transition's transaction holds the machines that it came from, the alert, the calls that it asks for, and the last
///   message that they rest on: after a crash nothing is found twice, and nothing is forgotten.
struct AlertTables {
  private let db: Database

  init(_ db: Database) {
    self.db = db
  }

  static func migrate(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE alert (
          id INTEGER PRIMARY KEY,
          \(AlertColumns.keyDeclaration),
          phase TEXT NOT NULL,
          since_at INTEGER NOT NULL,
          fired_at INTEGER NOT NULL,
          started_at INTEGER NOT NULL,
          start_id INTEGER NOT NULL,
          changed_at INTEGER NOT NULL,
          ended_at INTEGER,
          end_id INTEGER,
          value REAL NOT NULL,
          unit TEXT,
          tags TEXT NOT NULL,
          acknowledged_at INTEGER,
          acknowledged_by TEXT,
          acknowledgement TEXT,
          hooks_waiting TEXT NOT NULL,
          hooks_called TEXT NOT NULL,
          called_at INTEGER,
          escalated INTEGER NOT NULL,
          was_muted INTEGER NOT NULL,
          is_settled INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX alert_unsettled ON alert (id) WHERE is_settled = 0;
        CREATE INDEX alert_by_time ON alert (started_at, id);
        CREATE TABLE alert_transition (
          number INTEGER PRIMARY KEY,
          id INTEGER NOT NULL UNIQUE,
          alert_id INTEGER NOT NULL,
          kind TEXT NOT NULL,
          at INTEGER NOT NULL,
          received_at INTEGER NOT NULL,
          value REAL NOT NULL
        ) STRICT;
        CREATE INDEX alert_transition_by_alert ON alert_transition (alert_id, number);
        CREATE TABLE alert_machine (
          \(AlertColumns.keyDeclaration),
          fingerprint INTEGER NOT NULL,
          phase INTEGER NOT NULL,
          since_at INTEGER NOT NULL,
          turned_at INTEGER NOT NULL,
          turn_received_at INTEGER NOT NULL,
          value REAL NOT NULL,
          cause_kind INTEGER NOT NULL,
          cause_sequence INTEGER NOT NULL,
          cause_time INTEGER NOT NULL,
          PRIMARY KEY (\(AlertColumns.key))
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE alert_rate (
          series_id INTEGER NOT NULL,
          level INTEGER NOT NULL,
          memory BLOB NOT NULL,
          PRIMARY KEY (series_id, level)
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE store ADD COLUMN alert_sequence INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE store ADD COLUMN alert_time_at INTEGER;
        ALTER TABLE store ADD COLUMN alert_listens_at INTEGER;
        """)
    try SilenceTable.migrate(db)
    try HookCallTable.migrate(db)
  }

  /// Whether the values of an alert are numbers of states' names.
  static func addStates(_ db: Database) throws {
    try db.execute(sql: "ALTER TABLE alert ADD COLUMN is_state INTEGER NOT NULL DEFAULT 0")
  }

  // MARK: Writing

  /// - Parameter transitionLimit: how many transitions are kept; see `AlertRetention`.
  func write(_ changes: AlertChanges, transitionLimit: Int) throws {
    try db.cachedStatement(
      sql: "UPDATE store SET alert_sequence = ?, alert_time_at = ?, alert_listens_at = ?"
    ).execute(arguments: [
      Int64(changes.sequence), changes.time?.microseconds, changes.listensSince?.microseconds,
    ])
    for alert in changes.alerts { try write(alert) }
    for transition in changes.transitions { try write(transition) }
    for state in changes.states { try write(state) }
    for rate in changes.rates {
      try db.cachedStatement(sql: "INSERT OR REPLACE INTO alert_rate VALUES (?, ?, ?)").execute(arguments: [
        Int64(rate.series.rawValue), Int64(bitPattern: rate.level), Data(rate.bytes),
      ])
    }
    try SilenceTable(db).write(changes.silences)
    try HookCallTable(db).add(changes.calls)
    try HookCallTable(db).change(changes.callChanges)
    try AlertRetention(db, transitionLimit: transitionLimit).letGo(behind: changes)
  }

  private func write(_ record: AlertRecord) throws {
    let alert = record.alert
    try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO alert (
          id, \(AlertColumns.key), phase, since_at, fired_at, started_at, start_id, changed_at, ended_at, end_id, value,
          unit, tags, acknowledged_at, acknowledged_by, acknowledgement, hooks_waiting, hooks_called, called_at,
          escalated, was_muted, is_settled, is_state)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(
      arguments: [alert.id] + StatementArguments(AlertColumns.values(alert.key))
        + [
          alert.phase.rawValue, record.since.microseconds, record.firedAt.microseconds, alert.startedAt.microseconds,
          alert.start, record.changedAt.microseconds, alert.endedAt?.microseconds, alert.end, record.value, record.unit,
          try AlertColumns.json(alert.tags), alert.acknowledgement?.at.microseconds, alert.acknowledgement?.author,
          alert.acknowledgement?.note, try AlertColumns.json(alert.waiting), try AlertColumns.json(alert.called),
          alert.calledAt?.microseconds, alert.escalated, alert.wasMuted, record.isSettled, record.isState,
        ])
  }

  private func write(_ transition: TransitionRecord) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO alert_transition (id, alert_id, kind, at, received_at, value) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO NOTHING
        """
    ).execute(arguments: [
      transition.id, transition.alert, transition.kind.rawValue, transition.at.microseconds,
      transition.receivedAt.microseconds, transition.value,
    ])
  }

  private func write(_ state: AlertState) throws {
    let key = AlertColumns.values(state.key)
    guard let machine = state.machine else {
      return try db.cachedStatement(
        sql: "DELETE FROM alert_machine WHERE (\(AlertColumns.key)) = (?, ?, ?, ?, ?)"
      ).execute(arguments: StatementArguments(key))
    }
    try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO alert_machine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ).execute(
      arguments: StatementArguments(key) + [
        Int64(bitPattern: state.fingerprint), machine.phase, machine.since, machine.turnedAt, machine.turnReceivedAt,
        machine.value, machine.causeKind, machine.causeSequence, machine.causeTime,
      ])
  }

  // MARK: Reading

  /// Those of which somebody may have to be told something yet, open ones among them, by their ids.
  func unsettled() throws -> [AlertRecord] {
    try Row.fetchAll(db, sql: "SELECT * FROM alert WHERE is_settled = 0 ORDER BY id").map(Self.alert)
  }

  static func alert(_ row: Row) throws -> AlertRecord {
    func moment(_ column: String) -> Timestamp? { (row[column] as Int64?).map { Timestamp(microseconds: $0) } }
    guard let phase = CalledAlert.Phase(rawValue: row["phase"]) else { throw unusable("phase", row["phase"]) }
    var alert = CalledAlert(
      stored: row["id"], key: try AlertColumns.key(row), tags: try AlertColumns.value(row["tags"]), phase: phase,
      start: row["start_id"], startedAt: Timestamp(microseconds: row["started_at"]),
      waiting: try AlertColumns.value(row["hooks_waiting"]), called: try AlertColumns.value(row["hooks_called"]))
    alert.end = row["end_id"]
    alert.endedAt = moment("ended_at")
    alert.calledAt = moment("called_at")
    alert.escalated = row["escalated"]
    alert.wasMuted = row["was_muted"]
    alert.acknowledgement = moment("acknowledged_at").map {
      CalledAlert.Acknowledgement(
        author: row["acknowledged_by"] ?? "", note: row["acknowledgement"] ?? "", at: $0)
    }
    var record = AlertRecord(
      alert, since: Timestamp(microseconds: row["since_at"]), firedAt: Timestamp(microseconds: row["fired_at"]),
      changedAt: Timestamp(microseconds: row["changed_at"]), value: row["value"], unit: row["unit"],
      isState: row["is_state"])
    record.isSettled = row["is_settled"]
    return record
  }

  static func unusable(_ column: String, _ word: String) -> DatabaseFailure {
    .unusable("\(column) '\(word)' is none of this version")
  }

  func states() throws -> [AlertState] {
    try Row.fetchAll(db, sql: "SELECT * FROM alert_machine").map { row in
      AlertState(
        key: try AlertColumns.key(row), fingerprint: UInt64(bitPattern: row["fingerprint"] as Int64),
        machine: StoredMachine(
          phase: row["phase"], since: row["since_at"], turnedAt: row["turned_at"],
          turnReceivedAt: row["turn_received_at"], value: row["value"], causeKind: row["cause_kind"],
          causeSequence: row["cause_sequence"], causeTime: row["cause_time"]))
    }
  }

  func rates() throws -> [RateState] {
    try Row.fetchAll(db, sql: "SELECT * FROM alert_rate").map { row in
      RateState(
        series: SeriesID(rawValue: UInt32(truncatingIfNeeded: row["series_id"] as Int64)),
        level: UInt64(bitPattern: row["level"] as Int64), bytes: [UInt8](row["memory"] as Data))
    }
  }
}

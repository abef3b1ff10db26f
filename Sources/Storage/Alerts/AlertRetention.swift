import Alerting
import GRDB

/// Lets go of alerts, their transitions and their calls where there are more transitions than are kept.
///
/// Transitions beyond the limit are old. Of an alert that is kept the old ones go that tell nothing any more: all but its
/// first, and the last that says what it was, which those ask for who are told of the next.
///
/// Invariants
/// - An alert goes when everybody has been told all of it, all of its transitions are old, and none of its calls waits;
///   its transitions go with it. A call goes with the last of the alerts that it tells.
/// - What is old has been looked at once, up to `alert_old_through`. It is looked at again only with its own alert, when
///   more of that is old, when everybody has been told, or when a call has ended: a run costs by what has become old and by
///   what has changed, not by what is kept.
struct AlertRetention {
  private let db: Database
  private let transitionLimit: Int64

  /// So many transitions, at most, become old in one run: a store that has far too many is brought down bit by bit.
  static let transitionsAtOnce = 1000

  /// - Parameter transitionLimit: how many are kept; at least one, for their numbers go on from the last.
  init(_ db: Database, transitionLimit: Int) {
    self.db = db
    self.transitionLimit = Int64(max(transitionLimit, 1))
  }

  /// Up to which number transitions have been looked at; and whom else a call tells of.
  static func migrate(_ db: Database) throws {
    try db.execute(
      sql: """
        ALTER TABLE store ADD COLUMN alert_old_through INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX hook_call_alert_by_call ON hook_call_alert (call_id);
        """)
  }

  /// Lets go of what may go, once changes have been written.
  func letGo(behind changes: AlertChanges) throws {
    let former = try Int64.fetchOne(db.cachedStatement(sql: "SELECT alert_old_through FROM store")) ?? 0
    let (through, aged) = changes.transitions.isEmpty ? (former, []) : try age(behind: former)
    guard through > 0 else { return }
    var alerts = aged
    for record in changes.alerts where record.isSettled { alerts.insert(record.alert.id) }
    for record in changes.calls where record.endedAt != nil { alerts.formUnion(record.call.items.map(\.alert)) }
    for change in changes.callChanges where change.endedAt != nil { alerts.formUnion(try told(by: change.id)) }
    for alert in alerts.sorted() {
      if try isOver(alert, through: through) { try remove(alert) } else { try thin(alert, through: through) }
    }
  }

  private func told(by call: AlertID) throws -> [AlertID] {
    try AlertID.fetchAll(
      db.cachedStatement(sql: "SELECT alert_id FROM hook_call_alert WHERE call_id = ?"), arguments: [call])
  }

  /// Takes in what has become old.
  ///
  /// - Returns: up to which number transitions are old now, and of which alerts some have become so.
  private func age(behind former: Int64) throws -> (through: Int64, alerts: Set<AlertID>) {
    let last = try Int64.fetchOne(db.cachedStatement(sql: "SELECT max(number) FROM alert_transition")) ?? 0
    let border = last - transitionLimit
    guard border > former else { return (former, []) }
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT number, alert_id FROM alert_transition WHERE number > ? AND number <= ? ORDER BY number LIMIT ?
          """), arguments: [former, border, Self.transitionsAtOnce])
    let through = rows.count < Self.transitionsAtOnce ? border : rows[rows.count - 1]["number"]
    try db.cachedStatement(sql: "UPDATE store SET alert_old_through = ?").execute(arguments: [through])
    return (through, Set(rows.map { $0["alert_id"] }))
  }

  private func isOver(_ alert: AlertID, through: Int64) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT NOT EXISTS (SELECT 1 FROM alert WHERE id = ?1 AND is_settled = 0)
            AND NOT EXISTS (SELECT 1 FROM alert_transition WHERE alert_id = ?1 AND number > ?2)
            AND NOT EXISTS (
              SELECT 1 FROM hook_call_alert JOIN hook_call ON hook_call.id = call_id
              WHERE alert_id = ?1 AND ended_at IS NULL)
          """), arguments: [alert, through]) ?? false
  }

  private func remove(_ alert: AlertID) throws {
    try run("DELETE FROM alert WHERE id = ?", [alert])
    try run("DELETE FROM alert_transition WHERE alert_id = ?", [alert])
    try run(
      """
      DELETE FROM hook_call WHERE id IN (
        SELECT call_id FROM hook_call_alert AS told WHERE alert_id = ?1 AND NOT EXISTS (
          SELECT 1 FROM hook_call_alert AS other WHERE other.call_id = told.call_id AND other.alert_id <> ?1))
      """, [alert])
    try run("DELETE FROM hook_call_alert WHERE alert_id = ?", [alert])
  }

  /// Of what people do the last old one stays too, so that nothing is missing behind what the alert was.
  private func thin(_ alert: AlertID, through: Int64) throws {
    let first = TransitionRecord.Kind.firing.rawValue
    let byPeople = TransitionRecord.Kind.acknowledged.rawValue
    try run(
      """
      DELETE FROM alert_transition WHERE alert_id = ?1 AND number <= ?2 AND kind <> ?3 AND (
        number < (SELECT max(number) FROM alert_transition WHERE alert_id = ?1 AND number <= ?2 AND kind <> ?4)
        OR kind = ?4 AND number < (SELECT max(number) FROM alert_transition WHERE alert_id = ?1 AND number <= ?2))
      """, [alert, through, first, byPeople])
  }

  private func run(_ sql: String, _ arguments: StatementArguments) throws {
    try db.cachedStatement(sql: sql).execute(arguments: arguments)
  }
}

import Alerting
import GRDB
import Telemetry

/// How far alerts have come, for a start.
public struct AlertPosition: Equatable, Sendable {
  /// The last message whose readings the machines have taken in.
  public var sequence: UInt64
  /// Up to when deadlines have been reached; nil before any.
  public var time: Timestamp?
  /// Since when the gateway has listened; nil while it did not.
  public var listensSince: Timestamp?
}

/// Which alerts are asked for; what is nil does not matter.
public struct AlertChoice: Sendable {
  /// Open ones, or ended ones.
  public var isOpen: Bool?
  /// A rule's id.
  public var rule: String?
  /// How bad it is.
  public var severity: Severity?
  /// Only those that came before it, by the order of answers.
  public var before: (startedAt: Timestamp, id: AlertID)?
  /// Only those that became known in it.
  public var span: Range<Timestamp>?

  public init() {}
}

extension StoreSnapshot {
  /// How far alerts have come.
  public func alertPosition() throws -> AlertPosition {
    let row = try Row.fetchOne(db, sql: "SELECT alert_sequence, alert_time_at, alert_listens_at FROM store")!
    return AlertPosition(
      sequence: UInt64(row[0] as Int64), time: (row[1] as Int64?).map { Timestamp(microseconds: $0) },
      listensSince: (row[2] as Int64?).map { Timestamp(microseconds: $0) })
  }

  /// Something is left that rules would have to end, or hooks to be told.
  public func hasAlertsToEnd() throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT 1 FROM alert_machine) OR EXISTS (SELECT 1 FROM alert WHERE is_settled = 0)
          OR EXISTS (SELECT 1 FROM hook_call WHERE ended_at IS NULL)
          OR EXISTS (SELECT 1 FROM silence WHERE ended_at IS NULL)
        """) ?? false
  }

  /// Machines that are not `ok`.
  public func alertStates() throws -> [AlertState] { try AlertTables(db).states() }

  /// What rates remember, by series and level.
  public func alertRates() throws -> [RateState] { try AlertTables(db).rates() }

  /// Alerts of which somebody may have to be told something yet, open ones among them, by their ids.
  public func unsettledAlerts() throws -> [AlertRecord] { try AlertTables(db).unsettled() }

  /// One alert; nil where there is none of that id.
  public func alert(_ id: AlertID) throws -> AlertRecord? {
    try Row.fetchOne(db, sql: "SELECT * FROM alert WHERE id = ?", arguments: [id]).map(AlertTables.alert)
  }

  /// Alerts, the newest first.
  ///
  /// - Parameter body: false ends it.
  public func forEachAlert(_ choice: AlertChoice, _ body: (AlertRecord) throws -> Bool) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT * FROM alert
        WHERE (?1 IS NULL OR (ended_at IS NULL) = ?1) AND (?2 IS NULL OR rule = ?2) AND (?3 IS NULL OR severity = ?3)
          AND (?4 IS NULL OR (started_at, id) < (?4, ?5)) AND (?6 IS NULL OR started_at >= ?6 AND started_at < ?7)
        ORDER BY started_at DESC, id DESC
        """,
      arguments: [
        choice.isOpen, choice.rule, choice.severity?.word, choice.before?.startedAt.microseconds, choice.before?.id,
        choice.span?.lowerBound.microseconds, choice.span?.upperBound.microseconds,
      ])
    while let row = try rows.next() {
      guard try body(AlertTables.alert(row)) else { return }
    }
  }

  /// What became of an alert, in its order.
  public func transitions(of alert: AlertID) throws -> [TransitionRecord] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM alert_transition WHERE alert_id = ? ORDER BY number", arguments: [alert]
    ).map(Self.transition)
  }

  /// All transitions behind a place, in the order in which they were found, with their places.
  public func transitions(after number: Int64, limit: Int) throws -> [(number: Int64, transition: TransitionRecord)] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM alert_transition WHERE number > ? ORDER BY number LIMIT ?", arguments: [number, limit]
    ).map { ($0["number"], try Self.transition($0)) }
  }

  /// The place of the last transition; 0 before any.
  public func lastTransition() throws -> Int64 {
    try Int64.fetchOne(db.cachedStatement(sql: "SELECT max(number) FROM alert_transition")) ?? 0
  }

  /// One transition; nil where there is none of that id.
  public func transition(_ id: AlertID) throws -> TransitionRecord? {
    try Row.fetchOne(db.cachedStatement(sql: "SELECT * FROM alert_transition WHERE id = ?"), arguments: [id])
      .map(Self.transition)
  }

  /// The last transition of an alert that stands before a place and is none of people; nil where there is none.
  ///
  /// - Parameter number: the place.
  public func transition(of alert: AlertID, before number: Int64) throws -> TransitionRecord? {
    try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT * FROM alert_transition WHERE alert_id = ? AND number < ? AND kind <> ? ORDER BY number DESC LIMIT 1
          """), arguments: [alert, number, TransitionRecord.Kind.acknowledged.rawValue]
    ).map(Self.transition)
  }

  private static func transition(_ row: Row) throws -> TransitionRecord {
    guard let kind = TransitionRecord.Kind(rawValue: row["kind"]) else {
      throw AlertTables.unusable("kind", row["kind"])
    }
    return TransitionRecord(
      id: row["id"], alert: row["alert_id"], kind: kind, at: Timestamp(microseconds: row["at"]),
      receivedAt: Timestamp(microseconds: row["received_at"]), value: row["value"])
  }

  /// See `SilenceTable.records`.
  public func silences(endingAfter moment: Timestamp? = nil, limit: Int = .max) throws -> [SilenceRecord] {
    try SilenceTable(db).records(endingAfter: moment, limit: limit)
  }

  /// The id of the last silence that was asked for; 0 before any.
  public func lastSilence() throws -> Int64 { try SilenceTable(db).lastID() }

  /// The hooks of all calls that are to be made, by the calls' ids.
  public func waitingHooks() throws -> [AlertID: String] { try HookCallTable(db).waitingHooks() }

  /// See `HookCallTable.waiting`.
  public func waitingCalls(
    of hook: String, after place: Int64 = 0, limit: Int = .max
  ) throws -> [(place: Int64, call: HookCallRecord)] {
    try HookCallTable(db).waiting(of: hook, after: place, limit: limit)
  }

  /// Calls because of an alert, the oldest first.
  public func calls(of alert: AlertID) throws -> [HookCallRecord] { try HookCallTable(db).calls(of: alert) }
}

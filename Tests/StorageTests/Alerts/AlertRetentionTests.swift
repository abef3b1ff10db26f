import Alerting
import Foundation
import GRDB
import GRDBSQLite
import Simulator
import Telemetry
import TestSupport
import Testing

@testable import Storage

/// What is let go of alerts where many transitions were written.
@Suite
struct AlertRetentionTests {
  private let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
  }

  @Test("Of any history that is kept which a look at all that ever was would keep", arguments: [1, 2, 7, 20, 60])
  func histories(limit: Int) throws {
    let seed = testSeed()
    var limits = Store.Limits()
    limits.alertTransitions = limit
    let store = try Store(directory: scratch.path, zone: .gmt, limits: limits)
    var history = AlertHistory(limit: limit, random: RandomSource(seed: seed))
    for step in 1...400 {
      let changes = history.next()
      if step % 10 == 0 {
        var checkpoint = Checkpoint()
        checkpoint.alerts = changes
        try store.write(checkpoint)
      } else {
        try store.write(changes)
      }
      try store.read { snapshot in
        #expect(try kept(snapshot) == history.kept(), "seed \(seed), limit \(limit), step \(step)")
        for (number, transition) in try snapshot.transitions(after: 0, limit: .max)
        where transition.kind == .acknowledged {
          #expect(
            try snapshot.transition(of: transition.alert, before: number)
              == history.telling(of: transition.alert, before: number), "seed \(seed), limit \(limit), step \(step)")
        }
      }
    }
    #expect(history.transitions.count > 5 * limit)
  }

  private func kept(_ snapshot: StoreSnapshot) throws -> AlertHistory.Kept {
    var kept = AlertHistory.Kept()
    kept.alerts = try AlertID.fetchSet(snapshot.db, sql: "SELECT id FROM alert")
    kept.transitions = try Int64.fetchAll(snapshot.db, sql: "SELECT number FROM alert_transition ORDER BY number")
    kept.calls = try AlertID.fetchSet(snapshot.db, sql: "SELECT id FROM hook_call")
    for row in try Row.fetchAll(snapshot.db, sql: "SELECT call_id, alert_id FROM hook_call_alert") {
      kept.told[row[0], default: []].insert(row[1])
    }
    return kept
  }

  // MARK: Many

  /// Alerts that have fired and are unknown, each written at its start.
  private func open(_ ids: some Sequence<UInt64>, flaps: Int = 1) -> AlertChanges {
    var changes = AlertChanges()
    let moment = Timestamp(seconds: 1)
    for id in ids.map({ AlertID(rawValue: $0 << 32) }) {
      let alert = CalledAlert(
        stored: id, key: AlertKey(rule: "hot", severity: .critical, target: .device("d")), tags: [:], phase: .unknown,
        start: id, startedAt: moment, waiting: [], called: [])
      changes.alerts.append(
        AlertRecord(alert, since: moment, firedAt: moment, changedAt: moment, value: 1, unit: nil))
      for step in 0...flaps {
        let kind: TransitionRecord.Kind = step == 0 ? .firing : step % 2 == 1 ? .unknown : .known
        changes.transitions.append(
          TransitionRecord(
            id: AlertID(rawValue: id.rawValue + UInt64(step)), alert: id, kind: kind, at: moment, receivedAt: moment,
            value: 1))
      }
    }
    return changes
  }

  @Test("A store with far too many is brought down by so many in a run, until what is over the limit is gone")
  func boundedRuns() throws {
    let queue = try DatabaseQueue()
    try StoreSchema.migrator.migrate(queue)
    let (limit, atOnce) = (10, AlertRetention.transitionsAtOnce)
    var counts: [Int] = []
    for id in UInt64(1)...5 {
      // One that flaps, and then one at a time that is new.
      let changes = open([id], flaps: id == 1 ? 3 * atOnce : 0)
      try queue.write { db in
        try AlertTables(db).write(changes, transitionLimit: limit)
        counts.append(try Int.fetchOne(db, sql: "SELECT count(*) FROM alert_transition") ?? 0)
      }
    }
    let all = 3 * atOnce + 1
    // Its first and the last old one stay.
    #expect(counts == [all - atOnce + 2, all - 2 * atOnce + 3, limit + 2, limit + 2, limit + 2])
  }

  @Test("A run costs as much where very many are kept as where few are")
  func cost() throws {
    var steps: [Int] = []
    for alerts in [UInt64(500), 20_000] {
      let queue = try DatabaseQueue()
      try StoreSchema.migrator.migrate(queue)
      try queue.write { db in
        // All of them are old, and none may go.
        for first in stride(from: 1, to: alerts, by: 500) {
          try AlertTables(db).write(open(first..<first + 500), transitionLimit: 1)
        }
        let kept = try Int.fetchOne(db, sql: "SELECT count(*) FROM alert_transition") ?? 0
        #expect(kept == 2 * Int(alerts))
        steps.append(try instructions(db) { try AlertTables(db).write(open([alerts + 1]), transitionLimit: 1) })
      }
    }
    #expect(steps[0] > 100 && steps[1] < 2 * steps[0], "\(steps) instructions of SQLite")
  }

  /// Counts what SQLite's machine does.
  private func instructions(_ db: Database, _ body: () throws -> Void) rethrows -> Int {
    final class Counter { var count = 0 }
    let counter = Counter()
    sqlite3_progress_handler(
      db.sqliteConnection, 1,
      { counter in
        Unmanaged<Counter>.fromOpaque(counter!).takeUnretainedValue().count += 1
        return 0
      }, Unmanaged.passUnretained(counter).toOpaque())
    defer { sqlite3_progress_handler(db.sqliteConnection, 0, nil, nil) }
    try body()
    return counter.count
  }
}

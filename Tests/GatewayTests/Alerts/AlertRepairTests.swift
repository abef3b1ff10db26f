import Alerting
import DurableSQLite
import Foundation
import GRDB
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway
@testable import Ingest

/// What `ganglion verify --repair` leaves of alerts where the disk has changed a page.
@Suite struct AlertRepairTests {
  private static let noon = PipelineHarness.noon

  private static let rules = """
    rules:
      - { id: hot, metric: temperature, above: 50, clear: 40, severity: critical, hooks: [officer] }
      - { id: warm, metric: temperature, above: 30, for: 10m, hooks: [officer] }
      - { id: rising, metric: temperature, rate_above: 100/1m, hooks: [officer] }
    hooks:
      officer: { exec: [/bin/true] }
    """

  /// All that a store knows of alerts.
  private struct Known: Equatable {
    var alerts: [AlertRecord] = []
    var transitions: [TransitionRecord] = []
    var states: [AlertState] = []
    var rates: [RateState] = []
    var silences: [SilenceRecord] = []
    var waiting: [HookCallRecord] = []
    var calls: [[HookCallRecord]] = []
    var position: AlertPosition

    init(_ snapshot: StoreSnapshot) throws {
      position = try snapshot.alertPosition()
      var alerts: [AlertRecord] = []
      try snapshot.forEachAlert(AlertChoice()) {
        alerts.append($0)
        return true
      }
      self.alerts = alerts
      transitions = try snapshot.transitions(after: 0, limit: 1000).map(\.transition)
      states = try snapshot.alertStates()
      rates = try snapshot.alertRates()
      silences = try snapshot.silences()
      waiting = try snapshot.allWaitingCalls()
      calls = try alerts.map { try snapshot.calls(of: $0.alert.id) }
    }
  }

  private let harness: PipelineHarness
  private var store: String { "\(harness.configuration.data)/store.db" }

  init() throws {
    var harness = try PipelineHarness()
    harness.rules = try RuleFile(Self.rules, file: "alerts.yaml").rules
    harness.clock = { Timestamp(seconds: Self.noon + 60) }
    self.harness = harness
  }

  /// Alerts that are open and over, one that is acknowledged, a silence, calls that wait and one that is done.
  private func fill() throws {
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    let said = [(0, "probe-1", 55), (0, "probe-2", 60), (10, "probe-1", 20), (10, "probe-3", 52), (20, "probe-2", 61)]
    for (second, device, value) in said {
      let moment = Self.noon + Int64(second)
      let message = PipelineHarness.Message(
        topic: "a/north/\(device)", payload: #"{"ts":\#(moment),"t":\#(value)}"#,
        receivedAt: Timestamp(seconds: moment))
      try harness.ingest([message], journal, pipeline)
      try pipeline.checkpoint()
    }
    try pipeline.close()
    try journal.close()
    // What people and hooks did to them, as the desk writes it.
    var changes = AlertChanges()
    let before = try known()
    changes.sequence = before.position.sequence
    changes.time = before.position.time
    changes.listensSince = before.position.listensSince
    var acknowledged = try #require(before.alerts.first { $0.alert.phase == .firing })
    acknowledged.alert.acknowledgement = .init(author: "li", note: "on my way", at: Timestamp(seconds: Self.noon + 30))
    changes.alerts = [acknowledged]
    let silence = Silence(
      id: 1, matcher: AlertMatcher(rules: ["warm"], tags: ["site": "north"]), from: Timestamp(seconds: Self.noon),
      until: Timestamp(seconds: Self.noon + 3600), author: "li", note: "works")
    changes.silences = [SilenceRecord(silence, createdAt: Timestamp(seconds: Self.noon))]
    var done = HookCallChange(try #require(before.waiting.first).call.id)
    done.state = .done
    done.triesMade = 2
    done.output = Array("called\n".utf8)
    done.endedAt = Timestamp(seconds: Self.noon + 40)
    changes.callChanges = [done]
    let store = try harness.openStore()
    try store.write(changes)
    try store.close()
  }

  private func known() throws -> Known {
    try StoreReader(directory: harness.configuration.data, readers: 1).readNow { try Known($0) }
  }

  /// Changes a page of a table, as a disk may.
  private func damage(_ table: String) throws {
    let page = try DamagedFile.open(store).read { db in
      try #require(try Int64.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = ?", arguments: [table]))
    }
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: store))
    try handle.seek(toOffset: UInt64(page * 4096 - 100))
    try handle.write(contentsOf: Data([0xFF, 0x00, 0xFF]))
    try handle.close()
  }

  private func repair() throws -> DataRepair.Report {
    try DataRepair(directory: harness.configuration.data, zone: harness.configuration.timeZone)
      .run(store: true, journal: false)
  }

  @Test("A repair of windows keeps alerts, transitions, machines, silences and calls, and a start goes on from there")
  func kept() throws {
    try fill()
    let before = try known()
    #expect(Set(before.alerts.map(\.alert.phase)) == [.firing, .resolved])
    #expect(before.transitions.count == 4 && !before.states.isEmpty && !before.rates.isEmpty)
    #expect(before.silences.count == 1 && before.waiting.count == 3)
    #expect(before.calls.joined().contains { $0.state == .done })
    #expect(before.alerts.contains { $0.alert.acknowledgement?.note == "on my way" })
    try damage("aggregate")
    #expect(try !StoreReader(file: store).integrityFaults().isEmpty)
    let report = try repair()
    #expect(report.readingsLost > 0)
    #expect(try known() == before)
    #expect(try StoreReader(file: store).integrityFaults().isEmpty)
    // Nobody hears of anything twice, and who has not heard does.
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    #expect(pipeline.alertBoard.status.waitingCalls.values.reduce(0, +) == before.waiting.count)
    try pipeline.checkpoint()
    #expect(try known().waiting == before.waiting)
    #expect(try known().transitions == before.transitions)
    try pipeline.close()
    try journal.close()
  }

  @Test(
    "Where the page of one table of alerts is damaged, that is told, and the others keep what they have",
    arguments: ["alert_transition", "silence", "hook_call"])
  func ofAlerts(table: String) throws {
    try fill()
    let before = try known()
    try damage(table)
    let report = try repair()
    #expect(report.notes.contains { $0.contains("'\(table)'") }, "\(report.notes)")
    let after = try known()
    #expect(after.alerts == before.alerts && after.states == before.states && after.rates == before.rates)
    #expect(after.position == before.position)
    #expect(table == "alert_transition" || after.transitions == before.transitions)
    #expect(table == "silence" || after.silences == before.silences)
    #expect(table == "hook_call" || (after.waiting == before.waiting && after.calls == before.calls))
    #expect(try StoreReader(file: store).integrityFaults().isEmpty)
  }
}

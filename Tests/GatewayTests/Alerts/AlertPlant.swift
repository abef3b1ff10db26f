import Alerting
import DeviceCatalog
import Foundation
import Ingest
import Storage
import Synchronization
import Telemetry
import TestSupport

@testable import Gateway
@testable import Ingest

/// A gateway that ends and starts, by a clock that follows its messages.
struct AlertPlant {
  static let rules = """
    rules:
      - { id: hot, metric: temperature, above: 50, clear: 40, severity: critical, hooks: [officer] }
      - { id: warm, metric: temperature, above: 30, for: 20s, keep: 20s, severity: warning, hooks: [officer] }
      - { id: off, metric: mode, equals: "OFF", severity: info, hooks: [officer] }
      - { id: heavy, metric: weight, window: { fn: sum, of: 1h, above: 100 }, severity: warning, hooks: [officer] }
    hooks:
      officer: { exec: [/bin/true] }
    """

  var harness: PipelineHarness
  var journal: Journal
  var pipeline: Pipeline
  private let clock = Clock()

  private final class Clock: Sendable {
    private let second = Mutex(PipelineHarness.noon)
    func set(_ value: Int64) { second.withLock { $0 = value } }
    var now: Timestamp { Timestamp(seconds: second.withLock { $0 }) }
  }

  /// - Parameters:
  ///   - registry: of devices, as CSV; nil for none.
  ///   - hookCalls: of one hook that may wait.
  init(_ rules: String = AlertPlant.rules, registry: String? = nil, hookCalls: Int = 1000) throws {
    var harness = try PipelineHarness()
    harness.configuration.limits.hookCalls = hookCalls
    if let registry { try harness.scratch.file("devices/registry.csv", registry) }
    harness.rules = try RuleFile(rules, file: "alerts.yaml").rules
    harness.clock = { [clock] in clock.now }
    self.harness = harness
    journal = try harness.openJournal()
    pipeline = try harness.start(journal, try harness.openStore())
    pipeline.alerts?.listen(Self.hearing(since: 0), isDrained: false)
    try pipeline.checkpoint()
  }

  private static func hearing(since second: Int64, through: Int64? = nil) -> Hearing.Span {
    Hearing.Span(
      since: Timestamp(seconds: PipelineHarness.noon + second),
      through: Timestamp(seconds: PipelineHarness.noon + (through ?? second)))
  }

  /// All that came has been taken in.
  func hear(since: Int64 = 0, through second: Int64) {
    clock.set(PipelineHarness.noon + second)
    pipeline.alerts?.listen(Self.hearing(since: since, through: second), isDrained: true)
  }

  /// Other rules, in the same process and within the same connection.
  mutating func reload(_ rules: String) throws {
    harness.rules = try RuleFile(rules, file: "alerts.yaml").rules
    try pipeline.checkpoint()
    let catalogue = try Catalogue(.forDirectory(harness.configuration.devices))
    pipeline = try Pipeline(catalogue, rules: harness.rules, succeeding: pipeline)
  }

  mutating func take(
    _ payload: String, of device: String = "probe-1", site: String = "north", at second: Int64
  ) throws {
    clock.set(PipelineHarness.noon + second)
    let message = PipelineHarness.Message(
      topic: "a/\(site)/\(device)", payload: payload.replacing("TS", with: "\(PipelineHarness.noon + second)"),
      receivedAt: Timestamp(seconds: PipelineHarness.noon + second))
    try harness.ingest([message], journal, pipeline)
  }

  /// As the machine does where its power fails: what is not committed is gone.
  mutating func crash() throws {
    journal = try harness.openJournal()
    pipeline = try harness.start(journal, try harness.openStore())
  }

  func transitions() throws -> [TransitionRecord] {
    try StoreReader(directory: harness.configuration.data, readers: 1).readNow {
      try $0.transitions(after: 0, limit: 10_000).map(\.transition)
    }
  }

  func alerts() throws -> [AlertRecord] {
    var alerts: [AlertRecord] = []
    try StoreReader(directory: harness.configuration.data, readers: 1).readNow { snapshot in
      try snapshot.forEachAlert(AlertChoice()) {
        alerts.append($0); return true
      }
    }
    return alerts
  }

  /// What the calls that wait tell.
  func pendingCalls() throws -> [PendingCall] {
    try StoreReader(directory: harness.configuration.data, readers: 1).readNow { snapshot in
      try snapshot.allWaitingCalls().map { try PendingCall($0, snapshot) }
    }
  }

  /// The oldest first.
  func waitingCalls() throws -> [HookCallRecord] {
    try StoreReader(directory: harness.configuration.data, readers: 1).readNow { try $0.allWaitingCalls() }
  }
}

extension StoreSnapshot {
  /// Of all hooks, the oldest first.
  func allWaitingCalls() throws -> [HookCallRecord] {
    try Set(waitingHooks().values).flatMap { try waitingCalls(of: $0) }.sorted { $0.place < $1.place }.map(\.call)
  }
}

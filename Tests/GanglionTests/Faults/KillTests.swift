import DurableSQLite
import Foundation
import Gateway
import Simulator
import Telemetry
import TestSupport
import Testing

@testable import Storage

/// Promises 1 and 2 on real parts: a real broker, the real process, SIGKILL.
@Suite(.exclusive)
struct KillTests {
  private let scratch: ScratchDirectory
  private let data: String

  init() throws {
    scratch = try ScratchDirectory()
    data = "\(scratch.path)/data"
  }

  private func configuration(_ broker: PrivateBroker) throws -> String {
    try scratch.file(
      "ganglion.yaml",
      """
      gateway: kill-test
      timezone: Asia/Shanghai
      data: \(data)
      mqtt: { url: "mqtt://127.0.0.1:\(broker.port)" }
      windows: { retain: { 1m: 18h } }
      http: { listen: "127.0.0.1:0" }
      """)
  }

  private func run(_ config: String, killAt step: String? = nil) throws -> GanglionProcess {
    try GanglionProcess(
      ["run", "--config", config], in: scratch, environment: step.map { ["GANGLION_KILL_AT": $0] } ?? [:])
  }

  /// The steps that a running gateway comes to.
  private static let steps = FaultPoint.allCases.filter {
    ![.copyMade, .migrated, .alertsWritten, .alertsCommitted, .hookEnded].contains($0)
  }

  /// How often a gateway comes to a step in a second or two.
  private static func times(of step: FaultPoint) -> Int {
    switch step {
    case .retentionApplied, .checkpointWritten, .checkpointCommitted, .journalTrimmed: 1
    case .rolledUp: 2
    default: 12
    }
  }

  /// `GANGLION_KILLS=N` kills more often.
  @Test("Killed at random moments and at every named step, the gateway loses nothing and counts nothing twice")
  func survivesSIGKILL() async throws {
    var random = RandomSource(seed: testSeed())
    let broker = try PrivateBroker(directory: try scratch.directory("broker"))
    defer { broker.stop() }
    let config = try configuration(broker)
    // Hours are made, and the minutes of the first two let go.
    let (publisher, published) = try await startPublishing(to: broker, config, rate: 2500, step: 150, &random)

    let kills = setting("GANGLION_KILLS", default: 100)
    var reached: [FaultPoint: Int] = [:]
    for number in 0..<kills {
      let step = number.isMultiple(of: 2) ? Self.steps[number / 2 % Self.steps.count] : nil
      let gateway = try run(
        config, killAt: step.map { "\($0.rawValue):\(Int.random(in: 1...Self.times(of: $0), using: &random))" })
      let limit: Duration = step == nil ? .milliseconds(Int.random(in: 0...1500, using: &random)) : .seconds(5)
      let deadline = ContinuousClock.now + limit
      while gateway.process.isRunning, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(2)) }
      if let step, !gateway.process.isRunning { reached[step, default: 0] += 1 }
      gateway.process.send(SIGKILL)
      #expect(gateway.process.wait(atMost: .seconds(10)) == .signalled(SIGKILL), "\(gateway.errors)")
    }
    publisher.stop()
    let oracle = try await published.value
    #expect(oracle.messages > kills * 100, "too few messages to mean anything")
    try await takeRest(of: oracle, config)
    print("\(kills) kills, \(oracle.messages) messages, \(oracle.windows.count) windows; steps \(reached)")
    // The others come only where there is time for them between two kills.
    if kills >= 100 { #expect(Set(reached.keys).isSuperset(of: Self.steps.filter { !Self.rareSteps.contains($0) })) }
  }

  private static let rareSteps: [FaultPoint] = [.rolledUp, .retentionApplied, .journalTrimmed]

  @Test(
    "Killed while hours are made, minutes let go and the journal trimmed, it loses nothing and counts nothing twice")
  func survivesUpkeep() async throws {
    var random = RandomSource(seed: testSeed())
    let broker = try PrivateBroker(directory: try scratch.directory("broker"))
    defer { broker.stop() }
    let config = try configuration(broker)
    // As many as a debug build takes: the journal is trimmed behind 131,072 messages.
    let (publisher, published) = try await startPublishing(to: broker, config, rate: 4000, step: 60, &random)
    for step in Self.rareSteps {
      let gateway = try run(config, killAt: "\(step.rawValue):1")
      #expect(gateway.process.wait(atMost: .seconds(90)) == .signalled(SIGKILL), "\(step): \(gateway.errors)")
    }
    publisher.stop()
    try await takeRest(of: try await published.value, config)
  }

  /// Publishes what a gateway has subscribed to that is then killed.
  ///
  /// - Parameter step: milliseconds of event time from message to message, from twenty hours ago on.
  private func startPublishing(
    to broker: PrivateBroker, _ config: String, rate: Double, step: Int, _ random: inout RandomSource
  ) async throws -> (Publisher, Task<Oracle, any Error>) {
    let gateway = try run(config)
    try await eventually("the gateway is subscribed: \(gateway.errors)") { gateway.errors.contains("subscribed to") }
    var settings = Publisher.Settings(host: "127.0.0.1", port: broker.port)
    settings.rate = rate
    let began = Timestamp.now - .seconds(20 * 3600)
    settings.eventTime = { began + .milliseconds($0 * step) }
    // Up to now; on a slow machine the last kills are of a gateway that takes in what has come.
    settings.messageLimit = 71_000_000 / step
    let publisher = Publisher(settings, fleet: FleetName.first.fleet(seed: random.next()))
    let published = Task { try await onThread { try publisher.run() } }
    gateway.process.send(SIGKILL)
    _ = gateway.process.wait(atMost: .seconds(10))
    return (publisher, published)
  }

  /// The last start, which takes in what the broker still has; then all is compared.
  private func takeRest(of oracle: Oracle, _ config: String) async throws {
    let gateway = try run(config)
    try await eventually("the gateway is subscribed: \(gateway.errors)") { gateway.errors.contains("subscribed to") }
    try await settle(oracle)
    #expect(gateway.process.terminate() == .exited(0), "\(gateway.errors)")
    try judge(oracle)
  }

  /// Waits until the store has every message that the broker acknowledged.
  private func settle(_ oracle: Oracle) async throws {
    let reader = try StoreReader(directory: data)
    try await eventually("the store has every message that the broker acknowledged", within: .seconds(120)) {
      try reader.readNow { snapshot in
        let account = try snapshot.ledger { 0 }.allMessages
        return account.settled - account.duplicates >= Int64(oracle.messages)
      }
    }
  }

  private func judge(_ oracle: Oracle) throws {
    let reader = try StoreReader(directory: data)
    let found = try reader.readNow { snapshot in
      let keptFrom = try snapshot.levels().minute.keptFrom
      return try differences(between: oracle, and: snapshot, keptFrom: keptFrom)
        + hourDifferences(between: oracle, and: snapshot, before: keptFrom)
    }
    #expect(found.isEmpty, "\(found.count) differences: \(found.prefix(10))")
    for command in ["ledger", "verify"] {
      let answer = try GanglionProcess.run([command, "--data", data], in: scratch)
      #expect(answer.ending == .exited(0), "\(answer.output)\(answer.errors)")
    }
  }

  @Test("Killed while an older store is copied, and while it is brought up to date, it is whole at the next start")
  func survivesMigration() async throws {
    let broker = try PrivateBroker(directory: try scratch.directory("broker"))
    defer { broker.stop() }
    let config = try configuration(broker)
    try OlderStore.make(in: data)
    for step in [FaultPoint.copyMade, .migrated, .migrated] {
      let gateway = try run(config, killAt: "\(step.rawValue):1")
      #expect(gateway.process.wait(atMost: .seconds(20)) == .signalled(SIGKILL), "\(step): \(gateway.errors)")
    }
    let gateway = try run(config)
    try await eventually("the gateway is subscribed: \(gateway.errors)") { gateway.errors.contains("subscribed to") }
    #expect(gateway.process.terminate() == .exited(0), "\(gateway.errors)")
    try OlderStore.expect(in: data)
    let files = try FileManager.default.contentsOfDirectory(atPath: data)
    #expect(files.contains("store.db.version-2"))
    #expect(!files.contains { $0.contains("unfinished") }, "\(files)")
  }
}

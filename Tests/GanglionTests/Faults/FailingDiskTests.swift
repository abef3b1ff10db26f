import DurableSQLite
import Foundation
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

/// Promise 1 on a disk that fails and one that is slow, with the real process: calls to the system are failed, or held
/// up, below SQLite.
@Suite(.exclusive, .enabled(if: SmallDisk.canBeMade, "mounting a file system takes root"))
struct FailingDiskTests {
  private let scratch: ScratchDirectory
  private let disk: SmallDisk
  private let broker: PrivateBroker
  private let data: String

  init() throws {
    scratch = try ScratchDirectory()
    broker = try PrivateBroker(directory: try scratch.directory("broker"))
    disk = try SmallDisk(at: scratch.directory("disk"), mebibytes: 64)
    data = "\(disk.path)/data"
  }

  private func configuration(keepalive: String = "30s") throws -> String {
    try scratch.file(
      "ganglion.yaml",
      """
      gateway: failing-disk-test
      timezone: Asia/Shanghai
      data: \(data)
      mqtt: { url: "mqtt://127.0.0.1:\(broker.port)", keepalive: \(keepalive) }
      http: { listen: "127.0.0.1:0" }
      """)
  }

  private func run(_ config: String, _ faults: FaultyCalls...) throws -> GanglionProcess {
    try GanglionProcess(["run", "--config", config], in: scratch, environment: FaultyCalls.environment(faults))
  }

  private func startPublishing(rate: Double) -> (Publisher, Task<Oracle, any Error>) {
    var settings = Publisher.Settings(host: "127.0.0.1", port: broker.port)
    settings.rate = rate
    let began = Timestamp.now - .seconds(3600)
    // Few enough in each minute for exact windows.
    settings.eventTime = { began + .milliseconds($0 * 10) }
    let publisher = Publisher(settings, fleet: FleetName.first.fleet(seed: testSeed()))
    return (publisher, Task { try await onThread { try publisher.run() } })
  }

  // MARK: Failing

  private static let failures: [FaultyCalls] = [
    FaultyCalls(call: .open, name: "/journal.db"), FaultyCalls(call: .open, name: "/store.db"),
    FaultyCalls(call: .open, name: "/journal.db-wal"), FaultyCalls(call: .open, name: "/store.db-wal"),
    FaultyCalls(call: .read, name: "/journal.db"), FaultyCalls(call: .read, name: "/store.db", after: 3),
    FaultyCalls(call: .read, name: "/journal.db-wal"), FaultyCalls(call: .read, name: "/store.db-wal"),
    FaultyCalls(call: .write, name: "/journal.db-wal"), FaultyCalls(call: .write, name: "/journal.db-wal", after: 200),
    FaultyCalls(call: .write, name: "/store.db-wal"), FaultyCalls(call: .write, name: "/store.db-wal", after: 300),
    FaultyCalls(call: .sync, name: "/journal.db-wal"), FaultyCalls(call: .sync, name: "/journal.db-wal", after: 20),
    FaultyCalls(call: .sync, name: "/store.db-wal"), FaultyCalls(call: .sync, name: "/store.db-wal", after: 4),
    // Where the WAL is moved into the file, soon on a small disk.
    FaultyCalls(call: .write, name: "/journal.db"), FaultyCalls(call: .write, name: "/store.db"),
    FaultyCalls(call: .sync, name: "/journal.db"), FaultyCalls(call: .sync, name: "/store.db"),
  ]

  @Test("A call that fails ends the process with 74 and one line that names the file; the next start is right")
  func fails() async throws {
    defer { broker.stop() }
    let config = try configuration()
    let first = try run(config)
    try await eventually("it is subscribed: \(first.errors)") { first.errors.contains("subscribed to") }
    let (publisher, published) = startPublishing(rate: 1500)
    try await eventually("something is in the store: \(first.errors)") {
      (try? StoreReader(directory: data).readNow { try $0.position().appliedSequence } > 1000) ?? false
    }
    first.process.send(SIGKILL)
    _ = first.process.wait(atMost: .seconds(10))
    for fault in Self.failures {
      let gateway = try run(config, fault)
      expectFailure(gateway, gateway.process.wait(atMost: .seconds(30)), fault)
    }
    publisher.stop()
    let oracle = try await published.value
    let gateway = try run(config)
    try await expectExact(oracle, gateway, data: data, in: scratch)
  }

  private func expectFailure(_ gateway: GanglionProcess, _ ending: ChildProcess.Ending, _ fault: FaultyCalls) {
    #expect(ending == .exited(74), "\(fault): \(gateway.errors)")
    let lines = gateway.errors.split(separator: "\n").filter { $0.hasPrefix("ganglion: ") }
    #expect(lines.count == 1, "\(fault): \(gateway.errors)")
    let file = fault.name.prefix { $0 != "-" }
    #expect(lines.first?.contains(file) ?? false, "\(fault): \(lines)")
  }

  @Test("The copy before a migration cannot be named: 74, and the store is what it was")
  func failsToRename() async throws {
    defer { broker.stop() }
    let config = try configuration()
    try OlderStore.make(in: data)
    let fault = FaultyCalls(call: .rename, name: "/store.db.version-2")
    let failed = try run(config, fault)
    expectFailure(failed, failed.process.wait(atMost: .seconds(30)), fault)
    let gateway = try run(config)
    try await eventually("it is subscribed: \(gateway.errors)") { gateway.errors.contains("subscribed to") }
    #expect(gateway.process.terminate() == .exited(0), "\(gateway.errors)")
    try OlderStore.expect(in: data)
  }

  @Test("A quota that is used up is a full disk: it waits, and goes on when there is some again")
  func quota() async throws {
    defer { broker.stop() }
    let gateway = try run(
      try configuration(),
      FaultyCalls(call: .write, name: "/journal.db-wal", after: 100, count: 3, fault: .error(EDQUOT)))
    try await eventually("it is subscribed: \(gateway.errors)") { gateway.errors.contains("subscribed to") }
    let (publisher, published) = startPublishing(rate: 500)
    try await eventually("it waits and goes on: \(gateway.errors)") {
      gateway.errors.contains("the disk is full") && gateway.errors.contains("the disk has room again")
    }
    publisher.stop()
    try await expectExact(try await published.value, gateway, data: data, in: scratch)
  }

  // MARK: Slow

  @Test(
    "Commits that take two seconds, and a minute, are waited for: nothing is acknowledged early, nothing counts twice")
  func slow() async throws {
    defer { broker.stop() }
    let config = try configuration(keepalive: "5s")
    let gateway = try run(
      config, FaultyCalls(call: .sync, name: "/journal.db-wal", after: 40, fault: .delay(milliseconds: 2000)),
      FaultyCalls(call: .sync, name: "/journal.db-wal", after: 200, fault: .delay(milliseconds: 60_000)))
    try await eventually("it listens: \(gateway.errors)") {
      gateway.errors.contains("the API listens on ") && gateway.errors.contains("subscribed to")
    }
    var api = try RunningAPI(of: gateway)
    let (publisher, published) = startPublishing(rate: 200)
    for seconds in [2, 60] {
      try await eventually("its health tells of the commit that does not end") {
        api.health.contains("has not taken a commit")
      } refreshing: {
        await api.refresh()
      }
      try await eventually("the commit of \(seconds) s ends", within: .seconds(90)) {
        !api.health.contains("has not taken a commit")
      } refreshing: {
        await api.refresh()
      }
    }
    try await eventually("it is connected again: \(gateway.errors)") {
      gateway.errors.components(separatedBy: "session resumed").count >= 2
    }
    publisher.stop()
    try await expectExact(try await published.value, gateway, data: data, in: scratch)
  }
}

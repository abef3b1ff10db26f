import Foundation
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

/// Promises 1, 2 and 5 on a file system that has no room left.
@Suite(.exclusive, .enabled(if: SmallDisk.canBeMade, "mounting a file system takes root"))
struct FullDiskTests {
  private let scratch: ScratchDirectory
  private let disk: SmallDisk
  private let broker: PrivateBroker
  private let config: String

  init() throws {
    scratch = try ScratchDirectory()
    disk = try SmallDisk(at: scratch.directory("disk"), mebibytes: 128)
    broker = try PrivateBroker(directory: try scratch.directory("broker"))
    config = try scratch.file(
      "ganglion.yaml",
      """
      gateway: full-disk-test
      timezone: Asia/Shanghai
      data: \(disk.path)/data
      mqtt: { url: "mqtt://127.0.0.1:\(broker.port)", keepalive: 10s }
      limits: { dead_letters: 1000000, dead_letter_bytes: 1GiB }
      http: { listen: "127.0.0.1:0" }
      """)
  }

  private func run() throws -> GanglionProcess { try GanglionProcess(["run", "--config", config], in: scratch) }

  private func start() async throws -> RunningAPI {
    let gateway = try run()
    try await eventually("the gateway is subscribed and listens: \(gateway.errors)") {
      gateway.errors.contains("subscribed to") && gateway.errors.contains("the API listens on ")
    }
    return try RunningAPI(of: gateway)
  }

  @Test("Filled by others twenty times, also when it is killed, stopped and started then: it waits, and loses nothing")
  func filledByOthers() async throws {
    defer { broker.stop() }
    var random = RandomSource(seed: testSeed())
    var api = try await start()
    var settings = Publisher.Settings(host: "127.0.0.1", port: broker.port)
    settings.rate = 3000
    let began = Timestamp.now - .seconds(3600)
    // Few enough in each minute for exact windows.
    settings.eventTime = { began + .milliseconds($0 * 10) }
    let publisher = Publisher(settings, fleet: FleetName.first.fleet(seed: random.next()))
    let published = Task { try await onThread { try publisher.run() } }
    var slowest = Duration.zero
    let cycles = setting("GANGLION_FULL_DISKS", default: 20)
    for cycle in 0..<cycles {
      try disk.fill()
      try await eventually("cycle \(cycle): metrics say that the disk is full: \(api.gateway.errors)") {
        // The session may have the ballast back for a moment, of what a checkpoint gave, until that is taken too.
        api.metrics["ganglion_disk_full"] == 1 && api.metrics["ganglion_ballast_bytes"] == 0
      } refreshing: {
        try disk.fill()
        await api.refresh()
      }
      #expect(api.gateway.errors.contains("the disk is full"))
      try await api.expectNotReady("the disk is full") { try disk.fill() }
      switch cycle % 5 {
      case 2:
        #expect(api.gateway.process.terminate() == .exited(0), "\(api.gateway.errors)")
      case 4:
        api.gateway.process.send(SIGKILL)
        _ = api.gateway.process.wait(atMost: .seconds(10))
      default: break
      }
      if !api.gateway.process.isRunning {
        let next = try run()
        try await eventually("cycle \(cycle): it waits for room: \(next.errors)") {
          next.errors.contains("the disk is full")
        }
        disk.empty()
        try await eventually("cycle \(cycle): it starts: \(next.errors)") {
          next.errors.contains("the API listens on ")
        }
        api = try RunningAPI(of: next)
      }
      // Of what came before the disk was full some may still be on its way.
      await api.refresh()
      let received = api.metrics["ganglion_messages_received_total"] ?? 0
      let emptiedAt = ContinuousClock.now
      disk.empty()
      try await eventually(
        "cycle \(cycle): it goes on by itself: \(api.gateway.errors.suffix(600))", within: .seconds(5)
      ) {
        api.metrics["ganglion_disk_full"] == 0 && api.metrics["ganglion_messages_received_total"] ?? 0 > received
      } refreshing: {
        await api.refresh()
      }
      slowest = max(slowest, .now - emptiedAt)
    }
    publisher.stop()
    let oracle = try await published.value
    print("\(oracle.messages) messages over \(cycles) full disks; it went on within \(slowest)")
    try await expectExact(oracle, api.gateway, data: "\(disk.path)/data", in: scratch)
  }

  @Test("Filled by its own dead letters, it waits until the disk is larger; each of them is counted")
  func filledByItself() async throws {
    defer { broker.stop() }
    var api = try await start()
    var settings = Publisher.Settings(host: "127.0.0.1", port: broker.port)
    settings.messageLimit = 2000
    let publisher = Publisher(settings, fleet: Babblers())
    let oracle = try await onThread { try publisher.run() }
    #expect(oracle.messages == 2000)
    try await eventually("the disk is full: \(api.gateway.errors)", within: .seconds(60)) {
      api.metrics["ganglion_disk_full"] == 1
    } refreshing: {
      await api.refresh()
    }
    try await api.expectNotReady("the disk is full") {}
    try disk.resize(mebibytes: 1024)
    try await eventually("every message is taken in: \(api.gateway.errors.suffix(600))", within: .seconds(30)) {
      api.metrics["ganglion_messages_received_total"] == 2000
        && api.metrics["ganglion_messages_pending"] == 0 && api.metrics["ganglion_disk_full"] == 0
    } refreshing: {
      await api.refresh()
    }
    #expect(api.gateway.process.terminate() == .exited(0), "\(api.gateway.errors)")
    let ledger = try GanglionProcess.run(["ledger", "--data", "\(disk.path)/data"], in: scratch)
    #expect(ledger.ending == .exited(0), "\(ledger.output)")
  }

  /// Devices that nobody understands, at length.
  private struct Babblers: Fleet {
    func nextMessage(at now: Timestamp) -> SimulatedMessage {
      SimulatedMessage(
        topic: "factory/mill-3/agv/agv-07/telemetry", payload: String(repeating: "?", count: 100_000), readings: [])
    }
  }
}

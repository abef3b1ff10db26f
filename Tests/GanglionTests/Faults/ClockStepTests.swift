import Foundation
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

/// Promise 4 on a machine whose clock is set while the gateway runs.
@Suite(.exclusive)
struct ClockStepTests {
  /// The machine's clock as the gateway sees it, in a file that both have mapped.
  private struct MachineClock {
    let path: String

    func set(_ seconds: Int64) throws {
      var microseconds = seconds * 1_000_000
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try file.write(contentsOf: Data(bytes: &microseconds, count: 8))
      try file.close()
    }
  }

  @Test("The clock is set by an hour and by a day, to and fro, and a restart between: event times stay right")
  func steps() async throws {
    let scratch = try ScratchDirectory()
    let broker = try PrivateBroker(directory: try scratch.directory("broker"))
    defer { broker.stop() }
    let data = "\(scratch.path)/data"
    let config = try scratch.file(
      "ganglion.yaml",
      """
      gateway: clock-test
      timezone: Asia/Shanghai
      data: \(data)
      mqtt: { url: "mqtt://127.0.0.1:\(broker.port)" }
      http: { listen: "127.0.0.1:0" }
      """)
    let clock = MachineClock(path: try scratch.file("clock", String(repeating: "\0", count: 8)))
    func run() throws -> GanglionProcess {
      try GanglionProcess(
        ["run", "--config", config], in: scratch,
        environment: ["LD_PRELOAD": FaultyCalls.library, "FAULTY_CLOCK": clock.path])
    }
    var gateway = try run()
    try await eventually("it is subscribed: \(gateway.errors)") { gateway.errors.contains("subscribed to") }
    var settings = Publisher.Settings(host: "127.0.0.1", port: broker.port)
    settings.rate = 300
    let publisher = Publisher(settings, fleet: FleetName.first.fleet(seed: testSeed()))
    let published = Task { try await onThread { try publisher.run() } }
    let reader = try StoreReader(directory: data)
    func received() throws -> UInt64 { try reader.readNow { try $0.position().appliedSequence } }
    var lines = 0
    for seconds in [3600, -3600, 86_400, -86_400] as [Int64] {
      try clock.set(seconds)
      lines += 1
      try await eventually("the step is told: \(gateway.errors)") {
        gateway.errors.components(separatedBy: "the machine's clock was set").count == lines + 1
      }
      let before = try received()
      try await eventually("messages come on") { try received() > before + 300 }
      try clock.set(0)
      try await eventually("that it came back is told: \(gateway.errors)") {
        gateway.errors.components(separatedBy: "the machine's clock has come back").count == lines + 1
      }
    }
    // A step that stays, and is found by a new process.
    #expect(gateway.process.terminate() == .exited(0), "\(gateway.errors)")
    try clock.set(86_400)
    gateway = try run()
    let before = try received()
    try await eventually("messages come on: \(gateway.errors)") { try received() > before + 300 }
    publisher.stop()
    let oracle = try await published.value
    try await expectExact(oracle, gateway, data: data, in: scratch)
  }
}

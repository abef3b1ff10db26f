import Foundation
import LoopbackBroker
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

/// Promise 5 under a broker that always has more than is taken.
@Suite(.exclusive)
struct OverloadTests {
  /// Peak memory so far, in bytes.
  private static func residentBytes(_ process: pid_t) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
    return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) }) << 10
  }

  /// `GANGLION_OVERLOAD=N` pushes N messages instead: 2,000,000 take a debug build some five minutes.
  @Test("A broker that pushes without end: memory stays flat, health says degraded, all is taken in the end")
  func overload() async throws {
    let scratch = try ScratchDirectory()
    let data = "\(scratch.path)/data"
    let broker = try LoopbackBroker()
    let count = setting("GANGLION_OVERLOAD", default: 150_000)
    var fleet = FleetName.first.fleet(seed: testSeed())
    var oracle = Oracle()
    let began = Timestamp.now - .seconds(86_400)
    let pusher = Pusher(messages: count, qos: 1) { index in
      // Few enough in each minute for exact windows.
      let message = fleet.nextMessage(at: began + .milliseconds(index * 10))
      oracle.add(message)
      return (message.topic, message.payload)
    }
    let config = try scratch.file(
      "ganglion.yaml",
      """
      gateway: overload-test
      timezone: Asia/Shanghai
      data: \(data)
      mqtt: { url: "mqtt://127.0.0.1:\(broker.port)", protocol: 3.1.1, subscriptions: ["#"] }
      http: { listen: "127.0.0.1:0" }
      """)
    let pushed = Task { try await onThread { try pusher.serve(broker) } }
    let gateway = try GanglionProcess(["run", "--config", config], in: scratch)
    try await eventually("it listens: \(gateway.errors)") { gateway.errors.contains("the API listens on ") }
    var api = try RunningAPI(of: gateway)
    var memory: [Int] = []
    try await eventually("all is taken: \(gateway.errors)", within: .seconds(30 + count / 500)) {
      memory.append(try Self.residentBytes(gateway.process.processID))
      return api.metrics["ganglion_messages_received_total"] == Double(count)
        && api.metrics["ganglion_messages_pending"] == 0
    } refreshing: {
      if !(api.health.contains("more comes than can be taken")) {
        await api.refresh()
      } else {
        await api.refreshMetrics()
      }
    }
    // Seen before the last message was taken.
    #expect(api.health.contains("more comes than can be taken"), "\(api.health)")
    let (early, late) = (memory.prefix(memory.count / 2).max() ?? 0, memory.suffix(memory.count / 2).max() ?? 0)
    print("\(count) messages; \(early >> 20) MiB in the first half of the time, \(late >> 20) MiB in the second")
    #expect(late < early + early / 10 + (8 << 20), "\(early) bytes, then \(late)")
    await api.refresh()
    #expect(!api.health.contains("more comes than can be taken"), "\(api.health)")
    try await expectExact(oracle, gateway, data: data, in: scratch)
    try await pushed.value
  }
}

import Foundation
import Glibc
import LoopbackBroker
import Simulator

/// A gateway in a process of its own, and the broker that pushes to it what many devices say meanwhile.
final class ServedGateway: Sendable {
  let pusher: LivePusher
  let httpPort: Int
  private let process: ChildProcess

  private static let startLimit = Duration.seconds(120)

  /// Starts it on what stands in a directory, and returns when it answers and takes messages.
  ///
  /// - Parameters:
  ///   - devices: of `BenchLoad`.
  ///   - rules: a file of rules.
  init(devices: Int, pace: LivePusher.Pace, rules: String? = nil, in directory: String) async throws {
    let load = BenchLoad(messages: 1, devices: devices)
    let pusher = LivePusher(devices: devices, timeOffset: BenchLoad.timeOffset, pace: pace, message: load.message)
    self.pusher = pusher
    httpPort = try PrivateBroker.freePort()
    let broker = try LoopbackBroker()
    process = try ChildProcess(
      FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
      ["bench", "serving", "--port", "\(broker.port)", "--http-port", "\(httpPort)", "--directory", directory]
        + (rules.map { ["--rules", $0] } ?? []), errors: nil)
    Task { try await onThread { try pusher.serve(broker) } }
    let deadline = ContinuousClock.now + Self.startLimit
    while !answers || pusher.pace != .perSecond(0) && pusher.counts.acknowledged == 0 {
      guard process.isRunning, ContinuousClock.now < deadline else {
        stop()
        throw explain("the gateway of the bench did not start", .unavailable)
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private var answers: Bool {
    (try? LeanClient(port: httpPort).get("/healthz") { !$0.isEmpty }) ?? false
  }

  func stop() { process.terminate(within: .seconds(30)) }

  /// User and system time so far. In steps of ten milliseconds.
  var cpuSeconds: Double {
    let text = (try? String(contentsOfFile: "/proc/\(process.processID)/stat", encoding: .utf8)) ?? ""
    // Behind the name, which may hold anything.
    let fields = text.drop { $0 != ")" }.split(separator: " ").dropFirst()
    let ticks = fields.dropFirst(11).prefix(2).compactMap { Double($0) }.reduce(0, +)
    return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  var peakMemoryBytes: Int {
    ProcessUsage.counter("VmHWM:", in: "/proc/\(process.processID)/status") * 1024
  }

  /// Messages in the journal that the store has not taken in.
  func pending() throws -> Int {
    struct Ledger: Decodable {
      struct Messages: Decodable { let pending: Int }
      let messages: Messages
    }
    return try LeanClient(port: httpPort).get("/api/v1/ledger") { body in
      try JSONDecoder().decode(Ledger.self, from: Data(body)).messages.pending
    }
  }
}

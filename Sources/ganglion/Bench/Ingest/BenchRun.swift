import Foundation
import LoopbackBroker
import Simulator

/// One run of a subject: in a process of its own, so that processor time and memory are its own, against a broker that
/// only pushes.
struct BenchRun {
  let kind: BenchSubject.Kind
  /// In all; what is pushed may be less, where the rest is there before.
  let messages: Int
  let pusher: Pusher
  /// Rules on each series.
  var rulesPerSeries = 0

  /// Runs it to its end.
  func ending(in directory: String) async throws -> ChildProcess.Ending {
    let broker = try LoopbackBroker()
    let process = try ChildProcess(
      FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
      [
        "bench", "subject", "--kind", kind.rawValue, "--port", "\(broker.port)", "--messages", "\(messages)",
        "--qos", "\(pusher.qos)", "--directory", directory, "--rules-per-series", "\(rulesPerSeries)",
      ], output: output(in: directory), errors: nil)
    try await onThread { try pusher.serve(broker) }
    return process.wait(atMost: .seconds(120))
  }

  func measure(in directory: String) async throws -> BenchMeasure {
    guard try await ending(in: directory) == .exited(0) else { throw explain("the \(kind) run failed", .unavailable) }
    return try JSONDecoder().decode(
      BenchMeasure.self, from: Data(contentsOf: URL(fileURLWithPath: output(in: directory))))
  }

  /// Runs of two subjects in turn.
  static func pairs(_ runs: Int, of base: BenchRun, and compared: BenchRun) async throws -> BenchReport.Pairs {
    var pairs: [(base: BenchMeasure, compared: BenchMeasure)] = []
    for _ in 0..<runs {
      let first = try await withBenchDirectory { try await base.measure(in: $0) }
      let second = try await withBenchDirectory { try await compared.measure(in: $0) }
      pairs.append((first, second))
    }
    return BenchReport.Pairs(pairs)
  }

  private func output(in directory: String) -> String { "\(directory)/\(kind).json" }
}

import Foundation
import FoundationNetworking
import Gateway
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

/// `ganglion run` as a process on whatever broker a test has for it, and what it says, counts and keeps.
final class FaultedGateway: @unchecked Sendable {
  let scratch: ScratchDirectory
  let data: String
  private let config: String
  private var process: GanglionProcess
  private var url: URL?

  /// What a ledger comes to: outcomes with their reasons, as `ganglion ledger` shows them.
  struct Counts: Equatable {
    var received: Int64
    var messages: [String: Int64]
    var readings: [String: Int64]
  }

  /// Starts it. It takes in bins only, by one subscription.
  ///
  /// - Parameter mqtt: keys beside the subscriptions, as lines of a flow mapping.
  init(_ mqtt: String..., in scratch: ScratchDirectory, name: String = "gateway", pipeline: String = "{}") throws {
    self.scratch = scratch
    data = "\(scratch.path)/\(name)-data"
    config = try scratch.file(
      "\(name).yaml",
      """
      gateway: faulted
      timezone: Asia/Shanghai
      data: \(data)
      mqtt: { subscriptions: ["\(Bins.filter)"], \(mqtt.joined(separator: ", ")) }
      pipeline: \(pipeline)
      http: { listen: "127.0.0.1:0" }
      """)
    process = try GanglionProcess(["run", "--config", config], in: scratch)
  }

  /// Starts it again.
  func start() throws {
    url = nil
    process = try GanglionProcess(["run", "--config", config], in: scratch)
  }

  deinit { process.process.terminate() }

  // MARK: What it says

  /// All lines since the start.
  var log: String { process.errors }

  func count(of words: String) -> Int { log.components(separatedBy: words).count - 1 }

  /// Waits for a line that ends with these words.
  func says(
    _ words: String, times: Int = 1, within limit: Duration = .seconds(20),
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try await eventually("\(words)\nbut: \(log)", within: limit, sourceLocation: sourceLocation) {
      count(of: words + "\n") >= times
    }
  }

  func isSubscribed(times: Int = 1, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    try await says("subscribed to \(Bins.filter)", times: times, sourceLocation: sourceLocation)
  }

  // MARK: What it counts

  /// A sample of `/metrics`, by its name with its labels; nil where there is none.
  func metric(_ name: String) async throws -> Int? {
    if url == nil {
      try await eventually("the API listens: \(log)") { log.contains("the API listens on ") }
      let address = try #require(log.firstMatch(of: /the API listens on (http:\S+)/))
      url = URL(string: String(address.output.1))
    }
    let (page, _) = try await URLSession.shared.data(from: try #require(url).appendingPathComponent("metrics"))
    let line = String(decoding: page, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(name + " ") }
    return line.flatMap { Int($0.dropFirst(name.count + 1)) }
  }

  /// Waits until a sample has a value.
  func metric(_ name: String, becomes value: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    var known = try await metric(name)
    try await eventually(
      "\(name) is \(known.map(String.init) ?? "missing"), not \(value)", sourceLocation: sourceLocation
    ) {
      known == value
    } refreshing: {
      known = try await metric(name)
    }
  }

  /// How many connections ended, or did not come about, for a reason.
  func disconnections(_ reason: String) async throws -> Int? {
    try await metric("ganglion_session_disconnections_total{reason=\"\(reason)\"}")
  }

  // MARK: What it keeps

  /// Waits until so many readings are aggregated in the store.
  func aggregates(
    _ readings: Int, within limit: Duration = .seconds(30), sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let reader = try StoreReader(directory: data)
    var known = 0
    try await eventually("\(readings) readings, not \(known): \(log)", within: limit, sourceLocation: sourceLocation) {
      known = try Int(
        reader.readNow { try $0.readingAccounts() }.values.reduce(0) { $0 + ($1.outcomes[.aggregated] ?? 0) })
      return known >= readings
    }
  }

  /// The time of the newest reading in the store.
  func newest() throws -> Timestamp? {
    try StoreReader(directory: data).readNow { snapshot in
      try snapshot.series().compactMap { try snapshot.latest(of: $0.id)?.time }.max()
    }
  }

  /// The bins that are known.
  func bins() throws -> [String] {
    try StoreReader(directory: data).readNow { try $0.devices().map(\.name) }
  }

  /// The most memory that it has had.
  func peakMemoryMiB() throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(process.process.processID)/status", encoding: .utf8)
    let line = try #require(status.firstMatch(of: /VmHWM:\s+(\d+) kB/))
    return try #require(Int(line.output.1)) / 1024
  }

  /// SIGTERM, which must end it well, with a ledger that balances.
  func stop(sourceLocation: SourceLocation = #_sourceLocation) throws -> Counts {
    #expect(
      process.process.terminate(within: .seconds(10)) == .exited(0), "\(log)", sourceLocation: sourceLocation)
    let ledger = try GanglionProcess.run(["ledger", "--data", data, "--json"], in: scratch)
    #expect(ledger.ending == .exited(0), "\(ledger.output)\(ledger.errors)", sourceLocation: sourceLocation)
    let answer = try JSONDecoder().decode(LedgerAnswer.self, from: Data(ledger.output.utf8))
    #expect(answer.messages.pending == 0, sourceLocation: sourceLocation)
    return Counts(
      received: answer.messages.received, messages: Self.outcomes(answer.messages.total),
      readings: Self.outcomes(answer.readings.total))
  }

  private static func outcomes(_ side: LedgerAnswer.Side) -> [String: Int64] {
    side.outcomes.reduce(into: [:]) { outcomes, outcome in
      let name = outcome.reason.map { "\(outcome.outcome) {\($0)}" } ?? outcome.outcome
      if outcome.count > 0 { outcomes[name] = outcome.count }
    }
  }

  /// Where the store differs from what the broker acknowledged.
  func differences(from oracle: Oracle) throws -> [String] {
    try TestSupport.differences(between: oracle, and: StoreReader(directory: data))
  }
}

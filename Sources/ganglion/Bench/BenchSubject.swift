import ArgumentParser
import Foundation
import Gateway
import Glibc
import Simulator

/// `ganglion bench subject`: one run of `bench ingest`, in a process of its own.
struct BenchSubject: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "subject", abstract: "One run of `bench ingest`.", shouldDisplay: false)

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case bare
    case gateway
  }

  @Option var kind: Kind
  @Option var port: Int
  @Option var messages: Int
  @Option var qos: Int

  func run() async throws {
    try await reporting {
      let measure = try await kind == .bare ? measureBare() : measureGateway()
      Output.write(try JSONEncoder().encode(measure))
    }
  }

  private func measureBare() throws -> BenchMeasure {
    let subscriber = BareSubscriber()
    let before = Usage.now
    try subscriber.run(port: port, qos: Int32(qos), until: messages)
    return Usage.now.measure(since: before, messages: messages, seconds: (.now - subscriber.began!) / .seconds(1))
  }

  private func measureGateway() async throws -> BenchMeasure {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("ganglion-bench-\(getpid())").path
    try FileManager.default.createDirectory(atPath: "\(directory)/devices", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try BenchLoad.profile.write(toFile: "\(directory)/devices/bench.yaml", atomically: true, encoding: .utf8)
    var configuration = GatewayConfiguration(
      gateway: "bench", timeZone: TimeZone(identifier: "UTC")!, data: "\(directory)/data",
      mqtt: GatewayConfiguration.MQTT(host: "127.0.0.1", port: port, usesTLS: false, clientID: "bench"))
    configuration.devices = "\(directory)/devices"
    configuration.mqtt.version = .v311
    configuration.mqtt.subscriptions = ["bench/#"]
    configuration.http.port = try PrivateBroker.freePort()
    configuration.log.level = .error
    let gateway = try Gateway(configuration, log: makeLogger(configuration.log))
    let before = Usage.now
    let running = Task { try await gateway.run() }
    while gateway.status.session.messages == 0 { try await Task.sleep(for: .milliseconds(1)) }
    let began = ContinuousClock.now
    while gateway.status.appliedSequence < messages { try await Task.sleep(for: .milliseconds(5)) }
    let measure = Usage.now.measure(since: before, messages: messages, seconds: (.now - began) / .seconds(1))
    await gateway.stop()
    try await running.value
    return measure
  }
}

/// What this process has used so far.
private struct Usage {
  let cpuSeconds: Double
  let peakMemoryBytes: Int
  let diskBytes: Int

  static var now: Usage {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    let user = Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6
    let system = Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1e6
    return Usage(cpuSeconds: user + system, peakMemoryBytes: peakResidentBytes, diskBytes: writtenBytes)
  }

  /// `VmHWM` of proc(5): getrusage's figure begins with that of the process that started this one.
  private static var peakResidentBytes: Int {
    counter("VmHWM:", in: "/proc/self/status") * 1024
  }

  /// Bytes that this process caused to be sent to the disk: `write_bytes` of proc(5).
  private static var writtenBytes: Int {
    counter("write_bytes:", in: "/proc/self/io")
  }

  /// The number behind a name; 0 where there is none.
  private static func counter(_ name: String, in file: String) -> Int {
    let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
    return line.flatMap { Int($0.dropFirst(name.count).filter(\.isNumber)) } ?? 0
  }

  func measure(since before: Usage, messages: Int, seconds: Double) -> BenchMeasure {
    BenchMeasure(
      seconds: seconds, cpuSeconds: cpuSeconds - before.cpuSeconds, messages: messages,
      peakMemoryBytes: peakMemoryBytes, diskBytes: diskBytes - before.diskBytes)
  }
}

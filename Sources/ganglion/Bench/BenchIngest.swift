import ArgumentParser
import Foundation
import LoopbackBroker
import Simulator

/// `ganglion bench ingest`: a bare libmosquitto subscriber and the whole gateway, in turn, against the same broker that
/// only pushes. Each runs in a process of its own, so that processor time and memory are its own.
struct BenchIngest: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingest", abstract: "Measure a bare libmosquitto subscriber and the whole gateway side by side.")

  @Option(help: "Messages a run.")
  var messages = 500_000

  @Option(help: "Devices; each message has five series of one.")
  var devices = 1000

  @Option(help: "0 or 1.")
  var qos = 1

  @Option(help: "Pairs of runs; medians are printed.")
  var runs = 3

  @Flag(help: "One JSON document.")
  var json = false

  func validate() throws {
    guard qos == 0 || qos == 1 else { throw ValidationError("--qos is 0 or 1") }
    guard messages > 0, devices > 0, runs > 0 else { throw ValidationError("counts are more than 0") }
  }

  func run() async throws {
    try await reporting {
      let load = BenchLoad(messages: messages, devices: devices)
      let pusher = Pusher(messages: messages, qos: qos, message: load.message)
      var pairs: [(bare: BenchMeasure, gateway: BenchMeasure)] = []
      for _ in 0..<runs {
        let bare = try await measure("bare", pusher)
        pairs.append((bare, try await measure("gateway", pusher)))
      }
      show(pairs)
    }
  }

  private func measure(_ subject: String, _ pusher: Pusher) async throws -> BenchMeasure {
    let broker = try LoopbackBroker()
    let output = FileManager.default.temporaryDirectory.appendingPathComponent("ganglion-bench-\(getpid()).json")
    defer { try? FileManager.default.removeItem(at: output) }
    let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let process = try ChildProcess(
      executable,
      [
        "bench", "subject", "--kind", subject, "--port", "\(broker.port)", "--messages", "\(messages)", "--qos",
        "\(qos)",
      ], output: output.path, errors: nil)
    try await onThread { try pusher.serve(broker) }
    guard process.wait(atMost: .seconds(60)) == .exited(0) else {
      throw explain("the \(subject) run failed", .unavailable)
    }
    return try JSONDecoder().decode(BenchMeasure.self, from: Data(contentsOf: output))
  }

  private func show(_ pairs: [(bare: BenchMeasure, gateway: BenchMeasure)]) {
    let bare = BenchMeasure.median(pairs.map(\.bare))
    let gateway = BenchMeasure.median(pairs.map(\.gateway))
    let rateRatio = median(pairs.map { $0.gateway.rate / $0.bare.rate })
    let cpuRatio = median(pairs.map { $0.gateway.cpuPerMessage / $0.bare.cpuPerMessage })
    if json {
      print(
        """
        {"qos":\(qos),"messages":\(messages),"devices":\(devices),"runs":\(runs),\
        "bare":{"messages_per_s":\(Int(bare.rate)),"cpu_us_per_message":\(bare.cpuPerMessage)},\
        "gateway":{"messages_per_s":\(Int(gateway.rate)),"cpu_us_per_message":\(gateway.cpuPerMessage),\
        "peak_rss_bytes":\(gateway.peakMemoryBytes),"disk_bytes_per_message":\(gateway.diskBytesPerMessage)},\
        "rate_ratio":\(rateRatio),"cpu_ratio":\(cpuRatio)}
        """)
      return
    }
    print("QoS \(qos), \(messages) messages, \(devices) devices, five series a message; medians of \(runs) pairs")
    print(
      Table(
        ["", "bare libmosquitto", "gateway", "gateway ÷ bare"],
        [
          [
            "messages/s", Table.number(bare.rate, decimals: 0), Table.number(gateway.rate, decimals: 0),
            Table.number(rateRatio, decimals: 2),
          ],
          [
            "CPU µs/message", Table.number(bare.cpuPerMessage, decimals: 2),
            Table.number(gateway.cpuPerMessage, decimals: 2), Table.number(cpuRatio, decimals: 2),
          ],
          [
            "peak memory MB", Table.number(Double(bare.peakMemoryBytes) / 1e6, decimals: 1),
            Table.number(Double(gateway.peakMemoryBytes) / 1e6, decimals: 1), "",
          ],
          ["disk bytes/message", "", Table.number(gateway.diskBytesPerMessage, decimals: 0), ""],
        ]
      ).text)
  }
}

/// What is pushed: 105 bytes of JSON of one of many devices, with five values; event time goes on by five minutes.
struct BenchLoad {
  static let profile = """
    profile: bench
    topics: ["bench/{device}/telemetry"]
    payload: json
    device: "{device}"
    time: { at: /ts, as: unix-ms }
    interval: 1s
    metrics:
      - { name: temperature, at: /temperature, kind: gauge, unit: Cel }
      - { name: humidity, at: /humidity, kind: gauge, unit: "%" }
      - { name: pressure, at: /pressure, kind: gauge, unit: kPa }
      - { name: voltage, at: /voltage, kind: gauge, unit: V }
      - { name: load, at: /load, kind: gauge, unit: "%" }
    """

  let messages: Int
  let devices: Int
  private let beganAt = Int64(Date().timeIntervalSince1970 * 1000) - 600_000

  func message(_ index: Int) -> (topic: String, payload: String) {
    let time = beganAt + Int64(index) * 300_000 / Int64(messages)
    let payload = """
      {"ts":\(time),"temperature":\(20 + index % 10).25,"humidity":\(40 + index % 50).57,"pressure":101.325,\
      "voltage":3.\(100 + index % 900),"load":\(10 + index % 80).5}
      """
    return ("bench/device-\(index % devices)/telemetry", payload)
  }
}

/// What one run of a subject measured of itself.
struct BenchMeasure: Codable {
  /// From the first message (of the gateway: its first commit) to the last one counted, or in the store.
  var seconds: Double
  /// User and system, from before the connection on.
  var cpuSeconds: Double
  var messages: Int
  var peakMemoryBytes: Int
  var diskBytes: Int

  var rate: Double { Double(messages) / seconds }
  var cpuPerMessage: Double { cpuSeconds / Double(messages) * 1e6 }
  var diskBytesPerMessage: Double { Double(diskBytes) / Double(messages) }

  /// The median of each figure.
  static func median(_ all: [BenchMeasure]) -> BenchMeasure {
    BenchMeasure(
      seconds: ganglion.median(all.map(\.seconds)), cpuSeconds: ganglion.median(all.map(\.cpuSeconds)),
      messages: all[0].messages, peakMemoryBytes: Int(ganglion.median(all.map { Double($0.peakMemoryBytes) })),
      diskBytes: Int(ganglion.median(all.map { Double($0.diskBytes) })))
  }
}

/// The middle one, or the mean of the two in the middle.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

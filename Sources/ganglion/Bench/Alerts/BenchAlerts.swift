import ArgumentParser
import Foundation
import Gateway
import LoopbackBroker
import Simulator

/// `ganglion bench alerts`: how soon a script is called, what rules cost the messages, and what a storm of alerts does.
struct BenchAlerts: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alerts", abstract: "Measure how soon alerts call, and what rules and calls cost the messages.",
    discussion: """
      Three parts. latency: from the message that starts or ends an alert to the start of the script that is called \
      for it, while devices send at a pace, with ten rules on each series and others on single devices. cost: the whole \
      gateway with ten rules on each series and without any, in pairs of runs as in `bench ingest`. storm: many alerts \
      at once whose hooks take their time; what messages wait and how many are taken meanwhile, before and after.
      """)

  enum Part: String, CaseIterable, ExpressibleByArgument {
    case latency, cost, storm
  }

  @Option(help: "Only this part; may repeat.")
  var part: [Part] = []

  @Option(help: "Messages a second that come meanwhile.")
  var rate = 20_000.0

  @Option(help: "Rules in all, of the parts latency and storm.")
  var rules = 1000

  @Option(help: "Rules on each series.")
  var perSeries = 10

  @Option(help: "Devices, of five series each; all of them change between two checkpoints.")
  var devices = 2000

  @Option(help: "Alerts that start, and as many that end, in the part latency.")
  var alerts = 600

  @Option(help: "Messages a run of the part cost.")
  var messages = 1_000_000

  @Option(help: "Pairs of runs of the part cost; medians are printed.")
  var runs = 5

  @Option(help: "Alerts at once, in the part storm.")
  var storm = 1000

  @Option(help: "How long each of their hooks takes.")
  var hookSeconds = 5.0

  @Option(help: "How long messages are measured each time in the part storm, in seconds.")
  var span = 8.0

  @Flag(help: "One JSON document.")
  var json = false

  private static let latencyPerSecond = 10.0

  func validate() throws {
    guard rate > 0, devices > 0, alerts > 0, messages > 0, runs > 0, storm > 0, span > 0, hookSeconds >= 0,
      perSeries >= 0
    else { throw ValidationError("counts are more than 0, and nothing is less") }
    guard storm <= LivePusher.mostInFlight else {
      throw ValidationError("--storm is at most \(LivePusher.mostInFlight): so many messages wait at once")
    }
  }

  func run() async throws {
    try await reporting {
      let parts = part.isEmpty ? Part.allCases : part
      var report = AlertReport(rate: rate)
      if parts.contains(.latency) {
        report.latency = try await serving(BenchHook(name: "probe", metric: "temperature")) {
          gateway, file, directory in
          try await AlertLatency(
            gateway, file, alerts: alerts, perSecond: Self.latencyPerSecond, in: directory)
        }
      }
      if parts.contains(.cost) { report.cost = try await cost() }
      if parts.contains(.storm) {
        let hook = BenchHook(name: "slow", metric: "load", seconds: hookSeconds)
        report.storm = try await serving(hook) { gateway, _, directory in
          try await AlertStorm(gateway, hook, alerts: storm, rate: rate, span: .seconds(span), in: directory)
        }
      }
      if json { Output.write(try Answer.json(report)) } else { print(report.text) }
    }
  }

  /// Measures a gateway that takes messages at the pace.
  private func serving<Value>(
    _ hook: BenchHook, _ measure: (ServedGateway, BenchRuleFile, String) async throws -> Value
  ) async throws -> Value {
    try await withBenchDirectory { directory in
      let file = BenchRuleFile(perSeries: perSeries, rules: rules, devices: devices, hooks: [hook])
      let gateway = try await ServedGateway(
        devices: devices, pace: .perSecond(rate), rules: file.write(in: directory), in: directory)
      defer { gateway.stop() }
      return try await measure(gateway, file, directory)
    }
  }

  /// The gateway without rules, and with them.
  private func cost() async throws -> BenchReport.Pairs {
    let pusher = Pusher(messages: messages, qos: 1, message: BenchLoad(messages: messages, devices: devices).message)
    let plain = BenchRun(kind: .gateway, messages: messages, pusher: pusher)
    var ruled = plain
    ruled.rulesPerSeries = perSeries
    return try await BenchRun.pairs(runs, of: plain, and: ruled)
  }
}

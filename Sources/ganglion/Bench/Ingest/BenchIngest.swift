import ArgumentParser
import Foundation
import Glibc
import LoopbackBroker
import Simulator

/// `ganglion bench ingest`: a bare libmosquitto subscriber and the whole gateway, in turn, against the same broker that
/// only pushes.
struct BenchIngest: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingest", abstract: "Measure a bare libmosquitto subscriber and the whole gateway side by side.",
    discussion: """
      Four parts: pairs of runs at QoS 1 and at QoS 0, of which medians are shown; the start after a kill with all \
      messages in the journal and none in the store; and the cost of a message by the number of series. With --fleet, \
      in their place, pairs of runs at QoS 1 with the messages of the four parts and with those of a fleet.
      """)

  enum Part: String, CaseIterable, ExpressibleByArgument {
    case qos1, qos0, replay, series
  }

  @Option(help: "Messages a run.")
  var messages = 1_000_000

  @Option(help: "Devices; each message has five series of one.")
  var devices = 1000

  @Option(help: "Pairs of runs; medians are printed.")
  var runs = 5

  @Option(help: "Only this part; may repeat.")
  var part: [Part] = []

  @Option(help: ArgumentHelp("Compare with the messages of this fleet.", valueName: "name"))
  var fleet: FleetName?

  @Option(help: "A new directory for the filled journal of the part replay, for `bench replay`.")
  var keep: String?

  @Flag(help: "One JSON document.")
  var json = false

  private static let seriesSteps = [1000, 10_000, 100_000]

  func validate() throws {
    guard messages > 0, devices > 0, runs > 0 else { throw ValidationError("counts are more than 0") }
  }

  func run() async throws {
    try await reporting {
      let parts = Set(part.isEmpty && fleet == nil ? Part.allCases : part)
      var report = BenchReport(messages: messages, devices: devices, runs: runs)
      if let fleet { report.fleet = try await comparison(with: fleet) }
      if parts.contains(.qos1) { report.qos1 = try await pairs(qos: 1) }
      if parts.contains(.qos0) { report.qos0 = try await pairs(qos: 0) }
      if parts.contains(.replay) { report.replay = try await replay() }
      if parts.contains(.series) {
        for series in Self.seriesSteps {
          let pusher = pusher(devices: series / BenchLoad.seriesOfDevice)
          let measured = try await withBenchDirectory { try await run(.gateway, pusher).measure(in: $0) }
          report.bySeries.append(BenchReport.Step(series: series, gateway: measured))
        }
      }
      if json { Output.write(try report.json()) } else { print(report.text) }
    }
  }

  private func pairs(qos: Int) async throws -> BenchReport.Pairs {
    let pusher = pusher(devices: devices, qos: qos)
    return try await BenchRun.pairs(runs, of: run(.bare, pusher), and: run(.gateway, pusher))
  }

  private func comparison(with fleet: FleetName) async throws -> BenchReport.FleetComparison {
    let load = BenchFleetLoad(fleet, messages: messages)
    let pairs = try await BenchRun.pairs(
      runs, of: run(.gateway, pusher(devices: devices)), and: run(.fleet, load.pusher))
    return BenchReport.FleetComparison(name: fleet, load: load, pairs: pairs)
  }

  private func run(_ kind: BenchSubject.Kind, _ pusher: Pusher) -> BenchRun {
    BenchRun(kind: kind, messages: messages, pusher: pusher)
  }

  private func pusher(devices: Int, qos: Int = 1) -> Pusher {
    Pusher(messages: messages, qos: qos, message: BenchLoad(messages: messages, devices: devices).message)
  }

  private func replay() async throws -> BenchMeasure {
    let pusher = pusher(devices: devices)
    return try await withBenchDirectory { directory in
      let filling = try await run(.fill, pusher).ending(in: directory)
      guard filling == .signalled(SIGKILL) else { throw explain("the journal was not filled", .unavailable) }
      if let keep { try FileManager.default.copyItem(atPath: directory, toPath: keep) }
      // One message is there for it, as from any broker.
      let next = Pusher(messages: 1, qos: 1, message: BenchLoad(messages: messages, devices: devices).message)
      return try await run(.replay, next).measure(in: directory)
    }
  }
}

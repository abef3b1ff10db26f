import ArgumentParser
import Foundation
import Gateway
import Storage
import Telemetry

/// `ganglion bench store`: what windows cost once they are made.
struct BenchStore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store", abstract: "Measure checkpoints, questions and growth of the store.",
    discussion: """
      Five parts: checkpoints with many changed windows; the hours of a day by district, over ten million stored \
      minutes, beside the same question as plain SQL over the minutes; a day's backlog of one device beside live \
      readings; bytes on disk per reading; and the size of the file over a simulated year of constant load.
      """)

  enum Part: String, CaseIterable, ExpressibleByArgument, Decodable { case checkpoint, query, backlog, disk, year }

  @Option(help: "Only this part; may repeat.")
  var part: [Part] = []

  @Option(help: "Runs of which the median is printed.")
  var runs = 9

  @Option(help: "Millions of minutes in the store of the part query.")
  var millions = 10.0

  @Flag(help: "One JSON document.")
  var json = false

  func run() async throws {
    try await reporting {
      let parts = part.isEmpty ? Part.allCases : part
      var report: [String: [String: Double]] = [:]
      for part in parts {
        let figures = try await withBenchDirectory { directory in
          switch part {
          case .checkpoint: try BenchCheckpoint(runs: runs).run(in: directory)
          case .query: try BenchStoredQuery(runs: runs, minutes: Int(millions * 1e6)).run(in: directory)
          case .backlog: try BenchBacklog().run(in: directory)
          case .disk: try BenchStoreSize().readings(in: directory)
          case .year: try BenchStoreSize().year(in: directory)
          }
        }
        report[part.rawValue] = Dictionary(uniqueKeysWithValues: figures.map { ($0.name, $0.value) })
        if !json { show(part, figures) }
      }
      if json { Output.write(try Answer.json(report)) }
    }
  }

  private func show(_ part: Part, _ figures: [BenchFigure]) {
    print(Table([part.rawValue, ""], figures.map { [$0.name, Table.number($0.value, decimals: $0.decimals)] }).text)
    print("")
  }
}

/// A figure with its name, which ends in its unit.
struct BenchFigure {
  let name: String
  let value: Double
  var decimals = 1
}

/// A directory that is there as long as the work is.
func withBenchDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
  let directory = FileManager.default.temporaryDirectory.appendingPathComponent("ganglion-bench-\(UUID())").path
  try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: directory) }
  return try await body(directory)
}

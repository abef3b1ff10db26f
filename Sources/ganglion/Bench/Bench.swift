import ArgumentParser

/// `ganglion bench`: figures, printed by commands and never asserted in tests.
struct Bench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure.",
    subcommands: [
      BenchIngest.self, BenchDecode.self, BenchStore.self, BenchQuery.self, BenchAlerts.self,
      BenchRegistry.self, BenchReplay.self, BenchSubject.self, BenchServing.self,
    ])
}

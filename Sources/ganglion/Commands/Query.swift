import ArgumentParser
import Foundation
import Gateway
import Telemetry

/// `ganglion query`: the questions of the HTTP API, from a store or a running gateway.
struct Query: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ask for aggregates, KPIs, latest values, or what is measured.",
    discussion: """
      Parameters are those of the HTTP API, as NAME=VALUE:

        ganglion query aggregates --data DIR metric=weight_added window=1h from=-24h group_by=district fn=sum
        ganglion query kpi kitchen-waste window=1d from=-7d group_by=district
        ganglion query latest --url http://127.0.0.1:8080 tag.district=luojiang
      """,
    subcommands: [Aggregates.self, KPIs.self, KPI.self, Latest.self, Metrics.self])

  struct Aggregates: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Aggregates per window and group.", discussion: QueryHelp.aggregates)

    @OptionGroup var location: StoreLocation
    @Argument(help: "NAME=VALUE, as above.")
    var parameters: [String] = []

    func run() async throws {
      try await ask(parameters, at: location) { .aggregates($0) }
    }
  }

  struct KPIs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "kpis", abstract: "The KPIs there are, and what they mean.", discussion: QueryHelp.kpis)

    @OptionGroup var location: StoreLocation
    @Argument(help: "NAME=VALUE, as above.")
    var parameters: [String] = []

    func run() async throws {
      try await ask(parameters, at: location) { .kpis($0) }
    }
  }

  struct KPI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "kpi", abstract: "One KPI per window and group.", discussion: QueryHelp.kpi)

    @OptionGroup var location: StoreLocation
    @Argument(help: "The KPI's name; `ganglion query kpis` lists them.")
    var name: String
    @Argument(help: "NAME=VALUE, as above.")
    var parameters: [String] = []

    func run() async throws {
      try await ask(parameters, at: location) { .kpi(name, $0) }
    }
  }

  struct Latest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The newest reading of each series.", discussion: QueryHelp.latest)

    @OptionGroup var location: StoreLocation
    @Argument(help: "NAME=VALUE, as above.")
    var parameters: [String] = []

    func run() async throws {
      try await ask(parameters, at: location) { .latest($0) }
    }
  }

  struct Metrics: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "What is measured, and by how many devices.", discussion: QueryHelp.metrics)

    @OptionGroup var location: StoreLocation
    @Argument(help: "NAME=VALUE, as above.")
    var parameters: [String] = []

    func run() async throws {
      try await ask(parameters, at: location) { .metrics($0) }
    }
  }

  private static func ask(
    _ words: [String], at location: StoreLocation, _ question: (QueryParameters) -> Question
  ) async throws {
    try await reporting {
      try await location.print(question(QueryParameters(words: words)))
    }
  }
}

extension QueryParameters {
  /// From words of the command line, each `NAME=VALUE`.
  init(words: [String]) throws(QueryError) {
    var pairs: [(name: String, value: String)] = []
    for word in words {
      guard let sign = word.firstIndex(of: "=") else {
        throw QueryError("'\(word)' is no parameter; expected NAME=VALUE")
      }
      pairs.append((String(word[..<sign]), String(word[word.index(after: sign)...])))
    }
    self.init(pairs)
  }
}

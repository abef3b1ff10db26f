import Alerting
import ArgumentParser
import DurableSQLite
import Foundation
import Gateway
import Storage
import Telemetry

/// Where the data of a gateway on this machine are: `--config` or `--data`.
struct DataLocation: ParsableArguments {
  @Option(help: "The gateway's configuration file (default: /etc/ganglion/ganglion.yaml).")
  var config: String?

  @Option(help: "A data directory. It is only read.")
  var data: String?

  func validate() throws {
    if config != nil, data != nil { throw ValidationError("only one of --config and --data says where the data are") }
  }

  /// The gateway's configuration; nil where `--data` says where the data are.
  func configuration() throws -> GatewayConfiguration? {
    data == nil ? try GatewayConfiguration(file: config ?? GatewayConfiguration.standardPath) : nil
  }

  /// The data directory.
  func directory() throws -> String { try data ?? configuration()!.data }

  /// The store, and the zone whose days it has.
  ///
  /// - Throws: `GatewayFailure`, `YAMLError`.
  func open() throws -> (StoreReader, TimeZone) {
    let directory = try directory()
    do {
      let reader = try StoreReader(directory: directory, readers: 1)
      return (reader, try reader.timeZone())
    } catch let failure as DatabaseFailure {
      if case .damaged = failure { throw failure }
      throw GatewayFailure(.unavailable, failure.description)
    }
  }
}

/// Where a command finds the data: on this machine, or at a running gateway with `--url`.
struct StoreLocation: ParsableArguments {
  @OptionGroup var local: DataLocation

  @Option(help: "A running gateway's address, such as http://127.0.0.1:8080.")
  var url: String?

  @Option(help: "A file with the secret of a token, for --url.")
  var tokenFile: String?

  func validate() throws {
    if tokenFile != nil, url == nil { throw ValidationError("--token-file goes with --url") }
    if url != nil, local.config != nil || local.data != nil {
      throw ValidationError("only one of --config, --data and --url says where the data are")
    }
  }

  enum Place {
    case store(StoreReader, TimeZone)
    case server(GatewayClient)
  }

  /// The gateway's configuration; nil where `--data` or `--url` says where the data are.
  func configuration() throws -> GatewayConfiguration? { url == nil ? try local.configuration() : nil }

  /// The zone of the store's gateway; the machine's where a server has the data.
  func timeZone() throws -> TimeZone {
    if case .store(_, let zone) = try open() { zone } else { .current }
  }

  /// Prints the answer, a part at a time where it has several.
  ///
  /// - Throws: as `answer`.
  func print(_ question: Question) async throws { try await ask(question) { Output.write($0) } }

  /// Asks where the data are. Where the answer is a page of several, a line on standard error says how to get the next.
  ///
  /// - Throws: `GatewayFailure`, `YAMLError`; `QueryError` where the question cannot be answered.
  func answer(_ question: Question) async throws -> Data {
    var answer = Data()
    try await ask(question) { answer += $0 }
    return answer
  }

  private func ask(_ question: Question, part receive: (Data) -> Void) async throws {
    let next: String?
    switch try open() {
    case .server(let client):
      let page = try await client.ask(question)
      receive(page.body)
      next = page.next
    case .store(let reader, let zone):
      // Only a configuration names KPIs beside the built-in ones, and rules.
      let configuration = try configuration()
      let (kpis, rules) = (configuration?.kpis ?? .builtIn, Self.rules(configuration, for: question))
      var part = try reader.readNow {
        try question.answer($0, .whole, kpis: kpis, rules: rules, zone: zone, now: .now)
      }
      receive(part.body)
      while let rest = part.rest {
        part = try reader.readNow { try rest.answer($0) }
        receive(part.body)
      }
      next = part.next
    }
    Self.tellOfMore(next)
  }

  /// What the titles of alerts are made of; without a rule file that can be read they are the rules' ids.
  private static func rules(_ configuration: GatewayConfiguration?, for question: Question) -> RuleSet {
    switch question {
    case .alerts, .alert: (configuration?.alerts).flatMap { try? RuleFile.read($0).rules } ?? RuleSet()
    default: RuleSet()
    }
  }

  private static func tellOfMore(_ cursor: String?) {
    if let cursor { _ = explain("there is more: the same with cursor=\(cursor), or a greater limit", .success) }
  }

  /// - Throws: `GatewayFailure`, `YAMLError`.
  func open() throws -> Place {
    if let url { return .server(try GatewayClient(url, tokenFile: tokenFile)) }
    let (reader, zone) = try local.open()
    return .store(reader, zone)
  }
}

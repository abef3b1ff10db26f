import ArgumentParser
import Foundation
import Gateway
import Storage
import Telemetry

/// `ganglion ledger`: what became of every message and reading.
struct LedgerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "What became of every message and every reading; exits with 65 where it does not balance.")

  @OptionGroup var location: StoreLocation

  @Flag(help: "One JSON document, with every route and device.")
  var json = false

  func run() async throws {
    try await reporting {
      switch try location.open() {
      case .server(let client): try await show(client.get(["api", "v1", "ledger"]))
      case .store(let reader, _):
        let ledger = try reader.readNow { try $0.ledger(journalHead: reader.journalHeadOnDisk) }
        try show(Answer.json(LedgerAnswer(ledger)))
      }
    }
  }

  private func show(_ document: Data) throws {
    let ledger = try JSONDecoder().decode(LedgerAnswer.self, from: document)
    if json {
      Output.write(document)
    } else {
      print(LedgerTable(ledger).text)
    }
    if !ledger.balanced { throw ExitCode.badData }
  }
}

import ArgumentParser
import Foundation
import Gateway

/// `ganglion audit`: who had the gateway change something, and what came of it.
struct Audit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List what was asked of the gateway that changes something, the newest first.")

  @OptionGroup var location: StoreLocation
  @Option(help: "Only records with a smaller id: the next page.")
  var before: Int?
  @Option(help: "At most this many.")
  var limit = 100
  @Flag(help: "One JSON document, as the API answers it.")
  var json = false

  private struct Listing: Decodable {
    struct Entry: Decodable {
      let id: Int
      let begun_at: String
      let caller: String?
      let role: String
      let address: String?
      let action: String
      let parameters: String
      let done: Bool?
      let outcome: String?
    }

    let audit: [Entry]
  }

  func run() async throws {
    try await reporting {
      var pairs = [(name: "limit", value: "\(limit)")]
      if let before { pairs.append(("before", "\(before)")) }
      let answer = try await location.answer(.audit(QueryParameters(pairs)))
      if json { return Output.write(answer) }
      let entries = try JSONDecoder().decode(Listing.self, from: answer).audit
      guard let last = entries.last else { return print("Nothing was asked that changes something.") }
      let rows = entries.map { entry in
        [
          "\(entry.id)", entry.begun_at, (entry.caller ?? "-").shown(atMost: 30), entry.role, entry.address ?? "-",
          entry.action, entry.parameters.shown(atMost: 40), entry.done.map { $0 ? "done" : "refused" } ?? "unknown",
          (entry.outcome ?? "the gateway stopped before it was written").shown(atMost: 60),
        ]
      }
      print(
        Table(["id", "begun", "caller", "role", "address", "action", "parameters", "came to", "outcome"], rows).text)
      if entries.count == limit { print("There may be more: --before \(last.id)") }
    }
  }
}

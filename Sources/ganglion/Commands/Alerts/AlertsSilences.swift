import ArgumentParser
import Foundation
import Gateway

/// A silence as the API tells it.
struct SilenceView: Decodable {
  let id: Int64
  let state: String
  let rules: [String]
  let severities: [String]
  let devices: [String]
  let tags: [String: String]
  let from: String
  let until: String
  let author: String
  let note: String

  /// Which alerts it is about.
  var matchText: String {
    let words =
      rules.map { "rule=\($0)" } + severities.map { "severity=\($0)" } + devices.map { "device=\($0)" }
      + tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return words.isEmpty ? "all alerts" : words.joined(separator: " ").shown(atMost: 200)
  }
}

extension Alerts {
  /// `ganglion alerts silences`: who asked for quiet.
  struct Silences: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List silences, the newest first; those in force and those to come where nothing else is asked for.",
      discussion: QueryHelp.silences)

    @OptionGroup var location: StoreLocation
    @Flag(help: "One JSON document, as the API answers it.")
    var json = false
    @Argument(help: "NAME=VALUE, as above.")
    var parameters: [String] = []

    private struct Listing: Decodable {
      let silences: [SilenceView]
    }

    func run() async throws {
      try await reporting {
        let answer = try await location.answer(.silences(QueryParameters(words: parameters)))
        if json { return Output.write(answer) }
        let silences = try JSONDecoder().decode(Listing.self, from: answer).silences
        guard !silences.isEmpty else { return print("There are no such silences.") }
        let rows = silences.map { silence in
          [
            "\(silence.id)", silence.state, silence.from, silence.until, silence.matchText,
            silence.author.isEmpty ? "-" : silence.author.shown(atMost: 30), silence.note.shown(atMost: 60),
          ]
        }
        print(Table(["id", "state", "from", "until", "alerts", "author", "note"], rows).text)
      }
    }
  }
}

import ArgumentParser
import Foundation
import Gateway

extension Alerts {
  /// `ganglion alerts ack ID`: somebody takes an alert on.
  struct Acknowledge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ack", abstract: "Take an open alert on: it is escalated no further.",
      discussion: """
        It stays open until a good reading ends it, and those who were called are told of its end all the same. With \
        --token-file the token's name stands beside the note.
        """)

    @OptionGroup var location: GatewayLocation
    @Option(help: "What the others should know.")
    var note: String
    @Flag(help: "One JSON document, as the API answers it.")
    var json = false
    @Argument(help: "Its id: sixteen hexadecimal digits.")
    var id: String

    func run() async throws {
      try await reporting {
        let answer = try await location.perform(.acknowledge(id, QueryParameters([(name: "note", value: note)])))
        if json { return Output.write(answer) }
        let alert = try JSONDecoder().decode(AlertView.self, from: answer)
        print("taken on: \(alert.title.en.shown(atMost: 400)) (\(alert.state), \(alert.severity))")
      }
    }
  }
}

import ArgumentParser
import Foundation
import Gateway

extension DeadLetters {
  struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Have dead letters read again, once their profile is mended, into the windows where they belong.",
      discussion: """
        Goes through the gateway that runs; where none does, it takes the data itself. The oldest come first. A letter \
        that is refused again stays, with its reason of now; what was cut ({oversize}) and what Sparkplug nodes said is \
        left where it is. A gateway that runs has to have reloaded the mended profile before: `ganglion reload`.
        """)

    @OptionGroup var location: GatewayLocation
    @OptionGroup var selection: Selection
    @Option(help: "At most this many.")
    var limit: Int?
    @Flag(help: "One JSON document, as the API answers it.")
    var json = false
    @Argument(help: "Their ids (default: all that the options mean).")
    var ids: [UInt64] = []

    func run() async throws {
      try await reporting {
        var pairs = selection.pairs + ids.map { ("id", "\($0)") }
        if let limit { pairs.append(("limit", "\(limit)")) }
        let answer = try await location.perform(.replayLetters(QueryParameters(pairs)))
        if json { return Output.write(answer) }
        print(try JSONDecoder().decode(LetterReplayReport.self, from: answer).lines.joined(separator: "\n"))
      }
    }
  }
}

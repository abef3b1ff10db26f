import ArgumentParser
import Foundation

/// `ganglion bench replay`: the start of a gateway on a filled journal, for a profiler to look at.
struct BenchReplay: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Start on a filled journal and measure the replay; for profilers.",
    discussion: """
      The journal can be replayed once:

        ganglion bench ingest --part replay --messages 200000 --keep DIR
        valgrind --tool=callgrind ganglion bench replay --directory DIR --messages 200000
      """)

  @Option(help: "What `bench ingest --part replay --keep` left behind.")
  var directory: String

  @Option(help: "The messages in it.")
  var messages: Int

  func run() throws {
    do {
      Output.write(
        try JSONEncoder().encode(BenchGateway(directory: directory, port: 1, messages: messages).measureReplay()))
    } catch {
      throw ganglion.exitCode(for: error)
    }
  }
}

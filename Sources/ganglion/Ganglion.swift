import ArgumentParser
import Foundation

/// The gateway between a city's sensors and its neural hub.
@main
struct Ganglion: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ganglion",
    abstract: "The gateway between a city's sensors and its neural hub.",
    discussion: """
      Subscribes to devices over MQTT, makes every message durable before it acknowledges it, and keeps exact \
      aggregates that can be queried. Start with `ganglion demo`.

      Exit codes: 0 done, 64 usage, 65 bad data, 69 something is not there, 74 disk, 78 configuration.
      """,
    subcommands: [
      Demo.self, Init.self, Check.self, Run.self, Watch.self, Decode.self, Devices.self, DeadLetters.self, Query.self,
      LedgerCommand.self, Simulate.self, Bench.self,
    ])
}

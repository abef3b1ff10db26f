import ArgumentParser
import Dispatch

/// Where the process begins. `bench replay` runs on the main thread with no other beside it, so that the pipeline can be
/// looked at with valgrind, which an asynchronous `main` ends.
@main
enum Entry {
  static func main() {
    if let replay = try? Ganglion.parseAsRoot() as? BenchReplay {
      do { return try replay.run() } catch { Ganglion.exit(withError: error) }
    }
    let isDone = DispatchSemaphore(value: 0)
    Task.detached {
      await Ganglion.main()
      isDone.signal()
    }
    isDone.wait()
  }
}

/// The gateway between a city's sensors and its neural hub.
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
      Alerts.self, Reload.self, Tokens.self, Audit.self, Explain.self, LedgerCommand.self, Backup.self, Verify.self,
      Simulate.self, Bench.self,
    ])
}

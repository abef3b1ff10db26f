import ArgumentParser
import Foundation
import Gateway

/// `ganglion bench serving`: the gateway of `bench query` and `bench alerts`, in a process of its own, until SIGTERM.
struct BenchServing: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serving", abstract: "The gateway of other benches.", shouldDisplay: false)

  @Option var port: Int
  @Option var httpPort: Int
  @Option var directory: String
  @Option var rules: String?

  func run() async throws {
    try await reporting {
      let bench = BenchGateway(directory: directory, port: port, messages: 0)
      let gateway = try bench.make { configuration in
        configuration.http.port = httpPort
        configuration.alerts = rules
      }
      try await gateway.run()
    }
  }
}

import ArgumentParser
import Foundation
import Gateway

/// `ganglion bench serving`: the gateway of `bench query`, in a process of its own, until SIGTERM.
struct BenchServing: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serving", abstract: "The gateway of `bench query`.", shouldDisplay: false)

  @Option var port: Int
  @Option var httpPort: Int
  @Option var directory: String

  func run() async throws {
    try await reporting {
      let bench = BenchGateway(directory: directory, port: port, messages: 0)
      try await bench.make { $0.http.port = httpPort }.run()
    }
  }
}

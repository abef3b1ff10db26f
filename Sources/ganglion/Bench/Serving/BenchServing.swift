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
    let gateway = try gateway()
    try await reporting { try await gateway.run() }
  }

  private func gateway() throws -> Gateway {
    do {
      return try BenchGateway(directory: directory, port: port, messages: 0).make {
        $0.http.port = httpPort
        $0.alerts = rules
      }
    } catch {
      throw ganglion.exitCode(for: error)
    }
  }
}

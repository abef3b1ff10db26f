import ArgumentParser
import Gateway

/// `ganglion run`: the gateway.
struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Run the gateway.")

  @Option(help: "The configuration file.")
  var config = GatewayConfiguration.standardPath

  func run() async throws {
    try await reporting {
      let configuration = try GatewayConfiguration(file: config)
      let gateway = try Gateway(configuration, log: makeLogger(configuration.log))
      try await gateway.run()
    }
  }
}

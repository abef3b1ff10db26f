import ArgumentParser
import Foundation
import Gateway

/// Which gateway is to change something: the one of a configuration on this machine, or one that runs.
struct GatewayLocation: ParsableArguments {
  @Option(help: "The gateway's configuration file (default: /etc/ganglion/ganglion.yaml).")
  var config: String?

  @Option(help: "A running gateway's address, such as http://127.0.0.1:8080.")
  var url: String?

  @Option(help: "A file with the secret of a token of the running gateway.")
  var tokenFile: String?

  func validate() throws {
    if config != nil, url != nil { throw ValidationError("only one of --config and --url says which gateway is meant") }
  }

  /// Has something changed: by the gateway that runs, or where none does, with its lock held.
  ///
  /// - Returns: the answer, as JSON.
  /// - Throws: `GatewayFailure`, `YAMLError`, `DatabaseFailure`; `QueryError` where it cannot be done as it is asked; a
  ///   usage error for a token that nobody asks for.
  func perform(_ request: WriteRequest) async throws -> Data {
    if let url { return try await GatewayClient(url, tokenFile: tokenFile).perform(request) }
    let configuration = try GatewayConfiguration(file: config ?? GatewayConfiguration.standardPath)
    if try DataDirectory.isHeld(configuration.data) {
      return try await GatewayClient(configuration.http.url(), tokenFile: tokenFile).perform(request)
    }
    // A reload is refused without a gateway, token or not.
    if let tokenFile, request.isWrittenOffline {
      throw explain(
        """
        --token-file '\(tokenFile)': no gateway runs on \(configuration.data) that would ask for a token, and without one \
        the command writes as the user who asks, \(NSUserName()); leave the option out, or start the gateway
        """, .usage)
    }
    return try await OfflineGateway.perform(request, configuration, log: makeLogger(configuration.log))
  }
}

import ArgumentParser
import DeviceCatalog
import Foundation
import Gateway

/// Which profiles a command works with, and the zone of their zone-less time stamps.
struct CatalogueOptions: ParsableArguments {
  @Option(help: "A directory of profiles, beside the built-in ones.")
  var devices: String?

  @Option(help: "A gateway's configuration file, for its profiles and its time zone.")
  var config: String?

  func validate() throws {
    if devices != nil, config != nil {
      throw ValidationError("--config names the profiles already; leave out --devices")
    }
  }

  /// - Throws: `YAMLError`.
  func loadWithZone() throws -> (catalogue: Catalogue, zone: Zone) {
    let configuration = try config.map { try GatewayConfiguration(file: $0) }
    let catalogue = try Catalogue(.forDirectory(configuration?.devices ?? devices))
    return (catalogue, Zone(configuration?.timeZone ?? .current))
  }

  /// - Throws: `YAMLError`.
  func load() throws -> (catalogue: Catalogue, decoder: MessageDecoder) {
    guard let config else {
      let catalogue = try Catalogue(.forDirectory(devices))
      return (catalogue, MessageDecoder(catalogue, zone: Zone(.current)))
    }
    let configuration = try GatewayConfiguration(file: config)
    let catalogue = try Catalogue(.forDirectory(configuration.devices))
    return (catalogue, configuration.messageDecoder(catalogue))
  }
}

import ArgumentParser
import DeviceCatalog
import Foundation
import Gateway
import Glibc
import StrictYAML

/// Which profiles a command works with, and the zone of their zone-less time stamps.
struct CatalogueOptions: ParsableArguments {
  @Option(help: "A directory of profiles, beside the built-in ones; in place of --config.")
  var devices: String?

  @Option(
    help: """
      The gateway's configuration file, for its profiles and its time zone (default: /etc/ganglion/ganglion.yaml, \
      where there is one).
      """)
  var config: String?

  func validate() throws {
    if devices != nil, config != nil {
      throw ValidationError("--config names the profiles already; leave out --devices")
    }
  }

  /// - Throws: `YAMLError`.
  func load() throws -> (catalogue: Catalogue, decoder: MessageDecoder, zone: Zone) {
    let source = try CatalogueSource(devices: devices, config: config)
    let catalogue = try source.catalogue()
    let zone = Zone(source.configuration?.timeZone ?? .current)
    return (catalogue, source.configuration?.messageDecoder(catalogue) ?? MessageDecoder(catalogue, zone: zone), zone)
  }
}

/// Where a command's profiles stand: in the directory that is named, or in that of a configuration. Where neither is
/// named it is the standard one; on a machine that has none there are the built-in profiles.
struct CatalogueSource {
  /// Nil where a directory is named, and where there is none.
  let configuration: GatewayConfiguration?
  /// Of profiles beside the built-in ones; nil for these alone.
  let directory: String?

  /// - Throws: `YAMLError`; for a standard configuration that is there and cannot be read, or is wrong, too.
  init(devices: String?, config: String?) throws {
    if let config {
      configuration = try GatewayConfiguration(file: config)
    } else {
      configuration = devices == nil ? try Self.standardConfiguration() : nil
    }
    directory = devices ?? configuration?.devices
  }

  /// - Throws: `YAMLError`.
  func catalogue() throws -> Catalogue { try Catalogue(.forDirectory(directory)) }

  private static func standardConfiguration() throws -> GatewayConfiguration? {
    let path = GatewayConfiguration.standardPath
    guard access(path, R_OK) != 0 else { return try GatewayConfiguration(file: path) }
    let reason = errno
    if reason == ENOENT || reason == ENOTDIR { return nil }
    throw YAMLError(
      file: path, line: 1, column: 1, path: "",
      message:
        "cannot be read: \(String(cString: strerror(reason))); call this as the gateway's user, or name a directory of profiles"
    )
  }
}

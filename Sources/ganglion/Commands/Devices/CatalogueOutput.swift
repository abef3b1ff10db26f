import ArgumentParser
import DeviceCatalog
import Foundation
import Gateway

/// How `devices list --catalogue` tells what the profiles understand.
struct CatalogueOutput: ParsableArguments {
  @Flag(help: "List what the profiles understand: topics, metrics, units.")
  var catalogue = false

  @Flag(help: "With --catalogue: the documentation's page, of the built-in profiles.")
  var markdown = false

  @Option(help: "With --catalogue: a directory of profiles, beside the built-in ones (default: those of --config).")
  var devices: String?

  func validate() throws {
    if !catalogue, markdown || devices != nil { throw ValidationError("--markdown and --devices go with --catalogue") }
  }

  /// - Parameters:
  ///   - config: of the gateway whose profiles are listed; nil where none is named.
  ///   - asJSON: one document.
  func write(config: String?, asJSON: Bool) throws {
    let directory = try devices ?? config.map { try GatewayConfiguration(file: $0).devices } ?? nil
    let profiles = try Catalogue(.forDirectory(directory)).profiles
    let listing = CatalogueListing(profiles.sorted { $0.name < $1.name })
    if asJSON { return Output.write(try Answer.json(listing)) }
    Output.write(Data((markdown ? listing.markdown : listing.text + "\n").utf8))
  }
}

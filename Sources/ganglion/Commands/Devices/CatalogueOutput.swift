import ArgumentParser
import DeviceCatalog
import Foundation
import Gateway

/// How `devices list --catalogue` tells what the profiles understand.
struct CatalogueOutput: ParsableArguments {
  @Flag(help: "List what the profiles understand: topics, metrics, units.")
  var catalogue = false

  @Flag(help: "With --catalogue: the documentation's page, of the built-in profiles alone.")
  var markdown = false

  @Option(help: "With --catalogue: a directory of profiles, beside the built-in ones; in place of --config.")
  var devices: String?

  func validate() throws {
    if !catalogue, markdown || devices != nil { throw ValidationError("--markdown and --devices go with --catalogue") }
  }

  /// Refuses what stands beside `--catalogue` and says nothing of profiles.
  ///
  /// - Throws: `ValidationError`.
  func requireAlone(_ location: StoreLocation, json: Bool, parameters: [String]) throws {
    guard catalogue else { return }
    if let word = parameters.first {
      throw ValidationError("'\(word)' chooses among devices; --catalogue lists all profiles, and takes no parameters")
    }
    if location.url != nil || location.local.data != nil {
      throw ValidationError("--catalogue lists profiles, which --config or --devices names; leave out --url and --data")
    }
    let config = location.local.config
    if config != nil, devices != nil {
      throw ValidationError("--config names the profiles already; leave out --devices")
    }
    if markdown, config != nil || devices != nil || json {
      throw ValidationError(
        "--markdown is the page of the built-in profiles alone; leave out --config, --devices and --json")
    }
  }

  /// - Parameters:
  ///   - config: of the gateway whose profiles are listed; nil where none is named.
  ///   - asJSON: one document.
  func write(config: String?, asJSON: Bool) throws {
    let listed = try markdown ? Catalogue(.builtIn) : CatalogueSource(devices: devices, config: config).catalogue()
    let listing = CatalogueListing(listed.profiles.sorted { $0.name < $1.name })
    if asJSON { return Output.write(try Answer.json(listing)) }
    Output.write(Data((markdown ? listing.markdown : listing.text + "\n").utf8))
  }
}

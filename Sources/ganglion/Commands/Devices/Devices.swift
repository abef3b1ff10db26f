import ArgumentParser
import DeviceCatalog
import Foundation
import Gateway

/// `ganglion devices`: profiles, their examples and units, the registry, and the devices that a gateway has seen.
struct Devices: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draft and test profiles; list units and devices; fill the registry.",
    subcommands: [Draft.self, Test.self, Units.self, List.self, Import.self])

  struct Units: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the units that profiles may name, with what they are stored in.")

    @OptionGroup var options: CatalogueOptions

    func run() async throws {
      try await reporting {
        let units = try options.load().catalogue.units
        let rows = units.all.sorted { ($0.dimension, $0.code) < ($1.dimension, $1.code) }.map { unit in
          [
            unit.dimension, unit.code, units.canonicalCode(of: unit), unit.names["en"] ?? "", unit.names["zh"] ?? "",
            unit.spellings.joined(separator: " "),
          ]
        }
        print(Table(["dimension", "code", "stored in", "en", "zh", "also written"], rows).text)
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "List the devices that a gateway has seen, or that are listed; with --catalogue what the profiles understand.")

    @OptionGroup var location: StoreLocation
    @OptionGroup var output: CatalogueOutput
    @Flag(help: "One JSON document; of devices as the API answers it.")
    var json = false
    @Argument(help: "device=… code=… profile=… tag.NAME=… format=json|csv limit=…")
    var parameters: [String] = []

    func validate() throws {
      try output.requireAlone(location, json: json, parameters: parameters)
    }

    private struct Listing: Decodable {
      struct Device: Decodable {
        let device: String
        let name: String?
        let code: String?
        let profile: String
        let last_received_at: String?
        let metrics: [String]
        let tags: [String: String]
      }

      let devices: [Device]
    }

    func run() async throws {
      try await reporting {
        if output.catalogue { return try output.write(config: location.local.config, asJSON: json) }
        let answer = try await location.answer(.devices(QueryParameters(words: parameters)))
        if json || parameters.contains(where: { $0.hasPrefix("format=") }) { return Output.write(answer) }
        let rows = try JSONDecoder().decode(Listing.self, from: answer).devices.map { device in
          [
            device.device, device.name ?? "-", device.code ?? "-", device.profile, device.last_received_at ?? "-",
            "\(device.metrics.count)",
            device.tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "),
          ]
        }
        print(Table(["device", "name", "code", "profile", "last received", "metrics", "tags"], rows).text)
      }
    }
  }
}

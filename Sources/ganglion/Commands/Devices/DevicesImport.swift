import ArgumentParser
import DeviceCatalog
import Foundation
import Gateway
import StrictYAML

extension Devices {
  /// `ganglion devices import`: rows of a file into the registry.
  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add rows of a CSV file to registry.csv, or put them in the place of its rows.",
      discussion: """
        A row adds its device, or replaces what the registry says of it; columns that FILE does not have stay as they \
        are. Wrong rows are refused, each with line, column and what was expected, and the others taken; then it exits \
        with 65.

          ganglion devices import bins.csv --devices /etc/ganglion/devices --dry-run

        Columns: device, profile, name, site, district, line, longitude, latitude, code, interval, and tag.NAME.
        """)

    @Option(help: "The directory of registry.csv, in place of the one that --config names.")
    var devices: String?

    @Option(help: "The gateway's configuration file (default: /etc/ganglion/ganglion.yaml).")
    var config: String?

    @Flag(help: "Say what would become of the rows, and change nothing.")
    var dryRun = false

    @Flag(help: "Take all rows or none.")
    var strict = false

    @Argument(help: "The file: CSV by RFC 4180, in UTF-8, with a header line.")
    var file: String

    func validate() throws {
      if devices != nil, config != nil {
        throw ValidationError("--config names the directory already; leave out --devices")
      }
    }

    func run() async throws {
      try await reporting {
        let directory = try directory()
        let registry = "\(directory)/\(CatalogueFiles.registryName)"
        let profiles = try Catalogue(.forDirectory(directory)).profiles.map(\.name)
        let former =
          FileManager.default.fileExists(atPath: registry) ? (text: try TextFile.read(registry), file: registry) : nil
        let rows = try rows(into: former, profiles: profiles)
        for fault in rows.faults { _ = explain("refused: \(fault)", .badData) }
        let takes = !(strict && !rows.faults.isEmpty)
        if takes, !dryRun, rows.changes > 0 { try AtomicFile.replace(registry, with: rows.text) }
        tell(rows, takes: takes, registry: registry)
        if !rows.faults.isEmpty { throw ExitCode.badData }
      }
    }

    private func directory() throws -> String {
      if let devices { return devices }
      let path = config ?? GatewayConfiguration.standardPath
      guard let directory = try GatewayConfiguration(file: path).devices else {
        throw explain("\(path): it names no 'devices' directory; set one, or name it with --devices", .configuration)
      }
      return directory
    }

    private func rows(into former: (text: String, file: String)?, profiles: [String]) throws -> RegistryImport {
      let text: String
      do { text = try TextFile.read(file) } catch { throw explain(error.description, .badData) }
      do {
        return try RegistryImport(text, file: file, into: former, profiles: profiles)
      } catch {
        throw explain(error.description, error.file == file ? .badData : .configuration)
      }
    }

    private func tell(_ rows: RegistryImport, takes: Bool, registry: String) {
      let refused = rows.faults.count
      guard takes else {
        return print(
          "\(counted(refused, "row")) \(refused == 1 ? "is" : "are") refused, and so none is taken: \(registry) is what it was"
        )
      }
      let would = dryRun ? "would be " : ""
      print(
        "\(counted(rows.added, "row")) \(would)added, \(rows.replaced) replaced, \(rows.unchanged) unchanged, \(refused) refused: "
          + "\(registry) \(dryRun ? "would list" : "lists") \(counted(rows.deviceCount, "device"))")
      guard !dryRun, rows.changes > 0 else { return }
      let reload = "ganglion reload" + (config.map { " --config \($0)" } ?? "")
      print(
        "next: a running gateway takes it in with `\(reload)`, SIGHUP or POST /api/v1/reload; the next start does too")
    }
  }
}

import Foundation
import PackagePlugin

/// Compiles `Devices/*.yaml` and `Devices/kpis/*.yaml` into DeviceCatalog: one executable is all there is to install.
@main
struct EmbedCatalogue: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    let devices = context.package.directoryURL.appending(path: "Devices")
    let files = try [devices, devices.appending(path: "kpis")].flatMap { directory in
      try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
        .filter { $0.pathExtension == "yaml" }
        .sorted { $0.path < $1.path }
    }
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedDeviceFiles.swift")
    return [
      .buildCommand(
        displayName: "Embedding \(files.count) files of Devices",
        executable: try context.tool(named: "CatalogueEmbedder").url,
        arguments: [output.path] + files.map(\.path), inputFiles: files, outputFiles: [output])
    ]
  }
}

import Foundation
import StrictYAML

/// The texts that a catalogue is made from: what came with the build, then what the user's directory adds.
public struct CatalogueFiles: Sendable, Codable, Equatable {
  public struct File: Sendable, Codable, Equatable {
    /// As it is named in errors.
    public let name: String
    public let text: String
    public let isBuiltIn: Bool

    public init(name: String, text: String, isBuiltIn: Bool) {
      self.name = name
      self.text = text
      self.isBuiltIn = isBuiltIn
    }

    var isUnitTable: Bool { isCalled("units.yaml") }
    var isRegistry: Bool { isCalled(CatalogueFiles.registryName) }
    var isProfile: Bool { !isUnitTable && !isRegistry }

    private func isCalled(_ file: String) -> Bool { name == file || name.hasSuffix("/" + file) }
  }

  public let all: [File]

  /// The file of a directory that lists devices.
  public static let registryName = "registry.csv"

  public init(_ files: [File]) {
    all = files
  }

  /// The catalogue of the build alone.
  public static let builtIn = CatalogueFiles(
    embeddedDeviceFiles.map { File(name: "Devices/\($0.name)", text: $0.text, isBuiltIn: true) })

  /// The build's catalogue, and what a directory adds: every `*.yaml` in it, by name, and its registry.
  ///
  /// - Parameter directory: nil for the build's catalogue alone.
  /// - Throws: `YAMLError` for a file or directory that cannot be read.
  public static func forDirectory(_ directory: String?) throws(YAMLError) -> CatalogueFiles {
    if let directory { try builtIn(with: directory) } else { builtIn }
  }

  /// As the journal keeps them: the same files give the same bytes.
  public func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try encoder.encode(self)
  }

  /// Files of a directory that are not read, for they are no registry and do not end in `.yaml`; hidden ones left out.
  public static func filesNotRead(in directory: String?) -> [String] {
    guard let directory, let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else { return [] }
    return names.filter { !isRead($0) && !$0.hasPrefix(".") }.sorted().map { "\(directory)/\($0)" }
  }

  private static func isRead(_ name: String) -> Bool { name.hasSuffix(".yaml") || name == registryName }

  private static func builtIn(with directory: String) throws(YAMLError) -> CatalogueFiles {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue else {
      throw YAMLError(
        file: directory, line: 1, column: 1, path: "",
        message: FileManager.default.fileExists(atPath: directory)
          ? "is a file; name its directory" : "there is no such directory")
    }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: directory)
    } catch {
      throw YAMLError(
        file: directory, line: 1, column: 1, path: "",
        message: "cannot be read: \((error as NSError).localizedFailureReason ?? error.localizedDescription)")
    }
    var files = builtIn.all
    for name in names.sorted() where isRead(name) {
      let path = "\(directory)/\(name)"
      files.append(File(name: path, text: try TextFile.read(path), isBuiltIn: false))
    }
    return CatalogueFiles(files)
  }

  func isBuiltIn(_ name: String) -> Bool {
    all.first { $0.name == name }?.isBuiltIn ?? false
  }
}

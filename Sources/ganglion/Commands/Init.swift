import ArgumentParser
import Foundation
import Glibc

/// `ganglion init`: files to start from.
struct Init: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a commented configuration, a profile and a rule to start from.",
    discussion: "Writes into a new or empty place; a file that is there already is never touched.")

  @Argument(help: "The directory; made where it is missing.")
  var directory: String

  func run() async throws {
    try await reporting {
      let files = StarterFiles.all
      for name in files.map(\.name) where FileManager.default.fileExists(atPath: "\(directory)/\(name)") {
        throw explain("'\(directory)/\(name)' is there already; name another directory", .usage)
      }
      do {
        try FileManager.default.createDirectory(atPath: "\(directory)/devices", withIntermediateDirectories: true)
        for file in files {
          try file.text.write(toFile: "\(directory)/\(file.name)", atomically: true, encoding: .utf8)
        }
      } catch {
        throw explain("'\(directory)' cannot be written: \(String(cString: strerror(errno)))", .inputOutput)
      }
      print(
        """
        Written: \(files.map { "\(directory)/\($0.name)" }.joined(separator: ", "))
        Next, with your broker's address in ganglion.yaml:
          ganglion check --config \(directory)/ganglion.yaml
          ganglion watch --config \(directory)/ganglion.yaml --topic '#'
          ganglion run --config \(directory)/ganglion.yaml
        """)
    }
  }
}

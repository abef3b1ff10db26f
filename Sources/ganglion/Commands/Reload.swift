import ArgumentParser
import Foundation
import Gateway

/// `ganglion reload`: the running gateway takes its profiles anew.
struct Reload: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Have the running gateway take over its profiles, units, devices and rules as the files say them now.",
    discussion: """
      All of it or nothing: where something is wrong it exits with 78 and the place, and what was in force goes on. \
      SIGHUP does the same. The configuration itself is read at the start.
      """)

  @OptionGroup var location: GatewayLocation
  @Flag(help: "One JSON document, as the API answers it.")
  var json = false

  func run() async throws {
    try await reporting {
      let answer = try await location.perform(.reload)
      if json { return Output.write(answer) }
      let lines = try JSONDecoder().decode(ReloadReport.self, from: answer).lines
      print(([lines[0]] + lines.dropFirst().map { "  \($0)" }).joined(separator: "\n"))
    }
  }
}

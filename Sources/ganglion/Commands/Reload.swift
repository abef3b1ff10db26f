import ArgumentParser
import Foundation
import Gateway

/// `ganglion reload`: the running gateway takes its profiles anew.
struct Reload: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Have the running gateway take over its profiles, units and devices as the files say them now.",
    discussion: """
      All of it or nothing: where something is wrong it exits with 78 and the place, and what was in force goes on. \
      SIGHUP does the same. The configuration itself is read at the start.
      """)

  @OptionGroup var location: StoreLocation
  @Flag(help: "One JSON document, as the API answers it.")
  var json = false

  private struct Report: Decodable {
    let is_changed: Bool
    let profiles: Int
    let added: [String]
    let changed: [String]
    let removed: [String]
    let subscribed: [String]
    let unsubscribed: [String]
    let first_sequence: UInt64?
  }

  func run() async throws {
    try await reporting {
      let answer = try await location.perform(.reload)
      if json { return Output.write(answer) }
      let report = try JSONDecoder().decode(Report.self, from: answer)
      guard report.is_changed else { return print("nothing has changed") }
      print("\(report.profiles) profiles decode from message \(report.first_sequence ?? 0) on")
      let lists = [
        ("added", report.added), ("changed", report.changed), ("removed", report.removed),
        ("subscribed to", report.subscribed), ("no longer subscribed to", report.unsubscribed),
      ]
      for (title, names) in lists where !names.isEmpty { print("  \(title): \(names.joined(separator: ", "))") }
    }
  }
}

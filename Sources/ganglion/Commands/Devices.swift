import ArgumentParser
import DeviceCatalog
import Foundation
import Gateway

/// `ganglion devices`: the profiles' examples, and the devices that a gateway has seen.
struct Devices: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Test profiles; list units and devices.", subcommands: [Test.self, Units.self, List.self])

  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run the examples inside every profile of a directory.",
      discussion:
        "Exits with 0 where all come out as they say, with 65 where one does not, with 78 for a wrong profile.")

    @Argument(help: "The directory; the built-in profiles where none is named.")
    var directory: String?

    @Flag(help: "One JSON object an example.")
    var json = false

    private struct Line: Encodable {
      let profile: String
      let file: String
      let line: Int
      let topic: String
      let passed: Bool
      let problems: [String]
    }

    func run() async throws {
      try await reporting {
        let catalogue = try Catalogue(.forDirectory(directory))
        let runner = ExampleRunner(catalogue)
        let profiles = catalogue.profiles.filter { directory == nil || !$0.isBuiltIn }
        for file in CatalogueFiles.filesNotRead(in: directory) {
          _ = explain("warning: \(file) is not read; profiles end in .yaml", .success)
        }
        var failures = 0
        for profile in profiles {
          if !json { print("\(profile.name)  \(profile.file)") }
          if !json, profile.examples.isEmpty { print("  none  it has no examples") }
          for example in profile.examples {
            let problems = runner.problems(of: example, in: profile)
            failures += problems.isEmpty ? 0 : 1
            try show(example, problems, in: profile)
          }
        }
        let count = profiles.reduce(0) { $0 + $1.examples.count }
        if !json { print("\(count) examples of \(profiles.count) profiles, \(failures) failed") }
        if failures > 0 { throw ExitCode.badData }
      }
    }

    private func show(_ example: Example, _ problems: [String], in profile: Profile) throws {
      if json {
        let line = Line(
          profile: profile.name, file: profile.file, line: example.line, topic: example.message.topic,
          passed: problems.isEmpty, problems: problems)
        return Output.write(try Answer.json(line))
      }
      let outcome = example.refused.map { "refused: \($0.rawValue)" } ?? "\(example.readings.count) readings"
      print("  \(problems.isEmpty ? "ok  " : "FAIL")  line \(example.line): \(example.message.topic): \(outcome)")
      for problem in problems { print("          \(problem)") }
    }
  }

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
    static let configuration = CommandConfiguration(abstract: "List the devices that a gateway has seen.")

    @OptionGroup var location: StoreLocation
    @Flag(help: "One JSON document, as the API answers it.")
    var json = false
    @Argument(help: "profile=… tag.NAME=… device=… format=json|csv limit=…")
    var parameters: [String] = []

    private struct Listing: Decodable {
      struct Device: Decodable {
        let device: String
        let profile: String
        let last_received_at: String?
        let metrics: [String]
        let tags: [String: String]
      }

      let devices: [Device]
    }

    func run() async throws {
      try await reporting {
        let answer = try await location.answer(.devices(QueryParameters(words: parameters)))
        if json || parameters.contains(where: { $0.hasPrefix("format=") }) { return Output.write(answer) }
        let rows = try JSONDecoder().decode(Listing.self, from: answer).devices.map { device in
          [
            device.device, device.profile, device.last_received_at ?? "-", "\(device.metrics.count)",
            device.tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "),
          ]
        }
        print(Table(["device", "profile", "last received", "metrics", "tags"], rows).text)
      }
    }
  }
}

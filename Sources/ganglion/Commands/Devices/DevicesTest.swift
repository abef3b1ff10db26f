import ArgumentParser
import DeviceCatalog
import Foundation
import Gateway
import StrictYAML

extension Devices {
  /// `ganglion devices test`: do profiles read their examples as these say?
  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run the examples inside every profile of a directory.",
      discussion: """
        One line an example, with what was expected and what came beneath those that fail. Exits with 0 where all come \
        out as they say, with 65 where one does not or the directory has no profile, with 78 for a wrong profile.
        """)

    @Argument(
      help: """
        The directory (default: the built-in profiles, and those of /etc/ganglion/ganglion.yaml where there is one).
        """)
    var directory: String?

    @Option(help: ArgumentHelp("Only profiles whose name holds this.", valueName: "name"))
    var filter: String?

    @Flag(help: "One JSON object an example.")
    var json = false

    func run() async throws {
      try await reporting {
        let begin = ContinuousClock.now
        let source = try CatalogueSource(devices: directory, config: nil)
        let catalogue = try source.catalogue()
        for file in CatalogueFiles.filesNotRead(in: source.directory) {
          _ = explain("warning: \(file) is not read; profiles end in .yaml", .success)
        }
        let profiles = try wanted(catalogue)
        let outcomes = try run(profiles, by: ExampleRunner(catalogue))
        if !json {
          let duration = ContinuousClock.now - begin
          print("\n" + ExampleReport.summary(profiles: profiles.count, outcomes, within: duration))
        }
        if outcomes.contains(where: { !$0.problems.isEmpty }) { throw ExitCode.badData }
      }
    }

    /// Tells each as soon as it is known.
    private func run(_ profiles: [Profile], by runner: ExampleRunner) throws -> [ExampleReport.Outcome] {
      let report = ExampleReport(profiles, style: .standard)
      var outcomes: [ExampleReport.Outcome] = []
      for profile in profiles {
        if profile.examples.isEmpty, !json { print(report.text(ofUntested: profile)) }
        for example in profile.examples {
          let begin = ContinuousClock.now
          let problems = runner.problems(of: example, in: profile)
          let outcome = ExampleReport.Outcome(
            profile: profile, example: example, problems: problems, duration: ContinuousClock.now - begin)
          if json { Output.write(try Answer.json(Line(outcome))) } else { print(report.text(of: outcome)) }
          outcomes.append(outcome)
        }
      }
      return outcomes
    }

    private func wanted(_ catalogue: Catalogue) throws -> [Profile] {
      let own = catalogue.profiles.filter { directory == nil || !$0.isBuiltIn }
      if let directory, own.isEmpty { throw explain("no profile in \(directory)", .badData) }
      guard let filter else { return own }
      let found = own.filter { $0.name.contains(filter) }
      guard found.isEmpty else { return found }
      throw explain(
        "--filter '\(filter)': no profile's name holds it\(nearestHint(to: filter, among: own.map(\.name)))", .usage)
    }

    private struct Line: Encodable {
      let profile: String
      let file: String
      let line: Int
      let topic: String
      let passed: Bool
      let problems: [String]

      init(_ outcome: ExampleReport.Outcome) {
        profile = outcome.profile.name
        file = outcome.profile.file
        line = outcome.example.line
        topic = outcome.example.message.topic
        passed = outcome.problems.isEmpty
        problems = outcome.problems.map(\.text)
      }
    }
  }
}

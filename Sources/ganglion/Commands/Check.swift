import ArgumentParser
import DeviceCatalog
import Foundation
import Gateway

/// `ganglion check`: is the configuration right? Connects to nothing.
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check configuration, profiles with their examples, and credentials' files; connect to nothing.",
    discussion: "Exits with 0 where all is right, with 78 and the place of the first error where it is not.")

  @Option(help: "The configuration file.")
  var config = "/etc/ganglion/ganglion.yaml"

  private func filesNotRead(in directory: String?) -> [String] {
    guard let directory, let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else { return [] }
    return names.filter { !$0.hasSuffix(".yaml") && !$0.hasPrefix(".") }.sorted().map { "\(directory)/\($0)" }
  }

  func run() async throws {
    try await reporting {
      let configuration = try GatewayConfiguration(file: config)
      let catalogue = try Catalogue(CatalogueFiles.forDirectory(configuration.devices))
      try ExampleRunner(catalogue).requireAll()
      for warning in configuration.warnings { print("\(config): warning: \(warning)") }
      for profile in catalogue.profiles {
        print(
          "profile \(profile.name) (\(profile.file)): \(profile.metrics.count) metrics, \(profile.examples.count) examples"
        )
      }
      for file in filesNotRead(in: configuration.devices) {
        print("warning: \(file) is not read; profiles end in .yaml")
      }
      print("\(config): right, and so are the examples of \(catalogue.profiles.count) profiles. Subscribes to:")
      let filters = configuration.topicFilters(for: catalogue)
      for filter in filters { print("  \(filter)") }
      for topic in catalogue.topicFilters where !TopicFilters.cover(filters + [topic]).elementsEqual(filters) {
        print("  warning: no subscription covers \(topic), which a profile wants")
      }
    }
  }
}

import ArgumentParser
import DeviceCatalog
import Gateway

/// `ganglion check`: is the configuration right? Connects to nothing.
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check configuration, profiles and credentials' files; connect to nothing.",
    discussion: "Exits with 0 where all is right, with 78 and the place of the first error where it is not.")

  @Option(help: "The configuration file.")
  var config = "/etc/ganglion/ganglion.yaml"

  func run() async throws {
    try await reporting {
      let configuration = try GatewayConfiguration(file: config)
      let catalogue = try Catalogue(CatalogueFiles.forDirectory(configuration.devices))
      for warning in configuration.warnings { print("\(config): warning: \(warning)") }
      let metrics = catalogue.profiles.reduce(0) { $0 + $1.metrics.count }
      print("\(config): right. \(catalogue.profiles.count) profiles with \(metrics) metrics; subscribes to:")
      let filters = configuration.topicFilters(for: catalogue)
      for filter in filters { print("  \(filter)") }
      for topic in catalogue.topicFilters where !TopicFilters.cover(filters + [topic]).elementsEqual(filters) {
        print("  warning: no subscription covers \(topic), which a profile wants")
      }
    }
  }
}

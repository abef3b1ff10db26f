import ArgumentParser
import DeviceCatalog
import Foundation
import Gateway

/// `ganglion check`: is the configuration right? Connects to nothing.
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Check configuration, profiles with their examples, KPIs, rules, and credentials' files; connect to nothing.",
    discussion: "Exits with 0 where all is right, with 78 and the place of the first error where it is not.")

  @Option(help: "The configuration file.")
  var config = GatewayConfiguration.standardPath

  func run() async throws {
    try await reporting {
      let configuration = try GatewayConfiguration(file: config)
      let catalogue = try Catalogue(CatalogueFiles.forDirectory(configuration.devices))
      try configuration.requireLimitedProfiles(in: catalogue)
      try ExampleRunner(catalogue).requireAll()
      let builtIn = Set(try Catalogue(.builtIn).profiles.map(\.name))
      for profile in catalogue.profiles {
        let replaces = profile.isBuiltIn || !builtIn.contains(profile.name) ? "" : ", in place of the built-in one"
        print(
          "profile \(profile.name) (\(profile.file)): \(counted(profile.metrics.count, "metric")), \(counted(profile.examples.count, "example"))\(replaces)"
        )
      }
      for file in CatalogueFiles.filesNotRead(in: configuration.devices) {
        print("warning: \(file) is not read; profiles end in .yaml")
      }
      let listed = catalogue.registry.devices.count
      print(
        "registry: \(counted(listed, "device")) \(listed == 1 ? "is" : "are") listed, enrol: \(configuration.enrolment.rawValue)"
      )
      let kpis = configuration.kpis.all
      let own = kpis.count { !$0.isBuiltIn }
      print("kpis: \(kpis.count), of which \(own) \(own == 1 ? "is" : "are") yours")
      let listing = CatalogueListing(catalogue.profiles)
      for kpi in kpis {
        for problem in kpi.problems(with: listing) {
          print("warning: \(kpi.file):\(kpi.line): \(kpi.name): \(problem)")
        }
      }
      let alerts = try configuration.ruleListing(for: catalogue)
      print("rules: \(alerts.ruleCount), hooks: \(alerts.hookCount)")
      for warning in alerts.warnings { print("warning: \(warning)") }
      if let warning = configuration.enrolmentWarning(for: catalogue) { print("warning: \(warning)") }
      print("\(config): right, and so are the examples of \(catalogue.profiles.count) profiles. Subscribes to:")
      let filters = configuration.topicFilters(for: catalogue)
      for filter in filters { print("  \(filter)") }
      for profile in catalogue.profiles where !profile.isBuiltIn {
        for wanted in profile.filters where !filters.contains(where: { TopicFilters.covers($0, wanted) }) {
          print("  warning: no subscription covers \(wanted), which the profile \(profile.name) wants")
        }
      }
    }
  }
}

import Alerting
import DeviceCatalog
import DurableSQLite
import Foundation
import Ingest
import Logging
import StrictYAML
import Synchronization

/// Puts what stands in the devices directory in force while the gateway runs, all of it or nothing.
///
/// Invariants
/// - A set is read, checked and its examples run before anything changes: a wrong one is refused with its place.
/// - The journal says from which message on a set decodes; the pipeline learns it before that message is published. So
///   a replay decodes each message as it was decoded, and no message is decoded by two sets.
/// - One reload at a time.
final class CatalogueReload: Sendable {
  /// A reload is under way already.
  struct IsBusy: Error {}

  private struct Loaded: Sendable {
    let files: CatalogueFiles
    let catalogue: Catalogue
    let rules: RuleSet
    let filters: [String]
  }

  private let configuration: GatewayConfiguration
  private let session: Session
  private let announce: @Sendable (Catalogue, RuleSet, UInt64) -> Void
  private let log: Logger
  private let inForce: Shared<Loaded>
  private let isUnderWay = Atomic<Bool>(false)

  /// - Parameter announce: tells the pipeline from which sequence on a catalogue decodes, and rules look.
  init(
    _ files: CatalogueFiles, _ catalogue: Catalogue, _ rules: RuleSet, configuration: GatewayConfiguration,
    session: Session,
    announce: @escaping @Sendable (Catalogue, RuleSet, UInt64) -> Void, log: Logger
  ) {
    self.configuration = configuration
    self.session = session
    self.announce = announce
    self.log = log
    inForce = Shared(
      Loaded(files: files, catalogue: catalogue, rules: rules, filters: configuration.topicFilters(for: catalogue)))
  }

  /// The catalogue that decodes what comes now.
  var catalogue: Catalogue { inForce.value.catalogue }

  /// The rules that look at what comes now.
  var rules: RuleSet { inForce.value.rules }

  /// Reads the directory anew.
  ///
  /// - Throws: `YAMLError` where the set cannot be right, `IsBusy`, `DatabaseFailure`; then the old one goes on.
  func reload() async throws -> ReloadReport {
    guard !isUnderWay.exchange(true, ordering: .sequentiallyConsistent) else { throw IsBusy() }
    defer { isUnderWay.store(false, ordering: .sequentiallyConsistent) }
    do {
      let report = try await change()
      log.notice("\(report.lines.joined(separator: "; "))")
      return report
    } catch {
      log.error("the reload is refused, and the former profiles go on: \(error)")
      throw error
    }
  }

  private func change() async throws -> ReloadReport {
    let (former, new) = (inForce.value, try load())
    var report = ReloadReport(
      isChanged: new.files != former.files || new.rules != former.rules, profiles: new.catalogue.profiles.count)
    guard report.isChanged else { return report }
    let announce = announce
    report.compare(former.catalogue, new.catalogue)
    report.subscribed = new.filters.filter { !former.filters.contains($0) }
    report.unsubscribed = former.filters.filter { !new.filters.contains($0) }
    report.firstSequence = try await session.putInForce(new.files.encoded(), filters: new.filters) { sequence in
      announce(new.catalogue, new.rules, sequence)
    }
    inForce.update { $0 = new }
    return report
  }

  private func load() throws(YAMLError) -> Loaded {
    let files = try CatalogueFiles.forDirectory(configuration.devices)
    let catalogue = try Catalogue(files)
    try configuration.requireLimitedProfiles(in: catalogue)
    if let warning = configuration.enrolmentWarning(for: catalogue) { log.warning("\(warning)") }
    try ExampleRunner(catalogue).requireAll()
    let rules = try configuration.rules(for: catalogue)
    for warning in rules.warnings { log.warning("\(warning)") }
    return Loaded(
      files: files, catalogue: catalogue, rules: rules.rules, filters: configuration.topicFilters(for: catalogue))
  }
}

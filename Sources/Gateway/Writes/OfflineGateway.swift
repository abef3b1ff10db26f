import Alerting
import DeviceCatalog
import DurableSQLite
import Foundation
import Ingest
import Logging
import Storage
import StrictYAML
import Telemetry

/// A gateway without a broker, for commands that write where none runs: it holds the data directory's lock, and takes in
/// what the journal has and what is asked for. Calls of hooks that follow from it are written, and made by the gateway
/// that starts next.
public final class OfflineGateway {
  private let configuration: GatewayConfiguration
  private let directory: DataDirectory
  private let catalogue: Catalogue
  private let rules: RuleSet
  private let journal: Journal
  private let pipeline: Pipeline
  private let reader: StoreReader

  /// Does what is asked for, and closes journal and store.
  ///
  /// - Returns: the answer, as a gateway that runs gives it.
  /// - Throws: `GatewayFailure` where a gateway runs, or only one that runs can do it; `YAMLError`, `DatabaseFailure`,
  ///   `QueryError`.
  public static func perform(
    _ request: WriteRequest, _ configuration: GatewayConfiguration, log: Logger
  ) async throws -> Data {
    guard request.isWrittenOffline else {
      throw GatewayFailure(
        .unavailable, "no gateway runs on \(configuration.data); its next start reads the profiles")
    }
    return try await OfflineGateway(configuration, log: log).perform(request)
  }

  private init(_ configuration: GatewayConfiguration, log: Logger) throws {
    self.configuration = configuration
    directory = try DataDirectory(configuration)
    let files = try CatalogueFiles.forDirectory(configuration.devices)
    catalogue = try Catalogue(files)
    let shares = configuration.diskShares
    rules = try configuration.rules(for: catalogue).rules
    journal = try Journal(directory: configuration.data, shares: shares)
    let store = try Store(
      directory: configuration.data, zone: configuration.timeZone, limits: configuration.storeLimits)
    let room = StartRoom(
      ballast: Ballast(directory: configuration.data, bytes: shares.ballastBytes), log: log)
    pipeline = try StartUp(
      configuration: configuration, catalogue: catalogue, rules: rules,
      files: files, journal: journal, store: store, room: room,
      log: log
    ).makePipeline()
    reader = try StoreReader(directory: configuration.data)
  }

  private func perform(_ request: WriteRequest) async throws -> Data {
    let caller = Caller(name: NSUserName(), role: .admin, scope: .whole)
    let record = pipeline.audit.begin(request, caller, nil)
    try pipeline.checkpoint()
    let outcome: Result<Data, any Error>
    do {
      outcome = .success(try await answer(request, caller))
    } catch {
      outcome = .failure(error)
    }
    pipeline.audit.end(record, outcome)
    try pipeline.checkpoint()
    try pipeline.close()
    try journal.close()
    return try outcome.get()
  }

  private func answer(_ request: WriteRequest, _ caller: Caller) async throws -> Data {
    let zone = configuration.timeZone
    switch request {
    case .reload: return Data()
    case .replayLetters(let parameters): return try Answer.json(await replay(parameters))
    case .acknowledge(let id, let parameters):
      _ = try ask(AlertWrites.acknowledgement(of: id, parameters, by: caller))
      return try reader.readNow { try AlertWrites.alert(id, $0, caller.scope, rules, zone: zone) }
    case .silence(let parameters): return try ask(AlertWrites.silence(parameters, by: caller, zone: zone, now: .now))
    case .endSilence(let id): return try ask(AlertWrites.endSilence(id, by: caller))
    }
  }

  /// What is asked of alerts.
  private func ask(_ request: AlertRequest) throws -> Data {
    guard let desk = pipeline.alerts else { throw AlertMail.noRules(for: request) }
    let answer = try desk.apply(request)
    try pipeline.checkpoint()
    return answer
  }

  private func replay(_ parameters: QueryParameters) async throws -> LetterReplayReport {
    try await LetterReplay(
      parameters, .whole, catalogue, largestPayloadBytes: configuration.mqtt.maxPacketBytes, reader: reader,
      journal: { try self.takeIn($0) },
      settle: {
        try self.pipeline.checkpoint()
        return true
      }
    ).run()
  }

  private func takeIn(_ letters: [ReplayedLetter]) throws {
    let ring = configuration.makeRing()
    try journal.append(letters, through: ring, applied: pipeline.applied.sequence)
    for index in ring.readable() { try pipeline.process(ring.message(at: index)) }
    if pipeline.needsCheckpoint { try pipeline.checkpoint() }
  }
}

import DeviceCatalog
import DurableSQLite
import Foundation
import Ingest
import Logging
import Storage
import StrictYAML
import Telemetry

/// A gateway without a broker, for commands that write where none runs: it holds the data directory's lock, and takes in
/// what the journal has and what is asked for.
public final class OfflineGateway {
  private let configuration: GatewayConfiguration
  private let directory: DataDirectory
  private let catalogue: Catalogue
  private let journal: Journal
  private let pipeline: Pipeline
  private let reader: StoreReader

  /// - Throws: `GatewayFailure` where a gateway runs; `YAMLError`, `DatabaseFailure`.
  public init(_ configuration: GatewayConfiguration, log: Logger) throws {
    self.configuration = configuration
    directory = try DataDirectory(configuration)
    let files = try CatalogueFiles.forDirectory(configuration.devices)
    catalogue = try Catalogue(files)
    let shares = configuration.diskShares
    journal = try Journal(directory: configuration.data, shares: shares)
    let store = try Store(
      directory: configuration.data, zone: configuration.timeZone, limits: configuration.storeLimits)
    let room = StartRoom(
      ballast: Ballast(directory: configuration.data, bytes: shares.ballastBytes), log: log)
    pipeline = try StartUp(
      configuration: configuration, catalogue: catalogue, rules: configuration.rules(for: catalogue).rules,
      files: files, journal: journal, store: store, room: room,
      log: log
    ).makePipeline()
    reader = try StoreReader(directory: configuration.data)
  }

  /// Has dead letters read again, and closes journal and store.
  ///
  /// - Returns: the answer, as a gateway that runs gives it.
  /// - Throws: `QueryError`, `DatabaseFailure`.
  public func replayLetters(_ parameters: QueryParameters) async throws -> Data {
    let caller = Caller(name: NSUserName(), role: .admin, scope: .whole)
    let record = pipeline.audit.begin(.replayLetters(parameters), caller, nil)
    try pipeline.checkpoint()
    let outcome: Result<Data, any Error>
    do {
      outcome = .success(try Answer.json(await replay(parameters)))
    } catch {
      outcome = .failure(error)
    }
    pipeline.audit.end(record, outcome)
    try pipeline.checkpoint()
    try pipeline.close()
    try journal.close()
    return try outcome.get()
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

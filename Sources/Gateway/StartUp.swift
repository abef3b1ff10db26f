import DeviceCatalog
import DurableSQLite
import Foundation
import Ingest
import Logging
import Storage
import Telemetry

/// Brings journal and store to one point before anything new is read: joins them, replays what the store has not taken
/// in with the catalogue that was in force then, and puts the new catalogue in force.
struct StartUp {
  let configuration: GatewayConfiguration
  let catalogue: Catalogue
  let files: CatalogueFiles
  let journal: Journal
  let store: Store
  let room: StartRoom
  let log: Logger
  /// The clock.
  var now: @Sendable () -> Timestamp = { .now }

  /// The pipeline, at the journal's head.
  func makePipeline() throws -> Pipeline {
    let position = try store.read { try $0.position() }
    let lost = try join(position)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let inForce = try encoder.encode(files)
    let applied = lost ?? position.appliedSequence
    let former = try journal.catalogue(at: applied + 1)
    if let former, former != inForce, journal.head > applied {
      let pipeline = try Pipeline(
        formerCatalogue(former), configuration: configuration, store: store, journalID: journal.id, now: now)
      try replay(into: pipeline, lost: lost)
      try room.wait { () throws(DatabaseFailure) in try journal.setCatalogue(inForce) }
      return try Pipeline(catalogue, configuration: configuration, store: store, journalID: journal.id, now: now)
    }
    let pipeline = try Pipeline(catalogue, configuration: configuration, store: store, journalID: journal.id, now: now)
    try replay(into: pipeline, lost: lost)
    if former != inForce { try room.wait { () throws(DatabaseFailure) in try journal.setCatalogue(inForce) } }
    return pipeline
  }

  /// Makes the journal's numbers follow the store's.
  ///
  /// - Returns: where messages are missing between the two, the last one missing.
  private func join(_ position: StoreSnapshot.Position) throws(DatabaseFailure) -> UInt64? {
    let applied = position.appliedSequence
    let fed = try journal.storeID()
    if let fed, fed != position.storeID {
      log.warning("the store is another one than the journal fed: it was restored or replaced")
    }
    if let known = position.journalID, known != journal.id {
      log.warning(
        "the journal is another one than the store was fed from; its messages are counted on after \(applied)")
      try room.wait { () throws(DatabaseFailure) in try journal.continueNumbering(after: applied) }
    } else if journal.head < applied {
      log.warning("the journal ends at \(journal.head), the store has \(applied): the journal was restored or replaced")
      try room.wait { () throws(DatabaseFailure) in try journal.continueNumbering(after: applied, dropping: true) }
    }
    if fed != position.storeID {
      try room.wait { () throws(DatabaseFailure) in try journal.setStoreID(position.storeID) }
    }
    guard journal.firstKept > applied + 1 else { return nil }
    log.error("messages \(applied + 1) to \(journal.firstKept - 1) are in neither journal nor store: lost{restore}")
    return journal.firstKept - 1
  }

  private func formerCatalogue(_ data: Data) throws -> Catalogue {
    do {
      return try Catalogue(JSONDecoder().decode(CatalogueFiles.self, from: data))
    } catch {
      log.warning("the former catalogue cannot be read by this version, the new one decodes instead: \(error)")
      return catalogue
    }
  }

  private func replay(into pipeline: Pipeline, lost: UInt64?) throws {
    if let lost { pipeline.bookLoss(through: lost, .restore) }
    let first = max(lost ?? 0, pipeline.applied.sequence)
    guard journal.head > first else { return try checkpoint(pipeline) }
    log.notice("replaying \(journal.head - first) messages from the journal")
    var nextCheckpoint = first + StartUp.messagesBetweenCheckpoints
    try journal.replay(after: first, trailingBytes: DecoderSet.padding) { message in
      try pipeline.process(message)
      if message.sequence >= nextCheckpoint || pipeline.needsCheckpoint {
        try checkpoint(pipeline)
        nextCheckpoint = message.sequence + StartUp.messagesBetweenCheckpoints
      }
    }
    try checkpoint(pipeline)
  }

  private func checkpoint(_ pipeline: Pipeline) throws(DatabaseFailure) {
    try room.wait { () throws(DatabaseFailure) in try pipeline.checkpoint() }
  }

  private static let messagesBetweenCheckpoints: UInt64 = 262_144
}

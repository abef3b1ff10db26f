import Alerting
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
  var rules = RuleSet()
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
    let inForce = try files.encoded()
    let applied = lost ?? position.appliedSequence
    let parts = try parts(after: applied, then: inForce)
    var pipeline: Pipeline?
    for part in parts {
      let catalogue = try part.files == inForce ? catalogue : formerCatalogue(part.files)
      if let former = pipeline {
        pipeline = try Pipeline(catalogue, rules: rules, succeeding: former)
      } else {
        pipeline = try Pipeline(
          catalogue, rules: rules, configuration: configuration, store: store, journalID: journal.id, now: now)
        if let lost { pipeline?.bookLoss(through: lost, .restore) }
        if journal.head > applied { log.notice("replaying \(journal.head - applied) messages from the journal") }
      }
      if let pipeline { try replay(into: pipeline, through: part.last) }
    }
    if try journal.catalogue(at: journal.head + 1) != inForce {
      try room.wait { () throws(DatabaseFailure) in try journal.setCatalogue(inForce) }
    }
    return pipeline!
  }

  /// The catalogues that were in force one after the other, each with the last message that it decodes: those of what
  /// the store has not taken in, and the one of this start, behind the journal's head.
  private func parts(after applied: UInt64, then inForce: Data) throws -> [(files: Data, last: UInt64)] {
    let changes = try journal.catalogues(after: applied + 1)
    let all = try [(first: applied + 1, files: journal.catalogue(at: applied + 1) ?? inForce)] + changes
    let ends = changes.map { $0.first - 1 } + [journal.head]
    var parts = zip(all, ends).filter { $0.0.first <= min($0.1, journal.head) }.map {
      ($0.0.files, min($0.1, journal.head))
    }
    if parts.last?.0 != inForce { parts.append((inForce, journal.head)) }
    return parts.map { (files: $0.0, last: $0.1) }
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

  private func replay(into pipeline: Pipeline, through last: UInt64) throws {
    var nextCheckpoint = pipeline.appliedSequence + StartUp.messagesBetweenCheckpoints
    try journal.replay(
      after: pipeline.appliedSequence, through: last, trailingBytes: DecoderSet.padding
    ) { message in
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

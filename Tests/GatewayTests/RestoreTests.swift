import Foundation
import Ingest
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// A backup put in the store's place, as the documentation says.
@Suite
struct RestoreTests {
  private typealias Message = PipelineHarness.Message
  private static let noon = PipelineHarness.noon

  @Test("A gateway goes on from a backup: what the journal still has is applied again, and nothing is counted twice")
  func restore() throws {
    let harness = try PipelineHarness()
    let journal = try harness.openJournal()
    func send(_ seconds: Range<Int64>, _ pipeline: Pipeline) throws {
      try harness.ingest(
        seconds.map { Message(payload: #"{"ts":\#(Self.noon - 600 + $0),"t":\#($0),"w":1,"m":"ON"}"#) }, journal,
        pipeline)
      try pipeline.checkpoint()
    }
    var pipeline = try harness.start(journal, try harness.openStore())
    try send(0..<200, pipeline)
    let copy = "\(harness.scratch.path)/copy.db"
    try StoreReader(directory: harness.configuration.data).backUp(to: copy)
    try send(200..<500, pipeline)
    let answer = try ask(harness)
    try pipeline.close()
    let store = "\(harness.configuration.data)/store.db"
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: store + suffix) }
    try FileManager.default.moveItem(atPath: copy, toPath: store)

    pipeline = try harness.start(journal, try harness.openStore())
    #expect(pipeline.applied.sequence == 500)
    #expect(try ask(harness) == answer)
    let ledger = try harness.ledger(journal)
    #expect(ledger.imbalances().isEmpty)
    #expect(ledger.allMessages.outcomes == [Account.Entry(word: "decoded", reason: nil): 500])
    // And on it goes.
    try send(500..<510, pipeline)
    #expect(try harness.ledger(journal).allReadings.settled == 1530)
  }

  private func ask(_ harness: PipelineHarness) throws -> JSON {
    try harness.ask(
      Question.aggregates,
      [("metric", "temperature,weight,mode"), ("window", "1m"), ("from", "-15m"), ("group_by", "site")])["series"]
  }
}

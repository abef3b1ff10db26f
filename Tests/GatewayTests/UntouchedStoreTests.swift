import Foundation
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// Questions write nothing.
@Suite
struct UntouchedStoreTests {
  @Test("No question, by whatever parameter, changes a byte of the store or its log")
  func bytes() throws {
    let harness = try PipelineHarness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    try harness.ingest(
      (Int64(1)...50).map {
        PipelineHarness.Message(payload: #"{"ts":\#(PipelineHarness.noon - $0 * 60),"w":\#($0),"t":1,"m":"ON"}"#)
      } + [PipelineHarness.Message(payload: "{")], journal, pipeline)
    try pipeline.checkpoint()
    func contents() throws -> [String: Data] {
      let files = try FileManager.default.contentsOfDirectory(atPath: harness.configuration.data)
      // The index of the log is memory that readers mark their places in.
      return try files.filter { !$0.hasSuffix("-shm") }.reduce(into: [:]) {
        $0[$1] = try Data(contentsOf: URL(fileURLWithPath: "\(harness.configuration.data)/\($1)"))
      }
    }
    let before = try contents()
    #expect(before["store.db"] != nil && before["store.db-wal"] != nil)
    let reader = try StoreReader(directory: harness.configuration.data, readers: 1)
    var answered = 0
    for question in ScopeTests.questions + [.audit(QueryParameters([]))] {
      let answer = try? reader.readNow {
        try question.answer(
          $0, .whole, zone: harness.configuration.timeZone, now: Timestamp(seconds: PipelineHarness.noon))
      }
      answered += answer == nil ? 0 : 1
    }
    #expect(answered > 50)
    #expect(try contents() == before)
  }

  @Test("A question that takes too long is given up, and the reader answers the next one")
  func timeLimit() throws {
    let harness = try PipelineHarness()
    _ = try harness.start(try harness.openJournal(), try harness.openStore())
    let reader = try StoreReader(directory: harness.configuration.data, readers: 1)
    #expect(throws: StoreReader.TookTooLong.self) {
      try reader.readNow(within: .milliseconds(50)) { snapshot in
        // Small statements count together, as long as they are prepared once.
        let end = ContinuousClock.now + .seconds(20)
        while .now < end { _ = try snapshot.latest(of: SeriesID(rawValue: 1)) }
      }
    }
    #expect(try reader.readNow(within: .seconds(60)) { try $0.position().appliedSequence } == 0)
  }
}

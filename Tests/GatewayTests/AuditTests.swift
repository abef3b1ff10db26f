import Foundation
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// What is asked for is written down before it is done.
@Suite
struct AuditTests {
  private struct Refused: Error {}

  private static let caller = Caller(name: "duty", role: .operator, scope: .whole)

  private let harness: PipelineHarness
  private let pipeline: Pipeline

  init() throws {
    harness = try PipelineHarness()
    pipeline = try harness.start(try harness.openJournal(), try harness.openStore())
  }

  private func records() throws -> [AuditRecord] {
    try StoreReader(directory: harness.configuration.data, readers: 1).readNow { try $0.auditRecords(limit: 100) }
  }

  /// Has checkpoints written, as the pipeline's thread does where somebody waits for one, until a task ends.
  private func checkpointing<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws
    -> Value
  {
    let task = Task { try await body() }
    let isDone = Shared(false)
    let end = Task {
      _ = await task.result
      isDone.update { $0 = true }
    }
    try await eventually("the record is written and the task has ended") {
      if pipeline.needsCheckpoint { try pipeline.checkpoint() }
      return isDone.value
    }
    await end.value
    return try await task.value
  }

  @Test("It stands in the store when it is done, and its outcome after the next checkpoint")
  func before() async throws {
    let (audit, directory) = (pipeline.audit, harness.configuration.data)
    let answer = try await checkpointing {
      try await audit.record(
        .replayLetters(QueryParameters([("reason", "malformed")])), by: Self.caller, at: "192.0.2.7"
      ) {
        let found = try StoreReader(directory: directory, readers: 1).readNow { try $0.auditRecords(limit: 2) }
        #expect(found.count == 1 && found[0].outcome == nil)
        return Data("done\n".utf8)
      }
    }
    #expect(answer == Data("done\n".utf8))
    try pipeline.checkpoint()
    let record = try #require(try records().first)
    #expect(record.caller == "duty" && record.role == "operator" && record.address == "192.0.2.7")
    #expect(record.action == "replay-dead-letters" && record.parameters == "reason=malformed")
    #expect(record.outcome?.isDone == true && record.outcome?.text == "done")
  }

  @Test("What is refused, or fails, is written down as such, and thrown")
  func refused() async throws {
    let audit = pipeline.audit
    await #expect(throws: Refused.self) {
      try await checkpointing {
        try await audit.record(.reload, by: .owner, at: nil) { throw Refused() }
      }
    }
    try pipeline.checkpoint()
    let record = try #require(try records().first)
    #expect(record.caller == nil && record.address == nil && record.outcome?.isDone == false)
  }

  @Test("Numbers go on behind those of the process before")
  func numbers() throws {
    for _ in 0..<3 { _ = pipeline.audit.begin(.reload, .owner, nil) }
    try pipeline.checkpoint()
    try pipeline.close()
    let next = try harness.start(try harness.openJournal(), try harness.openStore())
    #expect(next.audit.begin(.reload, .owner, nil).id == 4)
    try next.checkpoint()
    #expect(try records().map(\.id) == [4, 3, 2, 1])
    let answer = try harness.ask(Question.audit, [("limit", "2")])["audit"]
    #expect(answer.count == 2 && answer[0]["id"] == .number(4) && answer[0]["done"] == .null)
  }

  @Test("A checkpoint that fails leaves what it was to write for the next one")
  func failedCheckpoint() throws {
    let record = pipeline.audit.begin(.reload, .owner, nil)
    #expect(pipeline.audit.take() == [record])
    #expect(pipeline.audit.take() == [record])
    try pipeline.checkpoint()
    #expect(try records().map(\.id) == [record.id])
  }
}

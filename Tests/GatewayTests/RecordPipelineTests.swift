import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// Messages of many devices and times: what one record does to the others, and to the message.
@Suite
struct RecordPipelineTests {
  private typealias Message = PipelineHarness.Message
  private static let noon = PipelineHarness.noon

  private static let profile = """
    profile: table
    topics: ["csv/{site}"]
    payload: csv
    device: /id
    time: { at: /ts, as: unix-s }
    metrics:
      - { name: temperature, at: /t, kind: gauge, unit: Cel, range: [-50, 100] }
      - { name: weight, at: /w, kind: event, unit: kg }
    """

  private func counts(_ account: Account) -> [String: Int64] {
    account.outcomes.reduce(into: [:]) {
      $0[[$1.key.word, $1.key.reason].compactMap { $0 }.joined(separator: " ")] = $1.value
    }
  }

  /// The ledger after one message.
  private func ledger(_ rows: [String]) throws -> (messages: [String: Int64], readings: Ledger) {
    let harness = try PipelineHarness(profiles: ["table.yaml": Self.profile])
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    let payload = (["id,ts,t,w"] + rows).joined(separator: "\n")
    try harness.ingest([Message(topic: "csv/north", payload: payload)], journal, pipeline)
    try pipeline.checkpoint()
    let ledger = try harness.ledger(journal)
    #expect(ledger.imbalances().isEmpty, "\(ledger.imbalances())")
    return (counts(ledger.allMessages), ledger)
  }

  @Test("A record with a time of no use has its readings rejected, a bad value is bad, and the others count")
  func mixed() throws {
    let found = try ledger([
      "a,\(Self.noon),20,1", "a,\(Self.noon + 301),21,1", "b,\(Self.noon - 31 * 86400),22,1", "b,never,23,1",
      "c,\(Self.noon),200,1", "d,5,24,1",
    ])
    #expect(found.messages == ["decoded": 1])
    #expect(
      found.readings.readings.mapValues(counts) == [
        "a": ["aggregated": 2, "rejected future": 2], "b": ["rejected past": 2, "rejected time": 2],
        "c": ["aggregated": 1, "bad range": 1], "d": ["rejected time": 2],
      ])
  }

  @Test("Where no record has a time of use the message is kept with the first one's reason, and nothing is counted")
  func noneOfUse() throws {
    let found = try ledger(["a,\(Self.noon + 301),21,1", "b,never,23,1"])
    #expect(found.messages == ["dead-lettered future": 1])
    #expect(found.readings.allReadings.entered == 0)
  }

  @Test("A record without a device keeps the whole message, since nobody could say later which of it counted")
  func withoutDevice() throws {
    let found = try ledger(["a,\(Self.noon),20,1", ",\(Self.noon),21,1"])
    #expect(found.messages == ["dead-lettered device": 1])
    #expect(found.readings.allReadings.entered == 0)
  }

  @Test("Whatever times the records have, readings end as a plain look at each says")
  func random() throws {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<20 {
      var rows: [String] = []
      var expected: [String: [String: Int64]] = [:]
      var isOneOfUse = false
      for _ in 0..<Int.random(in: 1...30, using: &random) {
        let device = ["a", "b", "c"].randomElement(using: &random)!
        let offset = [0, -60, 300, 301, -30 * 86400, -30 * 86400 - 1].randomElement(using: &random)!
        let outcome = offset == 301 ? "rejected future" : offset == -30 * 86400 - 1 ? "rejected past" : "aggregated"
        isOneOfUse = isOneOfUse || outcome == "aggregated"
        // A weight that is different each time, so that none is a repeat.
        rows.append("\(device),\(Self.noon + Int64(offset)),,\(rows.count + 1)")
        expected[device, default: [:]][outcome, default: 0] += 1
        // The empty cell, whatever becomes of its record.
        expected[device, default: [:]]["bad missing", default: 0] += 1
      }
      let found = try ledger(rows)
      #expect(isOneOfUse == (found.messages == ["decoded": 1]))
      #expect(found.readings.readings.mapValues(counts) == (isOneOfUse ? expected : [:]))
    }
  }
}

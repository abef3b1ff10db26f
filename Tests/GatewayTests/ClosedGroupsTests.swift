import Foundation
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// What is remembered of windows that have ended is what would be read anew.
@Suite
struct ClosedGroupsTests {
  private typealias Message = PipelineHarness.Message
  private static let noon = PipelineHarness.noon

  @Test("A reader that remembers answers like one that has just been opened, whatever comes late, moves or is let go")
  func likeNew() throws {
    var random = RandomSource(seed: testSeed())
    let clock = Shared(Timestamp(seconds: Self.noon - 3 * 3600))
    var harness = try PipelineHarness()
    harness.clock = { clock.value }
    harness.configuration.windows.retainMinutes = .seconds(6 * 3600)
    harness.configuration.windows.exactFor = .seconds(60)
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    let remembering = try StoreReader(directory: harness.configuration.data, readers: 1)
    let zone = harness.configuration.timeZone
    var answers = 0
    for round in 0..<40 {
      let now = clock.value.seconds
      var messages: [Message] = []
      for _ in 0..<Int.random(in: 0...40, using: &random) {
        // Some are hours late.
        let age = Int64.random(in: 0..<(Bool.random(using: &random) ? 120 : 5 * 3600), using: &random)
        let site = ["north", "south"].randomElement(using: &random)!
        messages.append(
          Message(
            topic: "a/\(site)/probe-\(Int.random(in: 0..<8, using: &random))",
            payload: #"{"ts":\#(now - age),"w":\#(Int.random(in: 0...50, using: &random)),"t":\#(round)}"#,
            receivedAt: Timestamp(seconds: now)))
      }
      try harness.ingest(messages, journal, pipeline)
      try pipeline.checkpoint()
      if round % 3 == 0 { while try pipeline.upkeep(atMost: .seconds(1)) {} }
      for (window, groupBy, metric) in [
        ("1h", "site", "weight"), ("5m", "site", "weight"), ("1d", "site", "weight"),
      ] {
        let question = Question.aggregates(
          QueryParameters([
            ("metric", metric), ("window", window), ("from", "-20h"), ("group_by", groupBy), ("fn", "count,sum,max"),
          ]))
        func answer(_ reader: StoreReader) throws -> Data {
          try reader.readNow { try question.answer($0, .whole, zone: zone, now: Timestamp(seconds: now)).body }
        }
        let fresh = try answer(StoreReader(directory: harness.configuration.data, readers: 1))
        #expect(try answer(remembering) == fresh, "round \(round), \(window)")
        answers += fresh.count > 200 ? 1 : 0
      }
      clock.update { $0 = $0 + .seconds(Int64.random(in: 1..<1800, using: &random)) }
    }
    #expect(answers > 60)
  }

  @Test("What is remembered is bounded: the questions that were not asked for longest are forgotten")
  func bounded() {
    let closed = ClosedGroups()
    func shape(_ name: String) -> ClosedGroups.Shape {
      let query = try! AggregatesQuery(
        QueryParameters([("metric", "m"), ("group_by", name)]), zone: .gmt, now: Timestamp(seconds: 1000))
      return ClosedGroups.Shape(query, [SeriesID(rawValue: 1)], .whole)
    }
    let key = SeriesGroups.Key(metric: "m", kind: .event, unit: "kg", values: ["x"])
    let groups = Array(repeating: (key: key, point: GroupPoint(group: 0, window: 0..<60)), count: 999)
    for start in 0..<Int64(2 * ClosedGroups.pointLimit / 1000) {
      closed.remember(groups, shape("s\(start)"), length: .hour, start: start * 3600, times: 1)
      #expect(closed.groups(shape("s0"), length: .hour, start: 0, times: 1) != nil, "asked for all the time")
    }
    #expect(closed.groups(shape("s1"), length: .hour, start: 3600, times: 1) == nil, "forgotten")
    #expect(closed.groups(shape("s0"), length: .hour, start: 0, times: 2) == nil, "its windows have changed")
  }
}

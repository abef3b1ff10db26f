import Foundation
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// Pages of an answer are the answer, cut: nothing twice, nothing left out, whatever comes meanwhile.
@Suite
struct PagingTests {
  private typealias Message = PipelineHarness.Message
  private static let noon = PipelineHarness.noon

  private let harness: PipelineHarness
  private var random: RandomSource

  init() throws {
    random = RandomSource(seed: testSeed())
    harness = try PipelineHarness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    var messages: [Message] = []
    for number in 0..<300 {
      let site = ["north", "south", ""].randomElement(using: &random)!
      let second = Self.noon - Int64.random(in: 0..<3600, using: &random)
      messages.append(
        Message(
          topic: "a/\(site)/probe-\(Int.random(in: 0..<20, using: &random))",
          payload: #"{"ts":\#(second),"t":\#(number % 90),"w":\#(number),"m":"ON"}"#))
    }
    try harness.ingest(messages, journal, pipeline)
    try pipeline.checkpoint()
  }

  /// All pages of a question, the rows in their order.
  private func pages(
    _ question: (QueryParameters) -> Question, _ parameters: [(name: String, value: String)], of size: Int,
    rows: (JSON) -> [JSON], meanwhile: (Int) throws -> Void = { _ in }
  ) throws -> [JSON] {
    var all: [JSON] = []
    var cursor: String?
    var number = 0
    repeat {
      var pairs = parameters + [(name: "limit", value: "\(size)")]
      if let cursor { pairs.append(("cursor", cursor)) }
      let page = try harness.ask(question, pairs, now: Self.noon + Int64(number))
      let found = rows(page)
      #expect(found.count <= size && !found.isEmpty)
      all += found
      cursor = if case .text(let next) = page["next"] { next } else { nil }
      #expect(cursor == nil || found.count == size)
      number += 1
      try meanwhile(number)
    } while cursor != nil && number < 1000
    return all
  }

  private static func list(_ json: JSON) -> [JSON] { if case .list(let items) = json { items } else { [] } }

  /// Each point with what it belongs to.
  private static func points(_ answer: JSON) -> [JSON] {
    list(answer["series"]).flatMap { series in
      list(series["points"]).map { .list([series["metric"], series["group"], $0]) }
    }
  }

  @Test("Pages of any size are the whole answer, in its order", arguments: [1, 7, 50, 10_000])
  func wholeAnswer(size: Int) throws {
    let aggregates = [
      (name: "metric", value: "weight,temperature,mode"), ("from", "-2h"), ("fn", "count"), ("group_by", "site,device"),
    ]
    for (question, parameters, rows) in [
      (Question.aggregates, aggregates, Self.points),
      (Question.latest, [], { Self.list($0["readings"]) }),
      (Question.devices, [], { Self.list($0["devices"]) }),
    ] as [((QueryParameters) -> Question, [(name: String, value: String)], (JSON) -> [JSON])] {
      let whole = try harness.ask(question, parameters)
      #expect(whole["next"] == .null)
      #expect(try pages(question, parameters, of: size, rows: rows) == rows(whole))
    }
  }

  @Test("What comes between two pages makes no row come twice, and takes none away")
  func underIngest() throws {
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    let before = Self.list(try harness.ask(Question.latest, [])["readings"]).map(Self.key)
    let seen = try pages(Question.latest, [], of: 5, rows: { Self.list($0["readings"]) }) { page in
      try harness.ingest(
        [
          Message(topic: "a/north/aaa-\(page)", payload: #"{"ts":\#(Self.noon),"w":1}"#),
          Message(topic: "a/north/probe-\(page)x", payload: #"{"ts":\#(Self.noon),"w":1}"#),
        ], journal, pipeline)
      try pipeline.checkpoint()
    }.map(Self.key)
    #expect(Set(seen).count == seen.count && Set(before).isSubset(of: seen))
  }

  private static func key(_ reading: JSON) -> String { "\(reading["device"]) \(reading["metric"])" }

  @Test("A cursor of another question, or of none, is told as such")
  func wrongCursors() throws {
    let page = try harness.ask(Question.devices, [("limit", "1")])
    guard case .text(let cursor) = page["next"] else {
      Issue.record("there is only one page")
      return
    }
    let farAway = [Int64.min, .max].map { PageCursor(Timestamp(microseconds: $0), key: ["a"]).text }
    for (question, wrong) in [(Question.latest, cursor)] + (["%", "e30"] + farAway).map({ (Question.devices, $0) }) {
      let error = #expect(throws: QueryError.self) { _ = try harness.ask(question, [("cursor", wrong)]) }
      #expect(error?.isNotFound == true && error?.description.contains("leads to no page") == true)
    }
    // Of a time to come, and with parts that are none of an answer's.
    let key = ["weight", "event", "kg", "probe-1", "0"]
    for (now, key) in [
      (Self.noon + 86_400, key), (Self.noon - 90_000, key), (Self.noon, ["weight", "event", "kg", "probe-1", "zero"]),
      (Self.noon, ["weight", "sort", "kg", "probe-1", "0"]), (253_402_300_799, key),
    ] {
      let cursor = PageCursor(Timestamp(seconds: now), key: key).text
      let error = #expect(throws: QueryError.self) {
        _ = try harness.ask(
          Question.aggregates, [("metric", "weight"), ("fill", "null"), ("to", "253402300799"), ("cursor", cursor)])
      }
      #expect(error?.isNotFound == true)
    }
    #expect(throws: QueryError.self) {
      _ = try harness.ask(Question.aggregates, [("metric", "weight"), ("from", "-9000y")])
    }
  }
}

import DeviceCatalog
import Foundation
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// What lies outside of a caller's scope is not there: answers are those of a store that never heard of it.
@Suite
struct ScopeTests {
  private typealias Message = PipelineHarness.Message
  private static let noon = PipelineHarness.noon
  private static let north = TagScope(["site": ["north"]])

  /// Of both sites, and of the one that the caller sees.
  private let both: PipelineHarness
  private let north: PipelineHarness
  private let catalogue: Catalogue

  init() throws {
    var random = RandomSource(seed: testSeed())
    var messages: [Message] = []
    for number in 0..<200 {
      // The first message says when the registry came into force: the same in both stores.
      let site = number == 0 || Bool.random(using: &random) ? "north" : "south"
      let device = "\(site)-\(number % 5)"
      let text =
        switch Int.random(in: 0..<10, using: &random) {
        case 0: "{"
        case 1: #"{"ts":\#(Self.noon - 3600 + Int64(number) * 17),"secret_\#(site)":1}"#
        default:
          #"{"ts":\#(Self.noon - 3600 + Int64(number) * 17),"t":\#(number % 120),"w":\#(number),"m":"ON","line":"\#(site)-\#(number % 3)"}"#
        }
      messages.append(
        Message(
          topic: "a/\(site)/\(device)", payload: text,
          receivedAt: Timestamp(seconds: Self.noon - 3600 + Int64(number) * 17)))
    }
    let rows = [
      "north-1,probe,N,north,QZ-N", "north-9,probe,,north,QZ-9", "south-1,probe,S,south,QZ-S", "south-9,probe,,south,",
    ]
    both = try PipelineHarness()
    try Self.list(rows, in: both)
    try Self.store(messages, in: both)
    north = try PipelineHarness()
    try Self.list(rows.filter { $0.hasPrefix("north") }, in: north)
    try Self.store(messages.filter { $0.topic.hasPrefix("a/north/") }, in: north)
    catalogue = try Catalogue(.forDirectory(both.configuration.devices))
  }

  private static func list(_ rows: [String], in harness: PipelineHarness) throws {
    let lines = ["device,profile,name,site,code"] + rows
    try harness.scratch.file("devices/registry.csv", lines.map { $0 + "\n" }.joined())
  }

  private static func store(_ messages: [Message], in harness: PipelineHarness) throws {
    var harness = harness
    // What the registry lists is listed at the start.
    harness.clock = { Timestamp(seconds: noon - 3700) }
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    for message in messages {
      try harness.ingest([message], journal, pipeline)
      try pipeline.checkpoint()
    }
  }

  private enum Outcome: Equatable {
    case answer(JSON)
    case refused(String, isNotFound: Bool)
  }

  private func ask(_ question: Question, of harness: PipelineHarness, _ scope: TagScope) throws -> Outcome {
    let reader = try StoreReader(directory: harness.configuration.data, readers: 1)
    let now = Timestamp(seconds: Self.noon)
    do {
      let answer = try reader.readNow {
        try question.answer(
          $0, scope, catalogue: catalogue, kpis: KPITestCatalogue.kpis, zone: harness.configuration.timeZone, now: now)
      }
      // Numbers of messages, and the first use of a profile, are of anybody's; an account is told to nobody with a scope.
      return .answer(
        try JSONDecoder().decode(JSON.self, from: answer.body).without("id").without("used_from")
          .without("account"))
    } catch let error as QueryError {
      return .refused(error.description, isNotFound: error.isNotFound)
    }
  }

  /// Every question that a scope shows a part of, by every parameter that it has.
  static var questions: [Question] {
    let from = (name: "from", value: "\(noon - 7200)")
    let values: [String: [String]] = [
      "metric": ["weight", "temperature,mode", "nothing"], "device": ["north-1", "south-1", "nobody"],
      "code": ["QZ-N", "QZ-S", "QZ-9", "QZ-X"], "id": ["999999"], "before": ["1"], "cursor": ["x"],
      Parameter.anyTag: ["north", "south", "nowhere"], "group_by": ["site", "line", "device,site"],
      "fn": ["count", "increase", "seconds"], "fill": ["null"], "window": ["1m", "1h", "1d"],
      "profile": ["probe", "none"],
      "format": ["csv"], "lang": ["zh"], "offset": ["-1h"], "order": ["-count", "completeness"],
      "top": ["1"], "limit": ["1", "100"], "reason": ["malformed", "no-metric"], "topic": ["a/+/+", "a/south/#"],
      "at": ["\(noon - 1800)", "\(noon - 60)"], "to": ["\(noon)"], "from": ["\(noon - 1800)"],
    ]
    func pairs(_ parameter: Parameter) -> [(name: String, value: String)] {
      // None is left out by mistake.
      values[parameter.name]!.flatMap { value in
        parameter.name == Parameter.anyTag
          ? ["site", "line", "absent"].map { (name: "tag.\($0)", value: value) } : [(parameter.name, value)]
      }
    }
    func each(_ parameters: [Parameter]) -> [QueryParameters] {
      // A language asks for CSV, which is compared as JSON is.
      parameters.flatMap(pairs).filter { $0.name != "format" }
        .map { QueryParameters($0.name == "lang" ? [$0, ("format", "json")] : [$0]) }
    }
    var questions: [Question] = []
    for parameters in each(AggregatesQuery.parameters) {
      for metric in ["weight", "mode"] {
        var all = parameters.pairs
        if all[0].name != "metric" { all.append(("metric", metric)) }
        if all[0].name != "from" { all.append(from) }
        questions.append(.aggregates(QueryParameters(all)))
      }
    }
    // Every form of a KPI, by every parameter.
    for name in KPITestCatalogue.kpis.all.filter({ !$0.isBuiltIn }).map(\.name) {
      for parameters in each(KPIQuery.parameters) {
        let span = parameters.pairs[0].name == "from" ? [] : [from]
        questions.append(.kpi(name, QueryParameters(parameters.pairs + span)))
      }
    }
    questions += each(LatestQuery.parameters).map { .latest($0) }
    questions += each(MetricsQuery.parameters).map { .metrics($0) }
    questions += each(DevicesQuery.parameters).map { .devices($0) }
    questions += each(DeadLettersQuery.parameters).map { .deadLetters($0) }
    questions += ["north-1", "nobody"].map { .device($0) }
    for device in ["north-1", "south-1", "nobody"] {
      for metric in ["weight", "nothing"] {
        for second in [noon - 1800, noon - 60] {
          let pairs = [(name: "device", value: device), ("metric", metric), ("at", "\(second)"), ("window", "1h")]
          questions.append(.explain(QueryParameters(pairs)))
        }
      }
    }
    return questions
  }

  @Test("Each question, by each of its parameters, is answered as if there were nothing else")
  func likeNothingElse() throws {
    for question in Self.questions {
      let seen = try ask(question, of: both, Self.north)
      let alone = try ask(question, of: north, .whole)
      #expect(seen == alone, "\(question)")
    }
  }

  @Test("A device of another district is answered like one that does not exist, by name, by code and by number")
  func likeAbsent() throws {
    func same(_ question: (String) -> Question, _ hidden: String, _ absent: String) throws {
      let (left, right) = (
        try ask(question(hidden), of: both, Self.north), try ask(question(absent), of: both, Self.north)
      )
      func masked(_ outcome: Outcome, _ name: String) -> Outcome {
        if case .refused(let text, let isNotFound) = outcome {
          return .refused(text.replacing(name, with: "?"), isNotFound: isNotFound)
        }
        return outcome
      }
      #expect(masked(left, hidden) == masked(right, absent), "\(question(hidden))")
    }
    try same({ .device($0) }, "south-1", "south-x")
    try same(
      { .explain(QueryParameters([("device", $0), ("metric", "weight"), ("at", "-10m")])) }, "south-1", "south-x")
    try same({ .latest(QueryParameters([("device", $0)])) }, "south-1", "south-x")
    try same({ .devices(QueryParameters([("device", $0)])) }, "south-1", "south-x")
    try same({ .aggregates(QueryParameters([("metric", "weight"), ("device", $0)])) }, "south-1", "south-x")
    try same(
      { .aggregates(QueryParameters([("metric", "weight"), ("tag.line", $0), ("from", "-2h")])) }, "south-1", "south-x")
    for (hidden, absent) in [("south-9", "south-x"), ("QZ-S", "QZ-X")] { try same({ .device($0) }, hidden, absent) }
    try same({ .latest(QueryParameters([("code", $0)])) }, "QZ-S", "QZ-X")
    try same({ .devices(QueryParameters([("code", $0)])) }, "QZ-S", "QZ-X")
    try same({ .aggregates(QueryParameters([("metric", "weight"), ("code", $0), ("from", "-2h")])) }, "QZ-S", "QZ-X")
    try same({ .explain(QueryParameters([("code", $0), ("metric", "weight"), ("at", "-10m")])) }, "QZ-S", "QZ-X")
    // Every letter that the caller does not see is one that is not there.
    let reader = try StoreReader(directory: both.configuration.data, readers: 1)
    let hidden = try reader.readNow { try $0.deadLetters(limit: 1000) }.filter {
      String(decoding: $0.topic, as: UTF8.self).hasPrefix("a/south/")
    }
    try #require(!hidden.isEmpty)
    for letter in hidden { try same({ .deadLetter($0) }, "\(letter.id)", "999999") }
  }

  @Test("A window counts under the tags at its start: what a device measured elsewhere stays hidden")
  func movingDevice() throws {
    let moving = try PipelineHarness()
    let messages = (0..<90).map { minute in
      // A third of the time each in the north, in the south, and in the north again.
      Message(
        topic: "a/\(minute / 30 == 1 ? "south" : "north")/mover",
        payload: #"{"ts":\#(Self.noon - 5400 + Int64(minute) * 60),"w":\#(minute)}"#,
        receivedAt: Timestamp(seconds: Self.noon - 5400 + Int64(minute) * 60))
    }
    try Self.store(messages, in: moving)
    let question = Question.aggregates(
      QueryParameters([
        ("metric", "weight"), ("from", "\(Self.noon - 7200)"), ("fn", "sum"), ("group_by", "site"),
      ]))
    guard case .answer(let seen) = try ask(question, of: moving, Self.north),
      case .answer(let whole) = try ask(question, of: moving, .whole)
    else {
      Issue.record("no answer")
      return
    }
    #expect(whole["series"].count == 2 && seen["series"].count == 1)
    #expect(seen["series"][0] == whole["series"][0] && seen["series"][0]["group"]["site"] == .text("north"))
    #expect((59...60).contains(seen["series"][0]["points"].count))

    // To the south, where it has been, its present is nobody's device.
    let south = TagScope(["site": ["south"]])
    for question in [
      Question.device("mover"), .latest(QueryParameters([("device", "mover")])),
      .devices(QueryParameters([("device", "mover")])), .metrics(QueryParameters([("device", "mover")])),
      .explain(QueryParameters([("device", "mover"), ("metric", "weight"), ("at", "-10m")])),
      .aggregates(QueryParameters([("metric", "weight"), ("fn", "increase"), ("from", "-20m")])),
      .aggregates(QueryParameters([("metric", "weight"), ("tag.nothing", "x"), ("from", "-20m")])),
    ] {
      let asked = try ask(question, of: moving, south)
      let absent = try ask(question, of: moving, TagScope(["site": ["east"]]))
      #expect(asked == absent, "\(question)")
    }
    let past = Question.explain(
      QueryParameters([("device", "mover"), ("metric", "weight"), ("at", "\(Self.noon - 2700)")]))
    guard case .answer = try ask(past, of: moving, south), case .refused = try ask(past, of: moving, Self.north) else {
      Issue.record("its past is that of where it was")
      return
    }
  }
}

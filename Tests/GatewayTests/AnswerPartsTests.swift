import Foundation
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// Answers that are told line by line, a part at a time: the same rows as of the whole.
@Suite
struct AnswerPartsTests {
  private typealias Message = PipelineHarness.Message
  private static let noon = PipelineHarness.noon

  private let harness: PipelineHarness
  private var random: RandomSource

  init() throws {
    random = RandomSource(seed: testSeed())
    harness = try PipelineHarness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    for _ in 0..<3 {
      var messages: [Message] = []
      for number in 0..<200 {
        let site = ["north", "south", ""].randomElement(using: &random)!
        let second = Self.noon - Int64.random(in: 0..<7200, using: &random)
        messages.append(
          Message(
            topic: "a/\(site)/probe-\(Int.random(in: 0..<20, using: &random))",
            payload:
              #"{"ts":\#(second),"t":\#(number % 90),"w":\#(number),"m":"\#(number % 3 == 0 ? "ON" : "OFF")"}"#))
      }
      try harness.ingest(messages, journal, pipeline)
      try pipeline.checkpoint()
    }
  }

  private func answers(
    _ question: Question, pointsAtOnce: Int = AggregatesQuery.pointsAtOnce
  ) throws -> [Answer] {
    let reader = try StoreReader(directory: harness.configuration.data, readers: 1)
    let (zone, now) = (harness.configuration.timeZone, Timestamp(seconds: Self.noon))
    return try reader.readNow { snapshot in
      var parts = [
        try question.answer(
          snapshot, QuestionContext(scope: .whole, catalogue: nil, kpis: .builtIn, zone: zone), now: now, from: nil,
          pointsAtOnce: pointsAtOnce)
      ]
      while let rest = parts.last?.rest { parts.append(try rest.answer(snapshot)) }
      return parts
    }
  }

  @Test("Parts of any size are the same rows, in the order of time", arguments: ["ndjson", "csv"])
  func parts(format: String) throws {
    for fn in ["count,sum", "twa", "seconds", "first,last"] {
      let metric = ["seconds": "mode", "twa": "temperature"][fn] ?? "weight,temperature"
      for fill in ["none", "null"] {
        let question = Question.aggregates(
          QueryParameters([
            ("metric", metric), ("from", "-3h"), ("window", "5m"), ("fn", fn), ("group_by", "site,device"),
            ("fill", fill), ("format", format),
          ]))
        let whole = try answers(question)
        #expect(whole.count == 1)
        for size in [1, 100, 300] {
          let parts = try answers(question, pointsAtOnce: size)
          #expect(parts.count > 1)
          let joined = parts.reduce(Data()) { $0 + $1.body }
          #expect(joined == whole[0].body, "\(fn), \(fill), \(size): \(whole[0].body.count) \(joined.count)")
        }
      }
    }
  }

  @Test("Parts begin where there is something, and not at the beginning of all years", arguments: ["none", "null"])
  func emptyYears(fill: String) throws {
    func text(_ from: String) throws -> [Data] {
      try answers(
        .aggregates(
          QueryParameters([
            ("metric", "weight"), ("from", from), ("window", "1h"), ("fill", fill), ("group_by", "site"),
            ("format", "csv"),
          ])), pointsAtOnce: 40
      ).map(\.body)
    }
    let parts = try text("0001-01-03T00:00:00Z")
    #expect(parts.count < 10)
    #expect(parts.reduce(Data(), +) == (try text("-4h")).reduce(Data(), +))
  }

  @Test("Lines are the points of the document, each with what it is of")
  func lines() throws {
    let parameters = [
      (name: "metric", value: "weight"), ("from", "-3h"), ("window", "15m"), ("group_by", "site"), ("offset", "-1h"),
    ]
    let document = try harness.ask(Question.aggregates, parameters)
    var wanted: [JSON] = []
    for series in Self.list(document["series"]) {
      for point in Self.list(series["points"]) {
        guard case .object(var fields) = point else { continue }
        for name in ["metric", "unit", "group"] { fields[name] = series[name] }
        wanted.append(.object(fields))
      }
    }
    let text = try answers(.aggregates(QueryParameters(parameters + [("format", "ndjson")])))[0]
    #expect(text.mediaType == "application/x-ndjson")
    let lines = try String(decoding: text.body, as: UTF8.self).split(separator: "\n").map {
      try JSONDecoder().decode(JSON.self, from: Data($0.utf8))
    }
    #expect(lines.count == wanted.count && wanted.allSatisfy(lines.contains))
  }

  @Test("Lists are told whole, page after page, where no page is asked for")
  func lists() throws {
    for question in [Question.latest, Question.devices, Question.metrics] {
      let name = question(QueryParameters([])).path.last!
      let items = name == "latest" ? "readings" : name
      let document = try harness.ask(question, [])
      let lines = try answers(question(QueryParameters([("format", "ndjson")]))).reduce(Data()) { $0 + $1.body }
      let found = try String(decoding: lines, as: UTF8.self).split(separator: "\n").map {
        try JSONDecoder().decode(JSON.self, from: Data($0.utf8))
      }
      #expect(found == Self.list(document[items]) && !found.isEmpty)
    }
  }

  @Test("CSV for a spreadsheet has a byte order mark, headers in its language, times as it reads them, and no formulas")
  func spreadsheet() throws {
    func text(_ lang: String) throws -> String {
      let parameters = QueryParameters([
        ("metric", "weight"), ("from", "-1h"), ("window", "1h"), ("group_by", "site"), ("fn", "sum"),
        ("lang", lang),
      ])
      return String(decoding: try answers(.aggregates(parameters))[0].body, as: UTF8.self)
    }
    let chinese = try text("zh").components(separatedBy: "\r\n")
    #expect(chinese[0].unicodeScalars.first == "\u{FEFF}")
    #expect(chinese[0].dropFirst() == "指标,单位,站点,开始时间,合计,完整率,未结束,修订号,近似值")
    #expect(chinese[1].hasPrefix("weight,kg,north,2025-11-21 11:00:00,"), "\(chinese[1])")
    #expect(try text("en").contains("metric,unit,site,start,sum,"))
    let line = Spreadsheet.chinese.line([.text("=1+1"), .text("-5"), .number(-5)], ["device", "site", "sum"])
    #expect(line == "'=1+1,'-5,-5")
    let error = #expect(throws: QueryError.self) { try text("fr") }
    #expect(error?.description == "lang='fr' is none of en, zh")
  }

  @Test("What is written straight into bytes is the JSON that JSONEncoder writes")
  mutating func writer() throws {
    for _ in 0..<500 {
      let value = Self.value(depth: 3, &random)
      var text = JSONText()
      text.value(value)
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      let (mine, its) = (Data(text.bytes), try encoder.encode(value))
      #expect(try JSONDecoder().decode(JSON.self, from: mine) == JSONDecoder().decode(JSON.self, from: its))
    }
  }

  private static func value(depth: Int, _ random: inout RandomSource) -> AnswerValue {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
    case 0: .null
    case 1: .bool(Bool.random(using: &random))
    case 2: .integer(Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0..<63, using: &random))
    case 3: .number(Double(Int.random(in: -100_000...100_000, using: &random)) / 1000)
    case 4: .text(text(&random))
    case 5: .list((0..<Int.random(in: 0..<4, using: &random)).map { _ in value(depth: depth - 1, &random) })
    default:
      .object(
        Dictionary(
          (0..<Int.random(in: 0..<4, using: &random)).map { _ in (text(&random), value(depth: depth - 1, &random)) }
        ) { $1 })
    }
  }

  private static func text(_ random: inout RandomSource) -> String {
    let scalars = ["a", "\"", "\\", "/", "\n", "\r", "\t", "\u{0}", "\u{1f}", "\u{7f}", "é", "垃圾", "😀", "\u{2028}"]
    return (0..<Int.random(in: 0..<8, using: &random)).map { _ in scalars.randomElement(using: &random)! }.joined()
  }

  private static func list(_ json: JSON) -> [JSON] { if case .list(let items) = json { items } else { [] } }
}

import Foundation
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// The other answers, and the ways an answer is written.
@Suite
struct AnswerTests {
  private typealias Message = PipelineHarness.Message
  private static let noon = PipelineHarness.noon

  private let harness: PipelineHarness

  init() throws {
    harness = try PipelineHarness()
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    try harness.ingest(
      [
        Message(topic: "a/north/p,1", payload: #"{"ts":\#(Self.noon - 90),"w":1.5,"m":"ON","line":"say \"L1\""}"#),
        Message(topic: "a/south/p2", payload: #"{"ts":\#(Self.noon - 30),"w":null}"#),
        Message(topic: "a/north/p,1", payload: #"{"ts":\#(Self.noon - 60),"w":2,"line":"L2"}"#),
        Message(topic: "a/north/p3", payload: "{"), Message(topic: "b/x", payload: "\u{1}ab"),
        Message(topic: "a/north/p3", payload: ""),
      ], journal, pipeline)
    try pipeline.checkpoint()
  }

  private func csv(_ question: (QueryParameters) -> Question, _ pairs: [(name: String, value: String)]) throws
    -> [String]
  {
    let reader = try StoreReader(directory: harness.configuration.data, readers: 1)
    let answer = try reader.readNow {
      try question(QueryParameters(pairs + [("format", "csv")]))
        .answer($0, .whole, zone: harness.configuration.timeZone, now: Timestamp(seconds: Self.noon))
    }
    #expect(answer.mediaType == "text/csv; charset=utf-8; header=present")
    let text = String(decoding: answer.body, as: UTF8.self)
    #expect(text.hasSuffix("\r\n"))
    return text.components(separatedBy: "\r\n").dropLast()
  }

  @Test("Aggregates as CSV: a row per point, with quotes where they are needed, nothing for null")
  func aggregatesCSV() throws {
    let lines = try csv(
      Question.aggregates,
      [("metric", "weight"), ("window", "1m"), ("from", "-10m"), ("group_by", "device,line"), ("fn", "sum,count")])
    #expect(
      lines == [
        "metric,unit,device,line,start,sum,count,completeness,open,revision,inexact",
        #"weight,kg,"p,1","say ""L1""",2025-11-21T12:38:00+08:00,1.5,1,0.16666666666666666,,1,"#,
        #"weight,kg,"p,1",L2,2025-11-21T12:39:00+08:00,2,1,0.16666666666666666,true,1,"#,
        "weight,kg,p2,,2025-11-21T12:39:00+08:00,,0,0.16666666666666666,true,1,",
      ])
  }

  @Test("Metrics of different kinds share the columns of all their functions")
  func mixedCSV() throws {
    let lines = try csv(
      Question.aggregates, [("metric", "weight,mode"), ("window", "1h"), ("group_by", "site"), ("tag.site", "north")])
    #expect(lines[0] == "metric,unit,site,start,count,sum,seconds,completeness,open,revision,inexact")
    #expect(lines[1].hasPrefix("mode,,north,2025-11-21T12:00:00+08:00,,,\"{\"\"ON\"\":30}\","))
    #expect(lines[2].hasPrefix("weight,kg,north,2025-11-21T12:00:00+08:00,2,3.5,,"))
  }

  @Test("Latest readings and devices as CSV have a column for each tag")
  func listsCSV() throws {
    let latest = try csv(Question.latest, [("metric", "weight")])
    #expect(latest[0] == "device,metric,kind,value,unit,time,received_at,quality,reason,tag.line,tag.site")
    #expect(latest[2] == "p2,weight,event,,kg,2025-11-21T12:39:30+08:00,2025-11-21T12:40:00+08:00,bad,missing,,south")
    let devices = try csv(Question.devices, [])
    #expect(
      devices[0]
        == "device,profile,first_seen_at,last_received_at,interval_s,metrics,name,code,longitude,latitude,listed,listed_at,tag.line,tag.site"
    )
    #expect(
      devices[1]
        == "\"p,1\",probe,2025-11-21T12:40:00+08:00,2025-11-21T12:40:00+08:00,10,mode weight,,,,,false,,L2,north")
  }

  @Test("Devices are listed by profile and tag; one is told with its tags through time, its account, its readings")
  func devices() throws {
    #expect(try harness.ask(Question.devices, [])["devices"].count == 2)
    #expect(try harness.ask(Question.devices, [("tag.site", "south")])["devices"][0]["device"] == .text("p2"))
    #expect(try harness.ask(Question.devices, [("profile", "other")])["devices"].count == 0)
    let one = try harness.ask({ _ in .device("p,1") }, [])
    #expect(one["profile"] == .text("probe"))
    #expect(one["interval_s"] == .number(10))
    #expect(one["account"]["entered"] == .number(3))
    #expect(one["latest"].count == 2)
    #expect(one["tag_history"][0] == .object(["name": .text("line"), "value": .text(#"say "L1""#), "from": .null]))
    #expect(one["tag_history"][1]["from"] == .text("2025-11-21T12:39:00+08:00"))
    let error = #expect(throws: QueryError.self) { try harness.ask({ _ in .device("p9") }, []) }
    #expect(error?.isNotFound == true)
  }

  @Test("Dead letters are listed the newest first, by reason and page; one is shown with its bytes")
  func deadLetters() throws {
    let all = try harness.ask(Question.deadLetters, [])["dead_letters"]
    #expect((0..<all.count).map { all[$0]["reason"] } == [.text("empty"), .text("no-profile"), .text("malformed")])
    #expect(try harness.ask(Question.deadLetters, [("reason", "malformed,empty")])["dead_letters"].count == 2)
    #expect(try harness.ask(Question.deadLetters, [("profile", "probe")])["dead_letters"].count == 2)
    #expect(try harness.ask(Question.deadLetters, [("before", "5")])["dead_letters"][0]["id"] == .number(4))
    let one = try harness.ask({ _ in .deadLetter("5") }, [])
    #expect(one["topic"] == .text("b/x"))
    #expect(one["payload"] == .text("\u{1}ab"))
    #expect(one["payload_base64"] == .text("AWFi"))
    #expect(one["payload_bytes"] == .number(3))
    for (id, isNotFound) in [("99", true), ("x", false)] {
      let error = #expect(throws: QueryError.self) { try harness.ask({ _ in .deadLetter(id) }, []) }
      #expect(error?.isNotFound == isNotFound)
    }
    #expect(throws: QueryError.self) { try harness.ask(Question.deadLetters, [("reason", "odd")]) }
  }

  @Test("A quote with a combining mark behind it is still a quote")
  func combiningQuote() throws {
    let table = OneCell(text: "no\"\u{301},rth")
    #expect(String(decoding: table.csv(for: nil), as: UTF8.self) == "x\r\n\"no\"\"\u{301},rth\"\r\n")
  }

  private struct OneCell: TabularAnswer, Encodable {
    let text: String
    var items: [OneCell] { [self] }
    let columns = ["x"]
    var rows: [[AnswerValue]] { [[.text(text)]] }
  }

  @Test("Times may be given as an age, now, Unix seconds or RFC 3339")
  func relativeTimes() throws {
    let answers = try [
      ("-1h", "now"), ("\(Self.noon - 3600)", "\(Self.noon)"),
      ("2025-11-21T03:40:00Z", "2025-11-21T12:40:00+08:00"), ("2025-11-21T11:40:00", "2025-11-21T12:40:00"),
    ].map { try harness.ask(Question.aggregates, [("metric", "weight"), ("from", $0), ("to", $1)]) }
    #expect(answers.allSatisfy { $0 == answers[0] })
    #expect(answers[0]["series"].count == 2)
  }

  @Test("A date is its first moment in the zone, and days have names, where clocks change too")
  func days() throws {
    let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
    // Clocks went forward at two in the morning of the 29th; at half past midnight on the 30th.
    let now = Timestamp(seconds: 1_774_823_400)
    func parse(_ text: String) -> String? {
      QueryTime.parse(text, now: now, zone: berlin).map { QueryTime.text($0, in: berlin) }
    }
    #expect(parse("now") == "2026-03-30T00:30:00+02:00")
    #expect(parse("today") == "2026-03-30T00:00:00+02:00")
    #expect(parse("yesterday") == "2026-03-29T00:00:00+01:00")
    #expect(parse("2026-03-29") == parse("yesterday"))
    #expect(parse("2026-03-30") == parse("today"))
    // Clocks go forward at midnight there: the day begins an hour later.
    let cairo = try #require(TimeZone(identifier: "Africa/Cairo"))
    let spring = QueryTime.parse("2024-04-26", now: now, zone: cairo)
    #expect(spring.map { QueryTime.text($0, in: cairo) } == "2024-04-26T01:00:00+03:00")
    for text in ["2026-02-30", "2026-3-29", "20260329T", "Today", "2026-03-29T10:00", "tomorrow"] {
      #expect(parse(text) == nil, "\(text)")
    }
  }
}

import Foundation
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// Each form of a KPI against a slow and obvious reference, on a random store.
@Suite
struct KPITests {
  private typealias Place = KPITestStore.Place
  private static let windows = ["1m", "5m", "15m", "1h", "1d"]
  private static let names = KPITestCatalogue.kpis.all.filter { !$0.isBuiltIn }.map(\.name)

  /// All tests only read it.
  private static let shared = Result { try KPITestStore(seed: testSeed("KPITests")) }
  private let store: KPITestStore

  init() throws {
    store = try Self.shared.get()
  }

  @Test("A sum is the sum, and as complete as the aggregate that it is made of")
  func sum() throws {
    for window in Self.windows {
      let figures = try store.figures("sum-weight", window: window)
      let expected = KPIReference(store, window: window).weight()
      for (place, figure) in figures {
        #expect(isClose(figure.value, expected[place]), "\(window) \(place)")
        #expect(figure.part == nil && figure.whole == nil)
      }
      #expect(Set(expected.keys).isSubset(of: figures.keys))
      let aggregate = try store.json(
        .aggregates(
          QueryParameters([
            ("metric", "weight"), ("fn", "sum"), ("window", window), ("from", "\(KPITestStore.begin)"),
            ("to", "\(KPITestStore.noon)"), ("group_by", "site"),
          ])))["series"]
      let kpi = try store.json(store.question("sum-weight", window: window))["series"]
      try #require(kpi.count == aggregate.count && kpi.count > 0)
      for place in 0..<kpi.count {
        #expect(kpi[place]["group"] == aggregate[place]["group"])
        for index in 0..<aggregate[place]["points"].count {
          let (ours, theirs) = (kpi[place]["points"][index], aggregate[place]["points"][index])
          #expect(ours["start"] == theirs["start"] && ours["value"] == theirs["sum"])
          #expect(ours["completeness"] == theirs["completeness"] && ours["open"] == theirs["open"])
        }
      }
    }
  }

  /// - Parameter isPercent: the value is a hundred times part ÷ whole.
  private func check(
    _ kpi: String, isPercent: Bool = true,
    _ reference: (KPIReference) -> (part: [Place: Double], whole: [Place: Double])
  ) throws {
    for window in Self.windows {
      let figures = try store.figures(kpi, window: window)
      let (part, whole) = reference(KPIReference(store, window: window))
      try #require(!whole.isEmpty)
      for place in Set(figures.keys).union(whole.keys) {
        let figure = figures[place]
        #expect(isClose(figure?.whole, whole[place]), "\(kpi) \(window) \(place)")
        guard let whole = whole[place] else {
          #expect(figure?.value == nil, "\(kpi) \(window) \(place)")
          continue
        }
        #expect(isClose(figure?.part, part[place]), "\(kpi) \(window) \(place)")
        #expect(
          isClose(figure?.value, part[place].map { $0 / whole * (isPercent ? 100 : 1) }), "\(kpi) \(window) \(place)")
      }
    }
  }

  @Test("A ratio is its terms' sums divided, each times its number; where a part is unknown so is the value")
  func ratio() throws { try check("mean-weight", isPercent: false) { $0.meanWeight() } }

  @Test("A share of time is the seconds in the states by the seconds in known ones")
  func timeShare() throws { try check("time-on") { $0.timeOn() } }

  @Test("A share of devices counts each device once in a window and group, among those that were heard")
  func deviceShare() throws { try check("warm-devices") { $0.warmDevices() } }

  @Test("Among listed devices silent ones count, and others do not")
  func listedShare() throws { try check("listed-on") { $0.listedOn() } }

  @Test("A minute lies within limits where its least and its greatest value do")
  func minuteShare() throws { try check("minutes-mild") { $0.mildMinutes() } }

  @Test("Listed devices that were heard, by listed devices")
  func heardShare() throws { try check("heard") { $0.heard() } }

  @Test("Completeness counts a device by the metric that it sent most of, and silent devices as expected")
  func completeness() throws { try check("complete") { $0.complete() } }

  @Test("Whoever sees one site is answered what whoever sees all is of that site, devices that move included")
  func scope() throws {
    for name in Self.names {
      for window in Self.windows {
        let question = store.question(name, window: window)
        let whole = try store.json(question)["series"]
        let expected = (0..<whole.count).map { whole[$0] }.filter { $0["group"]["site"] == .text("north") }
        let seen = try store.json(question, TagScope(["site": ["north"]]))["series"]
        #expect(seen == .list(expected), "\(name) \(window)")
        #expect(try store.json(question, TagScope(["site": ["east"]]))["series"].count == 0)
        let filtered = try store.json(store.question(name, window: window, [("tag.site", "north")]))["series"]
        #expect(filtered == .list(expected), "\(name) \(window)")
      }
    }
  }

  @Test("Pages are the answer, cut; the same question has the same bytes; CSV has a row for each point")
  func pages() throws {
    for name in Self.names {
      let question = store.question(name, window: "15m", [("fill", "null"), ("group_by", "device,site")])
      let whole = try store.answer(question)
      #expect(try store.answer(question).body == whole.body)
      let csv = try store.answer(
        store.question(name, window: "15m", [("fill", "null"), ("group_by", "device,site"), ("format", "csv")]))
      let rows = String(decoding: csv.body, as: UTF8.self).split(separator: "\r\n")
      #expect(rows[0] == "kpi,unit,device,site,start,value,part,whole,completeness,open,inexact")
      var cursor: String?
      var paged: [Substring] = []
      repeat {
        let page = try store.answer(
          store.question(
            name, window: "15m",
            [("fill", "null"), ("group_by", "device,site"), ("format", "csv"), ("limit", "7")]
              + (cursor.map { [("cursor", $0)] } ?? [])))
        paged += String(decoding: page.body, as: UTF8.self).split(separator: "\r\n").dropFirst()
        cursor = page.next
      } while cursor != nil && paged.count < 10_000
      #expect(paged == Array(rows.dropFirst()) && !paged.isEmpty)
    }
  }

  @Test("With fill=null silent windows have points whose value is unknown, and never 0")
  func silence() throws {
    for name in ["sum-weight", "mean-weight", "time-on", "warm-devices", "minutes-mild"] {
      let series = try store.json(store.question(name, window: "1m", [("fill", "null"), ("group_by", "device")]))
      var silent = 0
      for place in 0..<series["series"].count {
        let points = series["series"][place]["points"]
        for index in 0..<points.count where points[index]["completeness"] == .number(0) {
          silent += 1
          #expect(points[index]["value"] == .null || name == "time-on", "\(name) \(points[index])")
        }
      }
      #expect(silent > 0, "\(name)")
    }
  }

  @Test("A name that there is not, a tag that no device has and a wrong parameter are told")
  func refusals() throws {
    func refused(_ question: Question) -> QueryError? {
      #expect(throws: QueryError.self) { _ = try store.answer(question) }
    }
    let unknown = refused(.kpi("heart", QueryParameters([])))
    #expect(unknown?.isNotFound == true)
    #expect(unknown?.description.hasPrefix("there is no KPI 'heart' (did you mean 'heard'?); there are agv-") == true)
    #expect(
      refused(store.question("heard", window: "1h", [("group_by", "sight")]))?.description
        == "no device of the KPI heard has a tag 'sight'; expected one of device, site")
    #expect(refused(.kpi("heard", QueryParameters([("metric", "x")])))?.description.contains("'metric'") == true)
    #expect(refused(store.question("heard", window: "7m"))?.description.contains("window='7m'") == true)
    #expect(refused(store.question("heard", window: "1h", [("cursor", "x")]))?.isNotFound == true)
  }

  @Test("What is not asked for comes from the declaration; the list tells it")
  func defaults() throws {
    let answer = try store.json(.kpi("heard", QueryParameters([])))
    #expect(answer["window"] == .text("15m") && answer["unit"] == .text("%"))
    #expect(answer["from"] == .text("2025-11-21T11:30:00+08:00") && answer["to"] == .text("2025-11-21T12:40:00+08:00"))
    #expect(answer["title"]["zh"] == .text("测试") && answer["definition"]["en"] == .text("One ÷ another."))
    let list = try store.json(.kpis(QueryParameters([])))["kpis"]
    #expect(list.count == KPITestCatalogue.kpis.all.count)
    let heard = (0..<list.count).map { list[$0] }.first { $0["kpi"] == .text("heard") }
    #expect(heard?["span"] == .text("1h") && heard?["group_by"] == .list([.text("site")]))
    #expect(heard?["built_in"] == .bool(false) && list[0]["built_in"] == .bool(true))
  }
}

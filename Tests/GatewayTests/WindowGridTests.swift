import Foundation
import Simulator
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// Windows of questions, against the calendar of Foundation.
@Suite
struct WindowGridTests {
  private static let zones = ["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "Asia/Kolkata"]

  @Test("Weeks, months, quarters and years begin and end where the zone's calendar says", arguments: zones)
  func calendarWindows(zone identifier: String) throws {
    let zone = try #require(TimeZone(identifier: identifier))
    var calendar = Calendar(identifier: .iso8601)
    calendar.timeZone = zone
    var random = RandomSource(seed: testSeed())
    for _ in 0..<300 {
      let second = Int64.random(in: 0..<2_500_000_000, using: &random)
      // Foundation ends the week from which Samoa left out a day in the next one.
      guard !(1_324_893_600..<1_325_498_400).contains(second) else { continue }
      let date = Date(timeIntervalSince1970: Double(second))
      for (text, component) in [
        ("1d", Calendar.Component.day), ("1w", .weekOfYear), ("7d", .weekOfYear), ("1mo", .month), ("1y", .year),
      ] {
        var grid = try #require(WindowGrid(text, zone: zone))
        let wanted = try #require(calendar.dateInterval(of: component, for: date))
        let window = grid.window(of: second)
        #expect(
          window == Int64(wanted.start.timeIntervalSince1970)..<Int64(wanted.end.timeIntervalSince1970),
          "\(text) of \(date) in \(identifier)")
        #expect(grid.level == .day)
      }
      var quarters = try #require(WindowGrid("3mo", zone: zone))
      let quarter = quarters.window(of: second)
      let month = calendar.component(.month, from: Date(timeIntervalSince1970: Double(quarter.lowerBound)))
      #expect(quarter.contains(second) && [1, 4, 7, 10].contains(month))
    }
  }

  @Test("Windows of any length lie side by side: each second is in one", arguments: zones)
  func neighbours(zone identifier: String) throws {
    let zone = try #require(TimeZone(identifier: identifier))
    var random = RandomSource(seed: testSeed())
    for text in WindowGrid.usual + ["2d", "3d", "10d", "2w", "6mo"] {
      var grid = try #require(WindowGrid(text, zone: zone), "\(text)")
      for _ in 0..<20 {
        // Samoa left out a day at the end of 2011.
        let near = Bool.random(using: &random) ? 1_325_239_200 : Int64.random(in: 0..<2_500_000_000, using: &random)
        let second = near + Int64.random(in: -200_000...200_000, using: &random)
        let window = grid.window(of: second)
        #expect(window.contains(second), "\(text) at \(second) in \(identifier): \(window)")
        #expect(grid.window(of: window.upperBound).lowerBound == window.upperBound, "\(text) at \(second)")
        #expect(grid.window(of: window.lowerBound - 1).upperBound == window.lowerBound, "\(text) at \(second)")
      }
    }
  }

  @Test(
    "What is no length of windows is refused",
    arguments: ["", "m", "0m", "7m", "36h", "-1h", "1s", "5mo", "2y", "367d", "1M", "1 d", "٣d", "9999999d"])
  func refused(text: String) throws {
    #expect(WindowGrid(text, zone: .gmt) == nil)
  }

  @Test("A window so much earlier is at the same time of day, whatever the clocks did between")
  func earlier() throws {
    let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
    var grid = try #require(WindowGrid("1h", zone: zone))
    func earlier(_ time: String, by offset: String) throws -> String {
      let moment = try #require(QueryTime.parse(time, now: Timestamp(seconds: 0), zone: zone))
      let start = grid.start(moment.seconds, earlierBy: try #require(WindowOffset(offset)))
      return QueryTime.text(Timestamp(seconds: start), in: zone)
    }
    #expect(try earlier("2026-03-30T08:00:00", by: "-7d") == "2026-03-23T08:00:00+01:00")
    #expect(try earlier("2026-03-30T08:00:00", by: "-1w") == "2026-03-23T08:00:00+01:00")
    #expect(try earlier("2026-03-30T08:00:00", by: "-24h") == "2026-03-29T08:00:00+02:00")
    #expect(try earlier("2026-03-29T08:00:00", by: "-24h") == "2026-03-28T07:00:00+01:00")
    #expect(try earlier("2026-03-31T08:00:00", by: "-1mo") == "2026-02-28T08:00:00+01:00")
    #expect(try earlier("2024-02-29T08:00:00", by: "-1y") == "2023-02-28T08:00:00+01:00")
  }
}

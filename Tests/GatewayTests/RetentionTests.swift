import Foundation
import Ingest
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// What the store lets go, when, and what becomes of readings that come for it afterwards.
@Suite
struct RetentionTests {
  private typealias Message = PipelineHarness.Message
  /// Midnight in Shanghai, 2025-11-21.
  private static let midnight: Int64 = 1_763_654_400

  private struct Line {
    var harness: PipelineHarness
    let clock = HandClock()
    let journal: Journal
    let store: Store
    let pipeline: Pipeline

    init(_ configure: (inout GatewayConfiguration) -> Void) throws {
      var harness = try PipelineHarness()
      harness.clock = clock.now
      configure(&harness.configuration)
      self.harness = harness
      journal = try harness.openJournal()
      store = try harness.openStore()
      pipeline = try harness.start(journal, store)
    }

    /// One kilogram at a second of the day, received then or later.
    func send(at second: Int64, receivedAt: Int64? = nil) throws {
      let at = RetentionTests.midnight + second
      try harness.ingest(
        [
          Message(
            payload: #"{"ts":\#(at),"w":1}"#,
            receivedAt: Timestamp(seconds: RetentionTests.midnight + (receivedAt ?? second)))
        ], journal, pipeline)
    }

    func keepUp(at second: Int64) throws {
      try pipeline.checkpoint()
      clock.set(RetentionTests.midnight + second)
      while try pipeline.upkeep(atMost: .seconds(1)) {}
    }

    func ask(_ window: String, days: Int64 = 1, fill: String = "none") throws -> JSON {
      try harness.ask(
        Question.aggregates,
        [
          ("metric", "weight"), ("window", window), ("from", "\(RetentionTests.midnight)"),
          ("to", "\(RetentionTests.midnight + days * 86400)"), ("fn", "sum"), ("fill", fill),
        ], now: RetentionTests.midnight + 10 * 86400)
    }

    func sums(_ window: String, days: Int64 = 1) throws -> [Double] {
      let points = try ask(window, days: days)["series"][0]["points"]
      return (0..<points.count).map { if case .number(let sum) = points[$0]["sum"] { sum } else { -1 } }
    }

    func check() throws -> StoreCheck.Report {
      try store.read { try StoreCheck($0, zone: harness.configuration.timeZone).run() }
    }
  }

  @Test("Minutes go once hours stand for them; what comes late for them goes into the hour and the day")
  func lateForWhatIsGone() throws {
    let line = try Line { $0.windows.retainMinutes = .seconds(2 * 3600) }
    for second in stride(from: Int64(0), to: 86400, by: 600) { try line.send(at: second) }
    try line.send(at: 2 * 86400)
    try line.keepUp(at: 2 * 86400 + 60)
    let levels = try line.store.read { try $0.levels() }
    #expect(levels.day.madeThrough == Self.midnight + 86400)
    // The last reading's own hour is not over.
    #expect(levels.hour.madeThrough == Self.midnight + 86400)
    #expect(levels.minute.keptFrom == Self.midnight + 86400)
    #expect(
      try line.store.read { try $0.windowStarts(length: .minute) } == Self.midnight + 2 * 86400...Self.midnight + 2
        * 86400)
    #expect(try line.sums("1h") == Array(repeating: 6, count: 24))
    #expect(try line.sums("1m").isEmpty)

    try line.send(at: 3700, receivedAt: 2 * 86400)
    try line.send(at: 3800, receivedAt: 2 * 86400)
    try line.send(at: 7300, receivedAt: 2 * 86400)
    try line.keepUp(at: 2 * 86400 + 61)
    try line.send(at: 3900, receivedAt: 2 * 86400 + 1)
    try line.keepUp(at: 2 * 86400 + 62)
    #expect(try line.sums("1h").prefix(4) == [6, 9, 7, 6])
    let hours = try line.ask("1h")["series"][0]["points"]
    // Six minutes of an hour had readings, the others are expected all the same.
    #expect(hours[0]["completeness"] == .number(6.0 / 360))
    #expect(hours[1]["completeness"] == .number(9.0 / 360))
    #expect(hours[1]["inexact"] == .bool(true))
    #expect((hours[0]["revision"], hours[1]["revision"]) == (.number(1), .number(3)))
    #expect(try line.ask("1h")["kept_from"] == .null)
    #expect(try line.ask("15m")["kept_from"] == .text("2025-11-22T00:00:00+08:00"))
    #expect(try line.ask("15m", fill: "null")["series"].count == 0)
    #expect(try line.sums("1d") == [148])
    #expect(try line.harness.ledger(line.journal).imbalances().isEmpty)
    #expect(try line.check().faults.isEmpty)
  }

  @Test("Hours go once days stand for them, and days when their own time is over")
  func everyLevel() throws {
    let line = try Line {
      $0.windows.retainMinutes = .seconds(2 * 3600)
      $0.windows.retainHours = .seconds(2 * 86400)
      $0.windows.retainDays = .seconds(5 * 86400)
      $0.windows.eventTimes = EventTimeRule(futureLimit: .seconds(300), pastLimit: .seconds(365 * 86400))
    }
    for second in stride(from: Int64(0), through: 8 * 86400, by: 3600) {
      try line.send(at: second)
      if second % 21_600 == 0 { try line.keepUp(at: second) }
    }
    let levels = try line.store.read { try $0.levels() }
    #expect(levels.hour.keptFrom == Self.midnight + 6 * 86400)
    #expect(levels.day.keptFrom == Self.midnight + 3 * 86400)
    #expect(try line.sums("1d", days: 8) == Array(repeating: 24, count: 5))
    // For a day that is gone, and for one whose hours are gone.
    try line.send(at: 100, receivedAt: 8 * 86400)
    try line.send(at: 4 * 86400 + 100, receivedAt: 8 * 86400)
    try line.keepUp(at: 8 * 86400 + 1)
    #expect(try line.sums("1d", days: 8) == [24, 25, 24, 24, 24])
    #expect(try line.check().faults.isEmpty)
  }

  @Test("For want of bytes the oldest minutes go first, then the oldest hours, never days; it is counted")
  func evictionOrder() throws {
    let line = try Line {
      $0.limits.storeBytes = 1
      $0.windows.eventTimes = EventTimeRule(futureLimit: .seconds(300), pastLimit: .seconds(365 * 86400))
    }
    for second in stride(from: Int64(0), through: 40 * 86400, by: 7200) { try line.send(at: second) }
    try line.keepUp(at: 40 * 86400 + 60)
    let levels = try line.store.read { try $0.levels() }
    // A day of minutes and a month of hours stay whatever the bytes.
    #expect(levels.minute.keptFrom > Self.midnight + 38 * 86400)
    #expect(levels.minute.keptFrom <= Self.midnight + 39 * 86400 + 3600)
    #expect(levels.hour.keptFrom > Self.midnight + 7 * 86400)
    #expect(levels.hour.keptFrom <= Self.midnight + 9 * 86400)
    #expect(try line.sums("1d", days: 40) == Array(repeating: 12, count: 40))
    let evictions = try line.store.read { try $0.evictions() }
    #expect((evictions["minutes"] ?? 0) > 0)
    #expect((evictions["hours"] ?? 0) > 0)
    #expect(try line.check().faults.isEmpty)
  }

  @Test("What is only sent again is counted as that in minute, hour and day, and is no change of theirs")
  func repeats() throws {
    let line = try Line { _ in }
    for second in stride(from: Int64(0), to: 86400, by: 600) { try line.send(at: second) }
    try line.send(at: 86400)
    try line.keepUp(at: 86400 + 60)
    let (hour, day) = try (line.ask("1h"), line.ask("1d"))
    try line.send(at: 3600, receivedAt: 86400)
    try line.keepUp(at: 86400 + 61)
    #expect(try line.ask("1h") == hour)
    #expect(try line.ask("1d") == day)
    let key = WindowKey(start: Self.midnight, series: SeriesID(rawValue: 1))
    #expect(try line.store.window(key, length: .day)?.repeated == 1)
    #expect(try line.check().faults.isEmpty)
  }

  @Test("A machine's clock that ran ahead for a while leaves samples be once it is right again")
  func wrongReceipt() throws {
    let line = try Line { $0.windows.eventTimes = EventTimeRule(futureLimit: .seconds(300), pastLimit: .seconds(3e9)) }
    try line.send(at: 0, receivedAt: 365 * 86400)
    try line.keepUp(at: 0)
    try line.send(at: 60)
    try line.keepUp(at: 60)
    #expect(try line.store.read { try $0.sampleBytes() } > 0)
    let key = WindowKey(start: Self.midnight + 60, series: SeriesID(rawValue: 1))
    #expect(try line.store.read { try $0.samples(of: key) }.count == 1)
  }

  @Test("A machine's clock that runs ahead lets nothing go: what was heard last counts")
  func wrongClock() throws {
    let line = try Line { _ in }
    for second in stride(from: Int64(0), to: 86400, by: 3600) { try line.send(at: second) }
    try line.keepUp(at: 20 * 365 * 86400)
    #expect(try line.sums("1m").count == 24)
  }

  @Test("Samples go once their windows have been quiet for long enough, and not before")
  func samples() throws {
    let line = try Line { _ in }
    try line.send(at: 0)
    try line.keepUp(at: 1000)
    try line.send(at: 1000)
    try line.keepUp(at: 1000)
    #expect(try line.store.read { try $0.sampleBytes() } > 0)
    try line.send(at: 3000)
    try line.keepUp(at: 3000)
    let key = WindowKey(start: Self.midnight, series: SeriesID(rawValue: 1))
    #expect(try line.store.read { try $0.samples(of: key) }.isEmpty)
    #expect(try line.store.read { try $0.sampleBytes() } > 0)
  }
}

import DurableSQLite
import Foundation
import GRDB
import Telemetry
import TestSupport
import Testing

@testable import Storage

/// Versions, copies, zones, and whether a store says the same everywhere.
@Suite
struct StoreCareTests {
  private let scratch: ScratchDirectory
  private let series = SeriesID(rawValue: 1)
  private static let midnight: Int64 = 1_763_654_400

  init() throws {
    scratch = try ScratchDirectory()
  }

  private var path: String { "\(scratch.path)/store.db" }

  /// A store with two days of hours of one series.
  private func filled() throws -> Store {
    let store = try Store(directory: scratch.path, zone: TimeZone(identifier: "Asia/Shanghai")!)
    var checkpoint = Checkpoint()
    checkpoint.appliedSequence = 1
    checkpoint.devices = [DeviceRecord(id: 1, name: "d", profile: "p", firstSeenAt: Timestamp(seconds: 0))]
    checkpoint.series = [SeriesRecord(id: series, deviceID: 1, metric: "m", kind: .counter, unit: "kWh")]
    let rule = checkpoint.series[0].rule
    for hour in Int64(0)..<49 {
      for minute in [Int64(5), 40] {
        let at = Self.midnight + hour * 3600 + minute * 60
        let aggregate = Aggregate(TimedValue(time: Timestamp(seconds: at), value: Double(at - Self.midnight)), rule)
        checkpoint.changes.windows.append(
          (WindowKey(start: at, series: series), WindowState(aggregate: aggregate, revision: 1)))
      }
    }
    try store.write(checkpoint)
    while try store.upkeep(now: Timestamp(seconds: Self.midnight + 50 * 3600), atMost: .seconds(1)) {}
    return store
  }

  private func check(_ file: String) throws -> StoreCheck.Report {
    try StoreReader(file: file).readNow { try StoreCheck($0, zone: TimeZone(identifier: "Asia/Shanghai")!).run() }
  }

  @Test("Hours and days are what their parts come to; where they are not, each is named")
  func findsDifferences() throws {
    try filled().close()
    #expect(try check(path).windowsCompared == 51)
    #expect(try check(path).faults.isEmpty)
    try DatabaseQueue(path: CheckedPages.name(of: path)).inDatabase { db in
      try db.execute(
        sql: "UPDATE aggregate SET count = 7 WHERE length_s = 3600 AND start_s = ?", arguments: [Self.midnight])
      try db.execute(sql: "DELETE FROM aggregate WHERE length_s = 86400 AND start_s > ?", arguments: [Self.midnight])
    }
    let faults = try check(path).faults
    #expect(faults.count == 3)
    #expect(faults.contains { $0.hasPrefix("1h of series 1 (m)") && $0.hasSuffix("count is 7, its parts come to 2") })
    #expect(faults.contains { $0.hasPrefix("1d of series 1 (m)") && $0.hasSuffix("is missing") })
  }

  @Test("A backup is whole while its store goes on being written; it does not take another file's place")
  func backup() throws {
    let store = try filled()
    let reader = try StoreReader(directory: scratch.path)
    let copy = "\(scratch.path)/copy.db"
    try reader.backUp(to: copy)
    var later = Checkpoint()
    later.appliedSequence = 2
    try store.write(later)
    #expect(try StoreReader(file: copy).readNow { try $0.position() }.appliedSequence == 1)
    #expect(try StoreReader(file: copy).integrityFaults().isEmpty)
    #expect(try check(copy).windowsCompared == 51)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path).filter { $0.contains("unfinished") }.isEmpty)
    let error = #expect(throws: DatabaseFailure.self) { try reader.backUp(to: copy) }
    #expect(error?.description.contains("is there already") == true)
  }

  @Test("A store of an older version is copied, then brought up to date; what it did not know is marked")
  func migration() throws {
    let queue = try DatabaseQueue(path: path)
    try StoreSchema.upTo("2 completeness").migrate(queue)
    try queue.inDatabase { db in
      try db.execute(
        sql: """
          INSERT INTO device VALUES (1, 'd', 'p', 0);
          INSERT INTO series (id, device_id, metric, kind, unit) VALUES (1, 1, 'm', 'gauge', 'Cel');
          INSERT INTO aggregate VALUES (60, 600, 1, 4, 2, 1, 5.5, 2, 3.5, 2, 600000000, 3.5, 610000000, 6);
          INSERT INTO latest VALUES (1, 5, 6, 'range', 0);
          INSERT INTO reading_made VALUES (1, 3);
          INSERT INTO reading_outcome VALUES (1, 'aggregated', '', 2), (1, 'bad', 'range', 1);
          """)
    }
    try queue.close()
    let older = #expect(throws: DatabaseFailure.self) { try StoreReader(directory: scratch.path) }
    #expect(older?.description.contains("older version") == true)
    try Store(directory: scratch.path, zone: .gmt).close()
    let reader = try StoreReader(directory: scratch.path)
    try reader.readNow { snapshot in
      let state = try #require(try snapshot.window(WindowKey(start: 600, series: series), length: .minute))
      #expect(state.revision == 4)
      #expect(state.aggregate.sum == 5.5)
      #expect(state.aggregate.badCount == 1)
      #expect(state.aggregate.lastAt == Timestamp(seconds: 610))
      #expect(state.expected == 6)
      #expect(state.aggregate.isInexact)
      #expect(try snapshot.latest(of: series)?.quality == .range)
      let account = try snapshot.readingAccounts()[1]
      #expect(account?.entered == 3)
      #expect(account?.settled == 3)
    }
    let copy = try DatabaseQueue(path: "\(path).version-2")
    #expect(try copy.read { try Int.fetchOne($0, sql: "SELECT count FROM aggregate") } == 2)
  }

  @Test("A store with hours and days keeps its time zone; one without takes another")
  func zone() throws {
    try Store(directory: scratch.path, zone: .gmt).close()
    try filled().close()
    let error = #expect(throws: DatabaseFailure.self) { try Store(directory: scratch.path, zone: .gmt) }
    #expect(error?.description.contains("timezone: Asia/Shanghai") == true)
  }
}

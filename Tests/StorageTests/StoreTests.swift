import DurableSQLite
import Foundation
import GRDB
import Telemetry
import TestSupport
import Testing

@testable import Storage

@Suite
struct StoreTests {
  private let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
  }

  private func checkpoint(sequence: UInt64) -> Checkpoint {
    var checkpoint = Checkpoint()
    checkpoint.journalID = Data([1, 2, 3])
    checkpoint.appliedSequence = sequence
    return checkpoint
  }

  private func raw(_ sql: String) throws {
    try DatabaseQueue(path: CheckedPages.name(of: "\(scratch.path)/store.db")).inDatabase { try $0.execute(sql: sql) }
  }

  /// A window in which no field is as it would be without anyone having set it.
  private func fullState() -> WindowState {
    let rule = SeriesRule(kind: .gauge, wantsQuantiles: true)
    var state = WindowState(revision: 2, expected: 3)
    state.aggregate = Aggregate(TimedValue(time: Timestamp(microseconds: 61_000_001), value: 0.1), rule)
    for value in [-1e-300, -5.5, 1e9] {
      state.aggregate.join(Aggregate(TimedValue(time: Timestamp(microseconds: -5), value: value), rule), rule)
    }
    state.aggregate.badCount = 3
    state.aggregate.course.increase = 7.25
    state.aggregate.course.states = StateTimes([
      StateTimes.Entry(state: 2, microseconds: 5), StateTimes.Entry(state: 1, microseconds: 9),
    ])
    state.changedAt = Timestamp(seconds: 99)
    state.profileVersion = 4
    state.late = 5
    state.repeated = 6
    state.badCounts.add(3, .range)
    state.hasSamples = true
    state.parts = 7
    state.lateRevisions = [WindowState.LateRevision(revision: 1, at: Timestamp(seconds: 98))]
    return state
  }

  @Test("What a checkpoint wrote is read back, each field as it was")
  func roundTrip() throws {
    let store = try Store(directory: scratch.path, zone: .gmt)
    var written = checkpoint(sequence: 42)
    written.receivedAtQoS0 = 7
    written.devices = [DeviceRecord(id: 1, name: "bin-1", profile: "bin", firstSeenAt: Timestamp(seconds: 5))]
    written.tags = [TagRecord(deviceID: 1, name: "site", value: "x", validFrom: Timestamp(microseconds: .min))]
    let series = SeriesID(rawValue: 9)
    written.series = [
      SeriesRecord(id: series, deviceID: 1, metric: "weight", kind: .event, unit: "kg", interval: .seconds(20))
    ]
    written.states = [(1, "ON")]
    let state = fullState()
    let key = WindowKey(start: -60, series: series)
    written.changes.windows = [(key, state)]
    let latest = LatestReading(
      time: Timestamp(seconds: 8), receivedAt: Timestamp(seconds: 9), quality: .range, value: 0)
    written.latest = [LatestChange(series: series, reading: latest)]
    let letter = DeadLetter(
      id: 40, receivedAt: Timestamp(seconds: 4), topic: Data([0x61, 0]), payload: Data([0xFF, 0]), qos: 0,
      isRetained: true, profile: nil, reason: .malformed, detail: "why")
    written.deadLetters = [letter]
    let account = Account(entered: 3, outcomes: [Account.Entry(word: "bad", reason: "range"): 3])
    written.readings = [(1, account)]
    written.messages = [("a/{b}", Account(entered: 5, outcomes: [Account.Entry(word: "decoded", reason: nil): 5]))]
    try store.write(written)

    let reader = try StoreReader(directory: scratch.path)
    try reader.readNow { snapshot in
      let position = try snapshot.position()
      #expect(position.appliedSequence == 42)
      #expect(position.journalID == Data([1, 2, 3]))
      #expect(position.receivedAtQoS0 == 7)
      #expect(try snapshot.devices() == written.devices)
      #expect(try snapshot.tags() == written.tags)
      #expect(try snapshot.series() == written.series)
      #expect(try snapshot.series(metrics: ["nothing"]).isEmpty)
      #expect(try snapshot.stateNames() == [1: "ON"])
      #expect(try snapshot.window(key, length: .minute) == state)
      #expect(try snapshot.windowStarts(length: .minute) == -60...(-60))
      #expect(try snapshot.latest(of: series) == latest)
      #expect(try snapshot.deadLetters(limit: 10) == [letter])
      #expect(try snapshot.readingAccounts() == [1: account])
      #expect(try snapshot.messageAccounts()["a/{b}"]?.entered == 5)
    }
  }

  @Test("An older reading does not replace the latest one")
  func latestByTime() throws {
    let store = try Store(directory: scratch.path, zone: .gmt)
    let series = SeriesID(rawValue: 1)
    for (sequence, second) in [(UInt64(1), Int64(10)), (2, 5), (3, 10)] {
      var written = checkpoint(sequence: sequence)
      written.latest = [
        LatestChange(
          series: series,
          reading: LatestReading(
            time: Timestamp(seconds: second), receivedAt: Timestamp(seconds: 20), quality: .good,
            value: Double(sequence)))
      ]
      try store.write(written)
    }
    #expect(try store.read { try $0.latest(of: series) }?.value == 3)
  }

  @Test("A checkpoint that fails writes nothing of itself, and can be written again")
  func atomic() throws {
    let store = try Store(directory: scratch.path, zone: .gmt)
    try store.write(checkpoint(sequence: 1))
    var bad = checkpoint(sequence: 2)
    bad.devices = [DeviceRecord(id: 1, name: "a", profile: "p", firstSeenAt: Timestamp(seconds: 0))]
    bad.series = [SeriesRecord(id: SeriesID(rawValue: 1), deviceID: 99, metric: "m", kind: .gauge, unit: "")]
    #expect(throws: DatabaseFailure.self) { try store.write(bad) }
    #expect(try store.read { try $0.position() }.appliedSequence == 1)
    #expect(try store.read { try $0.devices() }.isEmpty)
    bad.series = []
    try store.write(bad)
    #expect(try store.read { try $0.devices() }.count == 1)
  }

  @Test("A store of a newer version is refused with a clear message")
  func newerVersion() throws {
    try Store(directory: scratch.path, zone: .gmt).close()
    try raw("INSERT INTO grdb_migrations VALUES ('999 future')")
    let error = #expect(throws: DatabaseFailure.self) { try Store(directory: scratch.path, zone: .gmt) }
    #expect(error?.description.contains("newer version") == true)
  }

  @Test("A reader writes nothing, and says what is missing where there is no store")
  func readers() throws {
    let error = #expect(throws: DatabaseFailure.self) { try StoreReader(directory: scratch.path) }
    #expect(error?.description.contains("there is no store") == true)
    try Store(directory: scratch.path, zone: .gmt).close()
    let file = "\(scratch.path)/store.db"
    let before = try Data(contentsOf: URL(fileURLWithPath: file))
    let reader = try StoreReader(directory: scratch.path)
    #expect(throws: DatabaseFailure.self) {
      try reader.readNow { try $0.db.execute(sql: "DELETE FROM store") }
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before)
  }

  @Test("A clean stop leaves everything in the file, also where readers stay")
  func closes() throws {
    let store = try Store(directory: scratch.path, zone: .gmt)
    try store.write(checkpoint(sequence: 5))
    let reader = try StoreReader(directory: scratch.path)
    #expect(try reader.readNow { try $0.position() }.appliedSequence == 5)
    try store.close()
    // The file alone, without what stands beside it.
    let alone = try ScratchDirectory()
    try FileManager.default.copyItem(atPath: "\(scratch.path)/store.db", toPath: "\(alone.path)/store.db")
    #expect(try StoreReader(directory: alone.path).readNow { try $0.position() }.appliedSequence == 5)
    #expect(try reader.readNow { try $0.position() }.appliedSequence == 5)
  }

  @Test("A reader sees one moment, however much is written meanwhile")
  func snapshotIsolation() throws {
    let store = try Store(directory: scratch.path, zone: .gmt)
    try store.write(checkpoint(sequence: 1))
    let reader = try StoreReader(directory: scratch.path)
    try reader.readNow { snapshot in
      #expect(try snapshot.position().appliedSequence == 1)
      try store.write(checkpoint(sequence: 2))
      #expect(try snapshot.position().appliedSequence == 1)
    }
    #expect(try reader.readNow { try $0.position() }.appliedSequence == 2)
  }
}

import DurableSQLite
import Foundation
import GRDB
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

/// `explain`, `backup` and `verify` as their users call them.
@Suite(.exclusive)
struct StoreCareCommandTests {
  private let scratch: ScratchDirectory
  private let data: String
  private static let noon: Int64 = 1_763_700_000

  init() throws {
    scratch = try ScratchDirectory()
    data = try scratch.directory("data")
    let store = try Store(directory: data, zone: TimeZone(identifier: "Asia/Shanghai")!)
    var checkpoint = Checkpoint()
    checkpoint.journalID = Data([1])
    checkpoint.appliedSequence = 10
    checkpoint.devices = [
      DeviceRecord(id: 1, name: "bin-1", profile: "bin", firstSeenAt: Timestamp(seconds: Self.noon))
    ]
    checkpoint.tags = [
      TagRecord(deviceID: 1, name: "district", value: "luojiang", validFrom: Timestamp(microseconds: .min))
    ]
    let record = SeriesRecord(
      id: SeriesID(rawValue: 1), deviceID: 1, metric: "weight", kind: .event, unit: "kg", interval: .seconds(20))
    checkpoint.series = [record]
    checkpoint.profileVersions = [
      ProfileVersion(id: 1, profile: "bin", hash: 0xABC, usedFrom: Timestamp(seconds: Self.noon))
    ]
    checkpoint.readings = [(1, Account(entered: 2, outcomes: [.aggregated: 2]))]
    checkpoint.messages = [
      ("b/{device}", Account(entered: 10, outcomes: [Account.Entry(word: "decoded", reason: nil): 10]))
    ]
    var state = WindowState(revision: 3, expected: 3)
    for second in [Int64(5), 25] {
      state.aggregate.append(
        TimedValue(time: Timestamp(seconds: Self.noon + second), value: 1.5), record.rule)
    }
    state.aggregate.badCount = 1
    state.badCounts.add(1, .range)
    state.late = 1
    state.repeated = 2
    state.profileVersion = 1
    state.changedAt = Timestamp(seconds: Self.noon + 120)
    state.lateRevisions = [WindowState.LateRevision(revision: 3, at: state.changedAt)]
    checkpoint.changes.windows = [(WindowKey(start: Self.noon, series: record.id), state)]
    try store.write(checkpoint)
    try store.close()
  }

  private func run(_ arguments: String...) throws -> (ending: ChildProcess.Ending, output: String, errors: String) {
    try GanglionProcess.run(arguments, in: scratch)
  }

  @Test("explain says what came, late, bad and twice, what was to come, when it changed, and under what")
  func explain() throws {
    let answer = try run(
      "explain", "--data", data, "--device", "bin-1", "--metric", "weight", "--window", "2025-11-21T12:40:30+08:00")
    #expect(answer.ending == .exited(0), "\(answer.errors)")
    for line in [
      "window        1m from 2025-11-21T12:40:00+08:00 to 2025-11-21T12:41:00+08:00",
      "sum           3", "readings      2 good, 1 of all came late", "1 bad: range", "2 sent again, not counted",
      "expected      3 by its interval: 100 % came", "exactness     exact",
      "stored        as 1 window of 1m, revision 3, last changed by a reading received 2025-11-21T12:42:00+08:00",
      "revision 3 after closing, received 2025-11-21T12:42:00+08:00", "profile       bin, version 1 (abc)",
      "tags          district=luojiang",
    ] { #expect(answer.output.contains(line), "\(line) in\n\(answer.output)") }
    let hour = try run(
      "explain", "--data", data, "--device", "bin-1", "--metric", "weight", "--window", "1763700000", "--length", "1h",
      "--json")
    #expect(hour.output.contains(#""stored_as":"1m","stored_windows":1"#), "\(hour.output)")
    let unknown = try run("explain", "--data", data, "--device", "bin-2", "--metric", "weight", "--window", "now")
    #expect(unknown.ending == .exited(69))
    #expect(unknown.errors == "ganglion: no device 'bin-2' is known\n")
    let length = try run(
      "explain", "--data", data, "--device", "bin-1", "--metric", "weight", "--window", "now", "--length", "5m")
    #expect(length.ending == .exited(64))
    let silent = try run(
      "explain", "--data", data, "--device", "bin-1", "--metric", "weight", "--window", "2025-11-21T12:44:00+08:00")
    #expect(silent.output.contains("expected      3 by its interval: 0 % came"), "\(silent.output)")
    let before = try run(
      "explain", "--data", data, "--device", "bin-1", "--metric", "weight", "--window", "2025-11-21T12:39:00+08:00")
    #expect(before.output.contains("expected      unknown: the device had not been heard of yet"), "\(before.output)")
  }

  @Test("A page that the disk has changed is named; --repair saves what is whole, and a running gateway is left alone")
  func repair() throws {
    let store = "\(data)/store.db"
    // The windows' page.
    let page = try DamagedFile.open(store).read { db in
      try Int64.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'aggregate'")!
    }
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: store))
    try handle.seek(toOffset: UInt64(page * 4096 - 100))
    try handle.write(contentsOf: Data([0xFF, 0x00, 0xFF]))
    try handle.close()
    let found = try run("verify", "--data", data)
    #expect(found.ending == .exited(65))
    #expect(
      found.output.contains(
        "\(store): page \(page), bytes \((page - 1) * 4096) to \(page * 4096 - 1): the checksum does not fit\n"))
    let refused = try run("verify", "--repair", "\(store)")
    #expect(refused.ending == .exited(64), "\(refused.errors)")
    let repaired = try run("verify", "--data", data, "--repair")
    #expect(repaired.ending == .exited(0), "\(repaired.output)\(repaired.errors)")
    #expect(repaired.output.contains("repaired: 0 messages and 2 readings are lost, and in the ledger"))
    #expect(FileManager.default.fileExists(atPath: "\(store).damaged"))
    let whole = try run("verify", "--data", data, "--repair")
    #expect(whole.ending == .exited(0), "\(whole.output)")
    #expect(whole.output.contains("whole; the ledger balances"))
  }

  @Test("A backup is checked and verified; a damaged store is told with exit 65, and gives no backup")
  func backupAndVerify() throws {
    let copy = "\(scratch.path)/copy.db"
    let backup = try run("backup", "--data", data, copy)
    #expect(backup.ending == .exited(0), "\(backup.errors)")
    #expect(backup.output.contains("whole; the ledger balances"))
    #expect(try run("verify", copy).ending == .exited(0))
    #expect(try run("verify", "--data", data).ending == .exited(0))
    let again = try run("backup", "--data", data, copy)
    #expect(again.ending == .exited(64))
    #expect(again.errors.contains("is there already"))
    let elsewhere = try run("backup", "--url", "http://127.0.0.1:1", "\(copy)2")
    #expect(elsewhere.ending == .exited(64))
    let missing = try run("verify", "\(copy)-none")
    #expect(missing.ending == .exited(69), "\(missing.errors)")
    let whole = try Data(contentsOf: URL(fileURLWithPath: copy))
    for (name, bytes) in [("cut", whole.prefix(5000)), ("text", Data("weights\n".utf8)), ("empty", Data())] {
      try bytes.write(to: URL(fileURLWithPath: "\(copy)-\(name)"))
      let damaged = try run("verify", "\(copy)-\(name)")
      #expect(damaged.ending == .exited(65), "\(name): \(damaged.output)\(damaged.errors)")
      #expect((damaged.output + damaged.errors).contains("\(copy)-\(name)"))
    }

    try DatabaseQueue(path: CheckedPages.name(of: "\(data)/store.db")).inDatabase { db in
      try db.execute(sql: "UPDATE reading_made SET made = 7")
    }
    let verify = try run("verify", "--data", data)
    #expect(verify.ending == .exited(65))
    #expect(verify.output.contains("readings of bin-1: 7 made, but 2 settled"))
    let refused = try run("backup", "--data", data, "\(copy)3")
    #expect(refused.ending == .exited(65))
    #expect(!FileManager.default.fileExists(atPath: "\(copy)3"))
  }
}

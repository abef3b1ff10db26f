import DurableSQLite
import Foundation
import GRDB
import Simulator
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Gateway
@testable import Ingest

/// Bits turned and files cut short in a store and a journal: found, named, and what is whole is saved.
@Suite
struct CorruptionTests {
  private typealias Message = PipelineHarness.Message
  private static let noon = PipelineHarness.noon
  private static let devices = 8
  /// Hours behind noon from which on there are readings.
  private static let hours: Int64 = 27

  private let harness: PipelineHarness
  private var data: String { harness.configuration.data }

  init() throws {
    var harness = try PipelineHarness()
    harness.clock = { Timestamp(seconds: Self.noon) }
    self.harness = harness
  }

  /// Thirty hours of some devices, with hours and days made, dead letters, and messages that only the journal has.
  private func fill() throws {
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    let messages = (0..<Self.hours * 12).flatMap { tick in
      let at = Self.noon - Self.hours * 3600 + tick * 300
      return (0..<Self.devices).map { device in
        Message(
          topic: "a/\(device % 3)/probe-\(device)",
          payload: tick % 40 == 7 ? "?" : #"{"ts":\#(at + Int64(device)),"t":\#(tick % 90),"w":\#(device),"m":"ON"}"#,
          receivedAt: Timestamp(seconds: at + 20))
      }
    }
    for start in stride(from: 0, to: messages.count, by: 60) {
      try harness.ingest(Array(messages[start..<min(start + 60, messages.count)]), journal, pipeline)
      try pipeline.checkpoint()
    }
    while try pipeline.upkeep(atMost: .seconds(1)) {}
    try pipeline.close()
    let pending = (0..<300).map { number in
      Message(topic: "a/0/probe-0", payload: #"{"ts":\#(Self.noon - 299 + Int64(number)),"t":1,"w":1,"m":"ON"}"#)
    }
    for start in stride(from: 0, to: pending.count, by: 30) {
      try harness.journal(Array(pending[start..<start + 30]), to: journal, applied: UInt64(messages.count))
    }
    try journal.close()
  }

  /// What a store says in the end: the minutes and the ledger.
  private struct Outcome {
    var minutes: [WindowKey: WindowState] = [:]
    var ledger: Ledger
    var faults: [String]

    var readings: Int64 { minutes.values.reduce(0) { $0 + $1.aggregate.count } }
    var lostReadings: Int64 { ledger.allReadings.outcomes[Account.Entry(word: "lost", reason: "damage")] ?? 0 }
    var lostMessages: Int64 { ledger.allMessages.outcomes[Account.Entry(word: "lost", reason: "damage")] ?? 0 }
    var aggregated: Int64 { ledger.allReadings.outcomes[.aggregated] ?? 0 }
  }

  /// Starts on a data directory, replays, and stops.
  private func run(_ directory: String) throws -> Outcome {
    var harness = harness
    harness.configuration.data = directory
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    while try pipeline.upkeep(atMost: .seconds(1)) {}
    try pipeline.close()
    let reader = try StoreReader(directory: directory, readers: 1)
    let outcome = try reader.readNow { snapshot in
      var minutes: [WindowKey: WindowState] = [:]
      try snapshot.forEachWindow(length: .minute, starts: .min..<Int64.max) { minutes[$0] = $1 }
      return Outcome(
        minutes: minutes, ledger: try snapshot.ledger { journal.head },
        faults: try StoreCheck(snapshot, zone: harness.configuration.timeZone).run().faults)
    }
    try journal.close()
    return outcome
  }

  private func faults(in directory: String) throws -> (store: [String], journal: [String]) {
    let store: [String]
    do {
      store = try StoreReader(file: "\(directory)/store.db").integrityFaults()
    } catch let failure as DatabaseFailure {
      store = [failure.sentence]
    }
    return (store, try JournalCheck.faults(of: "\(directory)/journal.db"))
  }

  /// Damages a copy of the data, and looks what becomes of it.
  ///
  /// - Returns: the share of all readings that is lost, all of them where nothing can be saved.
  private func expectSaved(
    _ what: String, _ file: String, from whole: Outcome, _ damage: (FileHandle, UInt64) throws -> Void
  ) throws -> Double {
    let directory = try harness.scratch.directory("damaged-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    for name in ["store.db", "journal.db"] {
      try FileManager.default.copyItem(atPath: "\(data)/\(name)", toPath: "\(directory)/\(name)")
    }
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: "\(directory)/\(file)"))
    try damage(handle, try handle.seekToEnd())
    try handle.close()
    let found = try faults(in: directory)
    let ofFile = file == "store.db" ? found.store : found.journal
    #expect(!ofFile.isEmpty, "\(what): not found")
    #expect(ofFile.allSatisfy { $0.contains(file) }, "\(what): \(ofFile)")
    let repair: DataRepair.Report
    do {
      repair = try DataRepair(directory: directory, zone: harness.configuration.timeZone)
        .run(store: !found.store.isEmpty, journal: !found.journal.isEmpty)
    } catch DatabaseFailure.unusable(let sentence) {
      // A few pages say what the others are; that is told, and nothing is changed.
      #expect(sentence.contains("the list of its tables"), "\(what): \(sentence)")
      return 1
    }
    #expect(FileManager.default.fileExists(atPath: "\(directory)/\(file).damaged"))
    let mended = try run(directory)
    #expect(try faults(in: directory) == ([], []), "\(what)")
    #expect(mended.faults.isEmpty, "\(what): \(mended.faults)")
    #expect(mended.ledger.imbalances().isEmpty, "\(what): \(mended.ledger.imbalances())")
    // Figures and ledger say the same.
    #expect(mended.readings == mended.aggregated, "\(what): \(repair)")
    // What the journal still has of a device whose name is lost is a new device's.
    let hasNames = !repair.notes.contains { $0.contains("lost their names") }
    for (key, state) in mended.minutes where hasNames {
      guard let former = whole.minutes[key] else {
        Issue.record("\(what): \(key) was never there")
        continue
      }
      #expect(state.aggregate.count <= former.aggregate.count, "\(what): \(key) counts more than there was")
      if state.aggregate.count == former.aggregate.count { #expect(state.aggregate.sum == former.aggregate.sum) }
    }
    let hasAccounts = !repair.notes.contains { $0.contains("account") || $0.contains("place") }
    if file == "store.db", hasAccounts {
      #expect(mended.aggregated + mended.lostReadings == whole.aggregated, "\(what): \(repair)")
      #expect(mended.lostReadings == repair.readingsLost)
    }
    if file == "journal.db" {
      let decoded = Account.Entry(word: "decoded", reason: nil)
      let (left, right) = (
        mended.ledger.allMessages.outcomes[decoded] ?? 0, whole.ledger.allMessages.outcomes[decoded] ?? 0
      )
      #expect(mended.lostMessages == Int64(repair.messagesLost))
      // Behind the last batch that is named nobody knows what there was.
      #expect(left + mended.lostMessages <= right, "\(what): \(repair)")
      if mended.ledger.received == whole.ledger.received { #expect(left + mended.lostMessages == right, "\(what)") }
    }
    return Double(whole.readings - mended.readings) / Double(whole.readings)
  }

  @Test("A bit turned anywhere is found and named by its page; what is whole is saved, and the ledger has the rest")
  func bits() throws {
    var random = RandomSource(seed: testSeed())
    try fill()
    let whole = try wholeOutcome()
    for file in ["store.db", "journal.db"] {
      var lost: [Double] = []
      for _ in 0..<setting("GANGLION_FLIPS", default: 12) {
        let (place, bit) = (UInt64.random(in: 0...UInt64.max, using: &random), UInt8.random(in: 0..<8, using: &random))
        let share = try expectSaved("bit \(bit) of \(place)", file, from: whole) { handle, size in
          try handle.seek(toOffset: place % size)
          let byte = try #require(try handle.read(upToCount: 1)?.first)
          try handle.seek(toOffset: place % size)
          try handle.write(contentsOf: Data([byte ^ 1 << bit]))
        }
        lost.append(share)
      }
      print("\(file): shares of the readings that a bit costs: \(lost.sorted())")
      // Most pages hold rows of a table or an index, and cost no more than those.
      #expect(lost.sorted()[lost.count / 2] < 0.02, "\(file)")
    }
  }

  @Test(
    "Names of devices come back from their index; where that is hit too, windows and accounts stay under other names")
  func names() throws {
    try fill()
    let whole = try wholeOutcome()
    let roots = try DamagedFile.open("\(data)/store.db").read { db in
      try ["device", "sqlite_autoindex_device_1"].map { name in
        try Int64.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = ?", arguments: [name])!
      }
    }
    for pages in [roots[..<1], roots[...]] {
      let share = try expectSaved("pages \(pages)", "store.db", from: whole) { handle, _ in
        for page in pages {
          try handle.seek(toOffset: UInt64(page - 1) * 4096 + 2000)
          try handle.write(contentsOf: Data([0x55]))
        }
      }
      #expect(share == 0)
    }
  }

  @Test("A file cut short anywhere is found; what is whole is saved, and the ledger has the rest")
  func cuts() throws {
    var random = RandomSource(seed: testSeed())
    try fill()
    let whole = try wholeOutcome()
    for file in ["store.db", "journal.db"] {
      for number in 0..<setting("GANGLION_CUTS", default: 4) {
        let place = UInt64.random(in: 0...UInt64.max, using: &random)
        _ = try expectSaved("cut at \(place)", file, from: whole) { handle, size in
          let length = 4096 + place % (size - 4096)
          try handle.truncate(atOffset: number.isMultiple(of: 2) ? length : length / 4096 * 4096)
        }
      }
    }
  }

  private func wholeOutcome() throws -> Outcome {
    let directory = try harness.scratch.directory("whole")
    for name in ["store.db", "journal.db"] {
      try FileManager.default.copyItem(atPath: "\(data)/\(name)", toPath: "\(directory)/\(name)")
    }
    #expect(try faults(in: directory) == ([], []))
    let outcome = try run(directory)
    #expect(outcome.readings == outcome.aggregated && outcome.faults.isEmpty)
    return outcome
  }
}

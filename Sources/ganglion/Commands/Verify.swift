import ArgumentParser
import DurableSQLite
import Foundation
import Gateway
import Ingest
import Storage
import Telemetry

/// `ganglion verify`: whether a store and its journal, or a backup, are whole and agree with themselves.
struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Check a store and its journal, or a backup: pages, batches, the ledger, hours and days against their parts.",
    discussion: """
      Exits with 65 where something is wrong. A running gateway goes on; until it is done, store.db-wal grows by what \
      is written meanwhile. With --repair, which needs the gateway stopped, what is whole goes into fresh files in the \
      place of damaged ones, which stay beside them; what is lost is in the ledger, as lost{damage}.
      """)

  @OptionGroup var location: DataLocation

  @Flag(help: "Put what is whole of damaged files into fresh ones.")
  var repair = false

  @Argument(help: "A store's file, such as a backup (default: the data of --config or --data).")
  var file: String?

  func validate() throws {
    if repair, file != nil { throw ValidationError("--repair is for a gateway's data; a backup is restored or not") }
  }

  func run() async throws {
    try await reporting {
      if let file { return try tell(StoreReport(backup: file)) }
      let directory = try location.directory()
      let journal = "\(directory)/journal.db"
      let journalFaults = FileManager.default.fileExists(atPath: journal) ? try JournalCheck.faults(of: journal) : []
      var report: StoreReport
      do {
        let (reader, zone) = try location.open()
        report = try StoreReport(reader, zone: zone, journalHead: reader.journalHeadOnDisk)
      } catch let failure as DatabaseFailure {
        guard case .damaged = failure else { throw failure }
        report = StoreReport(damaged: "\(directory)/store.db", failure.sentence)
      }
      report.add(journalFaults, of: journal)
      guard repair, report.isDamaged else { return try tell(report) }
      for fault in report.faults { print(fault) }
      try mend(directory, store: report.isStoreDamaged, journal: !journalFaults.isEmpty)
    }
  }

  private func tell(_ report: StoreReport) throws {
    for fault in report.faults { print(fault) }
    print("\(report.path): \(report.summary)")
    if !report.faults.isEmpty { throw ExitCode.badData }
  }

  private func mend(_ directory: String, store: Bool, journal: Bool) throws {
    guard let zone = try location.configuration()?.timeZone ?? (try? location.open().1) else {
      throw explain("the store's time zone cannot be read; name the gateway's configuration with --config", .usage)
    }
    let report = try DataRepair(directory: directory, zone: zone).run(store: store, journal: journal)
    for note in report.notes { print(note) }
    for kept in report.kept { print("the damaged file is now \(kept)") }
    let reader = try StoreReader(directory: directory, readers: 1)
    let after = try StoreReport(reader, zone: zone, journalHead: reader.journalHeadOnDisk)
    for fault in after.faults { print("still: \(fault)") }
    print("repaired: \(report.messagesLost) messages and \(report.readingsLost) readings are lost, and in the ledger")
  }
}

/// What `verify` finds.
struct StoreReport {
  let path: String
  /// A sentence each; empty where all is right.
  private(set) var faults: [String]
  private(set) var isStoreDamaged = false
  private var isJournalDamaged = false
  private var windowsCompared = 0

  /// There is something that a repair can mend.
  var isDamaged: Bool { isStoreDamaged || isJournalDamaged }

  /// - Parameter journalHead: the last sequence of the journal beside the store; without one nothing is pending.
  init(_ reader: StoreReader, zone: TimeZone, journalHead: (() throws -> UInt64)? = nil) throws {
    path = reader.path
    faults = try reader.integrityFaults()
    isStoreDamaged = !faults.isEmpty
    // What SQLite cannot read it cannot compare.
    guard faults.isEmpty else { return }
    let (ledger, check) = try reader.readNow { snapshot in
      (
        try snapshot.ledger { (try? journalHead?()) ?? 0 },
        try StoreCheck(snapshot, zone: zone).run()
      )
    }
    faults += ledger.imbalances() + check.faults
    windowsCompared = check.windowsCompared
  }

  /// Of a store that cannot even be opened.
  init(damaged path: String, _ fault: String) {
    self.path = path
    faults = [fault]
    isStoreDamaged = true
  }

  /// Adds what is wrong with the journal beside it.
  mutating func add(_ journalFaults: [String], of journal: String) {
    faults += journalFaults
    isJournalDamaged = !journalFaults.isEmpty
  }

  /// Of a file that no gateway writes.
  ///
  /// - Throws: `GatewayFailure` where there is none; `ExitCode.badData` where it is no store, or one beyond reading.
  init(backup file: String) throws {
    guard FileManager.default.fileExists(atPath: file) else {
      throw GatewayFailure(.unavailable, "\(file): there is no such file")
    }
    do {
      let reader = try StoreReader(file: file)
      try self.init(reader, zone: reader.timeZone())
    } catch DatabaseFailure.unusable(let detail) {
      throw explain(detail, .badData)
    } catch DatabaseFailure.damaged(let detail) {
      throw explain(detail, .badData)
    }
  }

  /// One line.
  var summary: String {
    faults.isEmpty
      ? "whole; the ledger balances; \(windowsCompared) hours and days equal their parts"
      : "\(faults.count) fault\(faults.count == 1 ? "" : "s") found"
  }
}

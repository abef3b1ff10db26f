import ArgumentParser
import DurableSQLite
import Foundation
import Gateway
import Storage
import Telemetry

/// `ganglion verify`: whether a store, or a backup of one, is whole and agrees with itself.
struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a store or a backup: the file, the ledger, hours and days against their parts.",
    discussion: """
      Exits with 65 where something is wrong. A running gateway goes on; until it is done, store.db-wal grows by what \
      is written meanwhile.
      """)

  @OptionGroup var location: DataLocation

  @Argument(help: "A store's file, such as a backup (default: the store of --config or --data).")
  var file: String?

  func run() async throws {
    try await reporting {
      let report: StoreReport
      if let file {
        report = try StoreReport(backup: file)
      } else {
        let (reader, zone) = try location.open()
        report = try StoreReport(reader, zone: zone, journalHead: reader.journalHeadOnDisk)
      }
      for fault in report.faults { print(fault) }
      print("\(report.path): \(report.summary)")
      if !report.faults.isEmpty { throw ExitCode.badData }
    }
  }
}

/// What `verify` finds.
struct StoreReport {
  let path: String
  /// A sentence each; empty where all is right.
  private(set) var faults: [String]
  private var windowsCompared = 0

  /// - Parameter journalHead: the last sequence of the journal beside the store; without one nothing is pending.
  init(_ reader: StoreReader, zone: TimeZone, journalHead: (() throws -> UInt64)? = nil) throws {
    path = reader.path
    faults = try reader.integrityFaults().map { "\(reader.path): \($0)" }
    // What SQLite cannot read it cannot compare.
    guard faults.isEmpty else { return }
    let (ledger, check) = try reader.readNow { snapshot in
      (
        try snapshot.ledger { try journalHead?() ?? 0 },
        try StoreCheck(snapshot, zone: zone).run()
      )
    }
    faults += ledger.imbalances() + check.faults
    windowsCompared = check.windowsCompared
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

import DurableSQLite
import Foundation
import Glibc
import Ingest
import Storage

/// Puts what is whole of a damaged store and a damaged journal into fresh files in their place; the damaged ones stay
/// beside them.
public struct DataRepair {
  /// What was done, and what is lost.
  public struct Report: Sendable {
    public var readingsLost: Int64 = 0
    public var messagesLost: Int64 = 0
    /// Sentences.
    public var notes: [String] = []
    /// Where the damaged files are now.
    public var kept: [String] = []
  }

  private let directory: DataDirectory
  private let zone: TimeZone

  /// - Parameter zone: the calendar of the store's days.
  /// - Throws: `GatewayFailure` where a gateway runs on the directory.
  public init(directory: String, zone: TimeZone) throws(GatewayFailure) {
    self.directory = try DataDirectory(existing: directory)
    self.zone = zone
  }

  /// - Parameters:
  ///   - store: the store is damaged.
  ///   - journal: the journal is damaged.
  /// - Throws: `DatabaseFailure`; then the files are as they were.
  public func run(store: Bool, journal: Bool) throws -> Report {
    var report = Report()
    var (storePath, journalPath) = ("\(directory.path)/store.db", "\(directory.path)/journal.db")
    var finished: [(fresh: String, damaged: String)] = []
    if store {
      let fresh = try emptyPlace(for: storePath)
      let saved = try StoreSalvage(storePath, to: fresh, zone: zone).run(
        journalHead: JournalSalvage.head(of: journalPath))
      report.readingsLost += saved.readingsLost
      report.messagesLost += saved.messagesLost
      report.notes += saved.notes
      finished.append((fresh, storePath))
      storePath = fresh
    }
    if journal {
      let fresh = try emptyPlace(for: journalPath)
      let position = try StoreReader(file: storePath).readNow { try $0.position() }
      let saved = try JournalSalvage(journalPath, to: fresh).run(
        applied: position.appliedSequence, journalID: position.journalID)
      report.messagesLost += Int64(saved.messagesLost)
      report.notes += saved.notes
      finished.append((fresh, journalPath))
      journalPath = fresh
    }
    for (fresh, damaged) in finished { report.kept.append(try replace(damaged, by: fresh)) }
    return report
  }

  private func emptyPlace(for path: String) throws -> String {
    let fresh = "\(path).repaired"
    for suffix in ["", "-wal", "-shm", "-journal"] { unlink(fresh + suffix) }
    return fresh
  }

  /// - Returns: where the damaged file is now.
  private func replace(_ damaged: String, by fresh: String) throws -> String {
    var kept = "\(damaged).damaged"
    var number = 1
    while FileManager.default.fileExists(atPath: kept) {
      number += 1
      kept = "\(damaged).damaged-\(number)"
    }
    // Never is there no file of the name: a gateway would begin a new one.
    guard link(damaged, kept) == 0 else { throw Self.failure(kept) }
    // The WAL is of the damaged file; the fresh one must not be taken for its.
    if FileManager.default.fileExists(atPath: "\(damaged)-wal"), rename("\(damaged)-wal", "\(kept)-wal") != 0 {
      throw Self.failure("\(kept)-wal")
    }
    // The gateway's user goes on with it, whoever repairs.
    var former = stat()
    guard stat(damaged, &former) == 0, chown(fresh, former.st_uid, former.st_gid) == 0,
      chmod(fresh, former.st_mode & 0o777) == 0
    else { throw Self.failure(fresh) }
    unlink("\(damaged)-shm")
    for suffix in ["-wal", "-shm"] { unlink(fresh + suffix) }
    guard rename(fresh, damaged) == 0 else { throw Self.failure(damaged) }
    try DatabaseCopy.syncDirectory(of: damaged)
    return kept
  }

  private static func failure(_ path: String) -> DatabaseFailure {
    .inputOutput("\(path): \(String(cString: strerror(errno)))")
  }
}

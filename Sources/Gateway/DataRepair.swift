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
    // An earlier repair may have been cut off.
    do { _ = try Self.finish(in: directory) } catch { throw GatewayFailure(error) }
    self.zone = zone
  }

  /// - Parameters:
  ///   - store: the store is damaged.
  ///   - journal: the journal is damaged.
  /// - Throws: `DatabaseFailure`; then what is not repaired is as it was.
  public func run(store: Bool, journal: Bool) throws -> Report {
    var report = Report()
    let (storePath, journalPath) = ("\(directory.path)/store.db", "\(directory.path)/journal.db")
    if store {
      let fresh = emptyPlace(for: storePath)
      let saved = try advising("restore a backup") { () throws(DatabaseFailure) in
        try StoreSalvage(storePath, to: fresh, zone: zone).run(journalHead: JournalSalvage.head(of: journalPath))
      }
      report.readingsLost += saved.readingsLost
      report.messagesLost += saved.messagesLost
      report.notes += saved.notes
      try Self.accept(fresh, for: storePath)
      report.kept += try Self.finish(in: directory.path)
    }
    if journal {
      let fresh = emptyPlace(for: journalPath)
      let position = try StoreReader(file: storePath).readNow { try $0.position() }
      let saved = try advising(
        "move it away with its -wal, and the gateway begins a new one: what the store had not taken in of it is lost"
      ) { () throws(DatabaseFailure) in
        try JournalSalvage(journalPath, to: fresh).run(
          applied: position.appliedSequence, journalID: position.journalID)
      }
      report.messagesLost += Int64(saved.messagesLost)
      report.notes += saved.notes
      try Self.accept(fresh, for: journalPath)
      report.kept += try Self.finish(in: directory.path)
    }
    return report
  }

  /// Says what to do where nothing can be saved.
  private func advising<Report>(
    _ advice: String, _ save: () throws(DatabaseFailure) -> Report
  ) throws(DatabaseFailure) -> Report {
    do {
      return try save()
    } catch {
      guard case .unusable(let sentence) = error else { throw error }
      throw .unusable("\(sentence); \(advice)")
    }
  }

  private func emptyPlace(for path: String) -> String {
    let place = "\(path).salvage"
    for suffix in ["", "-wal", "-shm", "-journal"] { unlink(place + suffix) }
    return place
  }

  /// Gives a whole file the name under which it takes the damaged one's place, now or, should the machine stop, at the
  /// next start. The gateway's user goes on with it, whoever repairs.
  private static func accept(_ fresh: String, for damaged: String) throws(DatabaseFailure) {
    var former = stat()
    guard stat(damaged, &former) == 0, chown(fresh, former.st_uid, former.st_gid) == 0,
      chmod(fresh, former.st_mode & 0o777) == 0, rename(fresh, "\(damaged).repaired") == 0
    else { throw failure(fresh) }
    try DatabaseCopy.syncDirectory(of: damaged)
  }

  /// Puts repaired files in the place of damaged ones: once they are named so, each step can be the last before a loss of
  /// power, and is found done.
  ///
  /// - Returns: where the damaged files are now.
  static func finish(in directory: String) throws(DatabaseFailure) -> [String] {
    var kept: [String] = []
    for damaged in ["\(directory)/store.db", "\(directory)/journal.db"] {
      let fresh = "\(damaged).repaired"
      guard FileManager.default.fileExists(atPath: fresh) else { continue }
      let place = try keep(damaged)
      // The WAL is of the damaged file; the fresh one must not be taken for its.
      if FileManager.default.fileExists(atPath: "\(damaged)-wal"), rename("\(damaged)-wal", "\(place)-wal") != 0 {
        throw failure("\(place)-wal")
      }
      unlink("\(damaged)-shm")
      try DatabaseCopy.syncDirectory(of: damaged)
      guard rename(fresh, damaged) == 0 else { throw failure(damaged) }
      try DatabaseCopy.syncDirectory(of: damaged)
      kept.append(place)
    }
    return kept
  }

  /// A second name for a file, which keeps its first until another takes it. Never is there no file of that: a gateway
  /// would begin a new one.
  private static func keep(_ damaged: String) throws(DatabaseFailure) -> String {
    var number = 1
    while true {
      let place = number == 1 ? "\(damaged).damaged" : "\(damaged).damaged-\(number)"
      if link(damaged, place) == 0 { return place }
      guard errno == EEXIST else { throw failure(place) }
      var (ours, theirs) = (stat(), stat())
      if stat(damaged, &ours) == 0, stat(place, &theirs) == 0, ours.st_ino == theirs.st_ino { return place }
      number += 1
    }
  }

  private static func failure(_ path: String) -> DatabaseFailure {
    .inputOutput("\(path): \(String(cString: strerror(errno)))")
  }
}

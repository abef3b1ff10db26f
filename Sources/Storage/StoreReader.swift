import DurableSQLite
import Foundation
import GRDB

/// Readers of `store.db` and of the journal's head. Never writes, never checkpoints.
public final class StoreReader: Sendable {
  /// Of the store.
  public let path: String
  private var directory: String { URL(fileURLWithPath: path).deletingLastPathComponent().path }
  private let pool: DatabasePool
  private let memo = DirectoryMemo()

  /// Opens an existing store in a data directory.
  ///
  /// - Throws: `DatabaseFailure` that says what is missing, and who may read it.
  public convenience init(directory: String, readers: Int = 4) throws(DatabaseFailure) {
    if FileManager.default.fileExists(atPath: directory), !FileManager.default.isReadableFile(atPath: directory) {
      throw DatabaseFailure.unusable("\(directory): cannot be read\(StoreReader.ownerHint(directory))")
    }
    guard FileManager.default.fileExists(atPath: "\(directory)/store.db") else {
      throw DatabaseFailure.unusable(
        "\(directory)/store.db: there is no store; the gateway makes one when it first runs")
    }
    try self.init(file: "\(directory)/store.db", readers: readers)
  }

  /// Opens a store by its file, such as a backup.
  ///
  /// - Throws: `DatabaseFailure` that says what is missing, what is of another version, and who may read it.
  public init(file path: String, readers: Int = 1) throws(DatabaseFailure) {
    self.path = path
    let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: path) else {
      throw DatabaseFailure.unusable("\(path): there is no such file")
    }
    do {
      pool = try DatabasePool(
        path: CheckedPages.name(of: path), configuration: StoreReader.configuration(readers: readers))
      let isOfThisVersion = try pool.read { db in
        let migrator = StoreSchema.migrator
        guard try !migrator.hasBeenSuperseded(db) else {
          throw DatabaseFailure.unusable("\(path): was written by a newer version of Ganglion; use that version")
        }
        guard try !migrator.appliedIdentifiers(db).isEmpty else {
          throw DatabaseFailure.unusable("\(path): is no store of Ganglion")
        }
        return try migrator.hasCompletedMigrations(db)
      }
      guard isOfThisVersion else {
        throw DatabaseFailure.unusable(
          "\(path): was written by an older version of Ganglion; the gateway brings it up to date when it starts")
      }
    } catch let failure as DatabaseFailure {
      throw failure
    } catch let error as DatabaseError where error.isDamage {
      throw DatabaseFailure(error, file: path, doing: "opening")
    } catch {
      throw DatabaseFailure.unusable("\(path): cannot be read: \(error)\(StoreReader.ownerHint(directory))")
    }
  }

  private static func configuration(readers: Int) -> Configuration {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.maximumReaderCount = readers
    configuration.busyMode = .timeout(5)
    // The hours of one metric of thousands of devices for some days; or the minutes of one device for a day, each on a page
    // of its own, with the inner pages over them, which the next such question needs again.
    configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA cache_size = -16384") }
    return configuration
  }

  /// SQLite's shared memory file stands beside the store: who may not write the directory cannot read it either.
  private static func ownerHint(_ directory: String) -> String {
    guard !FileManager.default.isWritableFile(atPath: directory),
      let owner = try? FileManager.default.attributesOfItem(atPath: directory)[.ownerAccountName] as? String
    else { return "" }
    return "; the user \(owner) can"
  }

  /// A question took longer than it may.
  public struct TookTooLong: Error {
    public let limit: Duration
  }

  /// Reads a consistent moment.
  ///
  /// - Parameter limit: how long it may take; nil for as long as it takes.
  /// - Throws: `TookTooLong`, `DatabaseFailure`, and what `body` throws.
  public func read<Value: Sendable>(
    within limit: Duration? = nil, _ body: @Sendable (StoreSnapshot) throws -> Value
  ) async throws -> Value {
    do {
      return try await pool.read { db in try look(db, within: limit, body) }
    } catch let error as DatabaseError {
      throw failure(error, within: limit)
    }
  }

  /// The same, for callers that may block.
  public func readNow<Value>(
    within limit: Duration? = nil, _ body: (StoreSnapshot) throws -> Value
  ) throws -> Value {
    do {
      return try pool.read { db in try look(db, within: limit, body) }
    } catch let error as DatabaseError {
      throw failure(error, within: limit)
    }
  }

  private func look<Value>(
    _ db: Database, within limit: Duration?, _ body: (StoreSnapshot) throws -> Value
  ) throws -> Value {
    let snapshot = StoreSnapshot(db, memo: memo)
    guard let limit else { return try body(snapshot) }
    return try db.interrupted(after: limit) { try body(snapshot) }
  }

  private func failure(_ error: DatabaseError, within limit: Duration?) -> any Error {
    if let limit, error.resultCode == .SQLITE_INTERRUPT { return TookTooLong(limit: limit) }
    return DatabaseFailure(error, file: path, doing: "reading")
  }

  /// The zone whose days the store has.
  public func timeZone() throws -> TimeZone {
    TimeZone(identifier: try readNow { try $0.position() }.timeZone) ?? .gmt
  }

  /// Copies the store as it is at one moment, while its gateway goes on writing.
  ///
  /// - Parameter destination: a file that is not there yet; it appears once it is whole and on the disk.
  /// - Throws: `DatabaseFailure`; then there is no such file.
  public func backUp(to destination: String) throws(DatabaseFailure) {
    guard !FileManager.default.fileExists(atPath: destination) else {
      throw DatabaseFailure.unusable("\(destination): is there already; name another file")
    }
    try DatabaseCopy.make(of: pool, path: path, at: destination)
  }

  /// Pages that are not what was written, and what SQLite finds wrong, a sentence each; empty where it is whole.
  public func integrityFaults() throws -> [String] {
    try readNow { snapshot in
      // What is read from here on is of one moment.
      _ = try Int.fetchOne(snapshot.db, sql: "SELECT count(*) FROM sqlite_schema")
      let pages = try CheckedPages.faults(of: snapshot.db, path: path, limit: 20)
      guard pages.isEmpty else { return pages }
      return try String.fetchAll(snapshot.db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
        .map { "\(path): \($0)" }
    }
  }

  /// The last sequence in the journal beside the store, read from its file; 0 without a journal.
  public func journalHeadOnDisk() throws -> UInt64 {
    let path = "\(directory)/journal.db"
    guard FileManager.default.fileExists(atPath: path) else { return 0 }
    let journal = try DatabaseQueue(
      path: CheckedPages.name(of: path), configuration: StoreReader.configuration(readers: 1))
    return try journal.read { db in
      let batch = try Int64.fetchOne(db, sql: "SELECT max(last_sequence) FROM batch")
      return UInt64(try batch ?? Int64.fetchOne(db, sql: "SELECT trimmed_through FROM journal") ?? 0)
    }
  }
}

import DurableSQLite
import Foundation
import GRDB

/// Readers of `store.db` and of the journal's head. Never writes, never checkpoints.
public final class StoreReader: Sendable {
  public let directory: String
  private let pool: DatabasePool

  /// Opens an existing store.
  ///
  /// - Throws: `DatabaseFailure` that says what is missing, and who may read it.
  public init(directory: String, readers: Int = 4) throws(DatabaseFailure) {
    self.directory = directory
    let path = "\(directory)/store.db"
    if FileManager.default.fileExists(atPath: directory), !FileManager.default.isReadableFile(atPath: directory) {
      throw DatabaseFailure.unusable("\(directory): cannot be read\(StoreReader.ownerHint(directory))")
    }
    guard FileManager.default.fileExists(atPath: path) else {
      throw DatabaseFailure.unusable("\(path): there is no store; the gateway makes one when it first runs")
    }
    do {
      pool = try DatabasePool(path: path, configuration: StoreReader.configuration(readers: readers))
      try pool.read { db in _ = try StoreSnapshot(db).position() }
    } catch {
      throw DatabaseFailure.unusable("\(path): cannot be read: \(error)\(StoreReader.ownerHint(directory))")
    }
  }

  private static func configuration(readers: Int) -> Configuration {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.maximumReaderCount = readers
    configuration.busyMode = .timeout(5)
    return configuration
  }

  /// SQLite's shared memory file stands beside the store: who may not write the directory cannot read it either.
  private static func ownerHint(_ directory: String) -> String {
    guard !FileManager.default.isWritableFile(atPath: directory),
      let owner = try? FileManager.default.attributesOfItem(atPath: directory)[.ownerAccountName] as? String
    else { return "" }
    return "; the user \(owner) can"
  }

  /// Reads a consistent moment.
  public func read<Value: Sendable>(_ body: @Sendable (StoreSnapshot) throws -> Value) async throws -> Value {
    try await pool.read { db in try body(StoreSnapshot(db)) }
  }

  /// The same, for callers that may block.
  public func readNow<Value>(_ body: (StoreSnapshot) throws -> Value) throws -> Value {
    do {
      return try pool.read { db in try body(StoreSnapshot(db)) }
    } catch let error as DatabaseError {
      throw DatabaseFailure(error, file: "\(directory)/store.db", doing: "reading")
    }
  }

  /// The last sequence in the journal beside the store, read from its file; 0 without a journal.
  public func journalHeadOnDisk() throws -> UInt64 {
    let path = "\(directory)/journal.db"
    guard FileManager.default.fileExists(atPath: path) else { return 0 }
    let journal = try DatabaseQueue(path: path, configuration: StoreReader.configuration(readers: 1))
    return try journal.read { db in
      let batch = try Int64.fetchOne(db, sql: "SELECT max(last_sequence) FROM batch")
      return UInt64(try batch ?? Int64.fetchOne(db, sql: "SELECT trimmed_through FROM journal") ?? 0)
    }
  }
}

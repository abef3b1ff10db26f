import GRDB

/// When the WAL of a durable file is moved into it: once so many bytes were committed.
///
/// SQLite's own checkpoints swallow a failed sync and try it again with the next commit, when the kernel has forgotten
/// it; these do not.
public struct CheckpointSchedule: Sendable {
  private let dueBytes: Int
  /// Behind so many times of that a checkpoint does not wait for a better moment.
  private static let overdue = 2
  private var pendingBytes = 0

  /// - Parameter dueBytes: bytes committed after which a checkpoint is due.
  public init(dueBytes: Int = 16 << 20) {
    self.dueBytes = dueBytes
  }

  /// A checkpoint should be made at the next good moment.
  public var isDue: Bool { pendingBytes >= dueBytes }

  /// To be called after each commit, by the connection that writes.
  ///
  /// - Parameters:
  ///   - bytes: what the commit added to the WAL, about.
  ///   - mayWait: true where the caller looks at `isDue` at a better moment.
  /// - Throws: `DatabaseFailure`, never `.full`: without room the WAL keeps what it has. After it the file must not be
  ///   written any more.
  public mutating func committed(
    bytes: Int, to queue: DatabaseQueue, path: String, mayWait: Bool = false
  ) throws(DatabaseFailure) {
    pendingBytes += bytes
    if pendingBytes >= (mayWait ? dueBytes * Self.overdue : dueBytes) { try checkpoint(queue, path: path) }
  }

  /// Moves everything from the WAL into the file, and closes it.
  ///
  /// - Throws: `DatabaseFailure`.
  public mutating func close(_ queue: DatabaseQueue, path: String) throws(DatabaseFailure) {
    try checkpoint(queue, path: path)
    do {
      try queue.close()
    } catch {
      throw DatabaseFailure(error, file: path, doing: "closing")
    }
  }

  /// Moves what is in the WAL into the file now, as far as readers allow; for a clean stop.
  ///
  /// - Throws: as `committed` does.
  public mutating func checkpoint(_ queue: DatabaseQueue, path: String) throws(DatabaseFailure) {
    do {
      try queue.inDatabase { db in _ = try db.checkpoint(.passive) }
      pendingBytes = 0
    } catch {
      // Busy: another connection recovers the file; the next commit finds it done.
      if let error = error as? DatabaseError, error.resultCode == .SQLITE_BUSY { return }
      let failure = DatabaseFailure(error, file: path, doing: "checkpointing")
      guard case .full = failure else { throw failure }
    }
  }
}

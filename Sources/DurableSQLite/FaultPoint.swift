import Glibc
import Synchronization

/// A step at which tests end the process by SIGKILL.
///
/// In a debug build `GANGLION_KILL_AT=NAME:N` kills at the Nth time that the step NAME is reached. In a release build a
/// step is nothing.
public enum FaultPoint: String, CaseIterable, Sendable {
  /// Messages are read, and not committed.
  case batchRead = "batch-read"
  /// A batch is written, in a transaction that is not committed.
  case journalWritten = "journal-written"
  /// A batch is committed, and not published.
  case journalCommitted = "journal-committed"
  /// A batch is in the ring, and not acknowledged.
  case ringPublished = "ring-published"
  case acknowledgementsFlushed = "acknowledgements-flushed"
  /// Rows are deleted from the journal, in a transaction that is not committed.
  case journalTrimmed = "journal-trimmed"
  /// A checkpoint is written, in a transaction that is not committed.
  case checkpointWritten = "checkpoint-written"
  case checkpointCommitted = "checkpoint-committed"
  /// Transitions of alerts and their calls are written, in a transaction that is not committed.
  case alertsWritten = "alerts-written"
  /// They are committed, and the hooks have not been told.
  case alertsCommitted = "alerts-committed"
  /// A hook has ended, and nothing says so in the store.
  case hookEnded = "hook-ended"
  /// Hours or days are made, in a transaction that is not committed.
  case rolledUp = "rolled-up"
  /// Windows are let go, in a transaction that is not committed.
  case retentionApplied = "retention-applied"
  /// A copy of an older file is made, and has no name yet.
  case copyMade = "copy-made"
  /// The schema is changed, in a transaction that is not committed.
  case migrated

  /// To be called where the step is reached.
  @inline(__always)
  public func reached() {
    #if DEBUG
      FaultPoint.count(self)
    #endif
  }

  #if DEBUG
    private static let wanted: (point: FaultPoint, time: Int)? = {
      guard let setting = getenv("GANGLION_KILL_AT").map({ String(cString: $0) }) else { return nil }
      let parts = setting.split(separator: ":")
      guard parts.count == 2, let point = FaultPoint(rawValue: String(parts[0])), let time = Int(parts[1]) else {
        fatalError("GANGLION_KILL_AT=\(setting): expected NAME:N")
      }
      return (point, time)
    }()
    private static let times = Atomic<Int>(0)

    private static func count(_ point: FaultPoint) {
      guard let wanted, wanted.point == point else { return }
      if times.add(1, ordering: .relaxed).newValue == wanted.time { kill(getpid(), SIGKILL) }
    }
  #endif
}

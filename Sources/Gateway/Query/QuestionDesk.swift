import Glibc
import NIOPosix
import Storage

/// Where questions are answered: on threads that stand back behind those which take messages in.
///
/// Invariants
/// - A question reads one moment of the store, for no longer than `timeLimit`: a longer one would keep the write-ahead log
///   from being taken over.
/// - However many ask, so many are answered at once as there are threads; the others wait for their turn.
final class QuestionDesk: Sendable {
  private let reader: StoreReader
  private let timeLimit: Duration
  private let threads = NIOThreadPool(numberOfThreads: QuestionDesk.threadCount)

  static let threadCount = 4
  /// How nice the threads are to the others of the machine, 0 to 19.
  private static let niceness: Int32 = 10

  init(_ reader: StoreReader, timeLimit: Duration) {
    self.reader = reader
    self.timeLimit = timeLimit
  }

  func open() { threads.start() }

  func close() async { try? await threads.shutdownGracefully() }

  /// - Throws: `StoreReader.TookTooLong`, `DatabaseFailure`, and what `body` throws.
  func answer<Value: Sendable>(_ body: @escaping @Sendable (StoreSnapshot) throws -> Value) async throws -> Value {
    try await threads.runIfActive { [reader, timeLimit] in
      // Of the thread alone: Linux has priorities for threads.
      setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
      return try reader.readNow(within: timeLimit, body)
    }
  }
}

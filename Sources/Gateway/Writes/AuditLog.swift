import DurableSQLite
import Foundation
import Storage
import Synchronization
import Telemetry

/// What is asked of the gateway that changes something, on its way into the store.
///
/// Any thread begins and ends records; the pipeline takes them along with its checkpoints, and has one at once where
/// something waits for it. See `AuditRecord` for what may be relied on.
final class AuditLog: Sendable {
  /// The store did not take a record in time: nothing was changed.
  struct IsLate: Error {}

  private struct State {
    var nextID: Int64
    /// Not in the store, or not as they are now.
    var unsaved: [AuditRecord] = []
    /// In a checkpoint that is being written.
    var saving: [AuditRecord] = []
    var waiting: [Int64: CheckedContinuation<Void, any Error>] = [:]
  }

  private let state: Mutex<State>
  /// Looked at for each message.
  private let awaited = Atomic<Bool>(false)
  private let wake: Mutex<@Sendable () -> Void>
  private let now: @Sendable () -> Timestamp

  private static let patience = Duration.seconds(10)
  /// Records that may wait for a store that takes nothing.
  private static let unsavedLimit = 1000

  /// - Parameter lastID: of the records in the store.
  init(lastID: Int64, now: @escaping @Sendable () -> Timestamp) {
    state = Mutex(State(nextID: lastID + 1))
    wake = Mutex({})
    self.now = now
  }

  /// - Parameter wake: tells the pipeline that a checkpoint is wanted.
  func connect(wake: @escaping @Sendable () -> Void) { self.wake.withLock { $0 = wake } }

  /// Does what was asked for, between the two ends of its record.
  ///
  /// - Returns: what was answered.
  /// - Throws: `IsLate`, and then nothing was done; what the body throws.
  func record(
    _ request: WriteRequest, by caller: Caller, at address: String?, _ body: () async throws -> Data
  ) async throws -> Data {
    guard state.withLock({ $0.unsaved.count + $0.saving.count }) < Self.unsavedLimit else { throw IsLate() }
    let record = begin(request, caller, address)
    do {
      try await waitUntilSaved(record.id)
    } catch {
      end(record, .failure(error))
      throw error
    }
    let outcome: Result<Data, any Error>
    do {
      outcome = .success(try await body())
    } catch {
      outcome = .failure(error)
    }
    end(record, outcome)
    return try outcome.get()
  }

  func begin(_ request: WriteRequest, _ caller: Caller, _ address: String?) -> AuditRecord {
    state.withLock { state in
      let record = AuditRecord(
        id: state.nextID, begunAt: now(), caller: caller.name, role: caller.role.rawValue, address: address,
        action: request.action, parameters: request.parameters.urlQuery)
      state.nextID += 1
      state.unsaved.append(record)
      return record
    }
  }

  func end(_ record: AuditRecord, _ outcome: Result<Data, any Error>) {
    var record = record
    let (isDone, text) =
      switch outcome {
      case .success(let answer): (true, String(decoding: answer, as: UTF8.self).trimmingCharacters(in: .newlines))
      case .failure(let error): (false, "\(error)")
      }
    record.outcome = AuditRecord.Outcome(at: now(), isDone: isDone, text: String(text.prefix(4096)))
    state.withLock { $0.unsaved.append(record) }
    wake.withLock { $0() }
  }

  private func waitUntilSaved(_ id: Int64) async throws {
    let deadline = Task {
      try await Task.sleep(for: Self.patience)
      giveUp(id)
    }
    defer { deadline.cancel() }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let isSaved = state.withLock { state in
          guard (state.unsaved + state.saving).contains(where: { $0.id == id }) else { return true }
          state.waiting[id] = continuation
          awaited.store(true, ordering: .sequentiallyConsistent)
          return false
        }
        if isSaved { return continuation.resume() }
        if Task.isCancelled { giveUp(id) } else { wake.withLock { $0() } }
      }
    } onCancel: {
      giveUp(id)
    }
  }

  private func giveUp(_ id: Int64) {
    state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(throwing: IsLate())
  }

  // MARK: For the pipeline

  /// Something is to be written.
  var hasUnsaved: Bool { state.withLock { !$0.unsaved.isEmpty || !$0.saving.isEmpty } }

  /// Somebody waits until it is.
  var isAwaited: Bool { awaited.load(ordering: .sequentiallyConsistent) }

  /// What the next checkpoint writes.
  func take() -> [AuditRecord] {
    state.withLock { state in
      state.saving += state.unsaved
      state.unsaved = []
      awaited.store(false, ordering: .sequentiallyConsistent)
      return state.saving
    }
  }

  /// What was taken is in the store.
  func saved() {
    let done = state.withLock { state in
      let done = state.saving.compactMap { state.waiting.removeValue(forKey: $0.id) }
      state.saving = []
      return done
    }
    for continuation in done { continuation.resume() }
  }
}

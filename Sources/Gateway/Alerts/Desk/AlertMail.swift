import Alerting
import Foundation
import Hooks
import Synchronization
import Telemetry

/// What is asked of alerts from outside of the pipeline's thread.
enum AlertRequest: Sendable {
  /// - scope: of who asks.
  case acknowledge(AlertID, author: String, note: String, scope: TagScope)
  case silence(Silence)
  case endSilence(Int64, scope: TagScope)
  /// What became of hooks' calls.
  case notices([HookNotice])
}

/// Brings requests to the pipeline's thread, and answers back once what they changed is in the store.
///
/// Invariants
/// - A request is applied once, or refused as late and never applied.
final class AlertMail: Sendable {
  /// The pipeline has not looked at a request in time: nothing was changed.
  struct IsLate: Error {}

  struct Letter: Sendable {
    let number: Int
    let request: AlertRequest
    let reply: CheckedContinuation<Data, any Error>
  }

  private struct State {
    var lastNumber = 0
    var letters: [Letter] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  /// Looked at for each portion of messages.
  private let awaited = Atomic<Bool>(false)
  private let wake = Mutex<@Sendable () -> Void>({})

  private static let patience = Duration.seconds(10)

  /// - Parameter wake: tells the pipeline that something has come.
  func connect(wake: @escaping @Sendable () -> Void) { self.wake.withLock { $0 = wake } }

  /// Nothing is taken any more.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Asks, and waits until what it changed is in the store.
  ///
  /// - Returns: the answer, as JSON.
  /// - Throws: `IsLate`; `QueryError` where it cannot be done.
  func post(_ request: AlertRequest) async throws -> Data {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    let deadline = Task {
      try await Task.sleep(for: Self.patience)
      giveUp(number)
    }
    defer { deadline.cancel() }
    return try await withCheckedThrowingContinuation { continuation in
      let isClosed = state.withLock { state in
        if !state.isClosed { state.letters.append(Letter(number: number, request: request, reply: continuation)) }
        return state.isClosed
      }
      if isClosed { return continuation.resume(throwing: IsLate()) }
      awaited.store(true, ordering: .sequentiallyConsistent)
      wake.withLock { $0() }
    }
  }

  /// One that was taken already is answered by whoever took it.
  private func giveUp(_ number: Int) {
    let late = state.withLock { state in
      let place = state.letters.firstIndex { $0.number == number }
      return place.map { state.letters.remove(at: $0) }
    }
    late?.reply.resume(throwing: IsLate())
  }

  // MARK: For the pipeline

  var isAwaited: Bool { awaited.load(ordering: .sequentiallyConsistent) }

  func take() -> [Letter] {
    awaited.store(false, ordering: .sequentiallyConsistent)
    return state.withLock { state in
      defer { state.letters = [] }
      return state.letters
    }
  }

  /// There are no rules, and so no alerts and no silences.
  static func noRules(for request: AlertRequest) -> QueryError {
    let isAboutOne =
      switch request {
      case .acknowledge, .endSilence: true
      case .silence, .notices: false
      }
    return QueryError(
      "there are no alert rules in force: write some, and name their file with 'alerts' in the configuration",
      isNotFound: isAboutOne)
  }

  func refuse() {
    for letter in take() { letter.reply.resume(throwing: Self.noRules(for: letter.request)) }
  }

  /// Nothing is taken any more.
  func close() {
    let left = state.withLock { state in
      state.isClosed = true
      defer { state.letters = [] }
      return state.letters
    }
    for letter in left { letter.reply.resume(throwing: IsLate()) }
  }
}

import DurableSQLite
import Foundation
import Synchronization

/// What other threads want of the journal, which is the session thread's; it looks here between two of its steps.
///
/// Invariant: each reply is called exactly once, with the sequence that came of it or the reason why nothing did.
final class SessionRequests: Sendable {
  /// Called on the session's thread.
  typealias Reply = @Sendable (Result<UInt64, DatabaseFailure>) -> Void

  enum Request: Sendable {
    /// Another catalogue decodes from the next message on.
    ///
    /// - `announce` is told the sequence of that message, before it is journaled.
    case catalogue(Data, filters: [String], announce: @Sendable (UInt64) -> Void, Reply)
    /// Messages are read again; the sequence of the last one is replied once they are journaled.
    case letters([ReplayedLetter], Reply)

    var reply: Reply {
      switch self {
      case .catalogue(_, _, _, let reply), .letters(_, let reply): reply
      }
    }
  }

  private struct State {
    var waiting: [Request] = []
    var isClosed = false
  }

  private let state = Mutex(State())

  /// There is a first one, and it can be done now.
  func isFirst(where isPossible: (Request) -> Bool) -> Bool {
    state.withLock { $0.waiting.first }.map(isPossible) ?? false
  }

  func post(_ request: Request) {
    let isTaken = state.withLock { state in
      if !state.isClosed { state.waiting.append(request) }
      return !state.isClosed
    }
    if !isTaken { request.reply(.failure(Self.ended)) }
  }

  /// The first one, where it can be done now.
  func take(where isPossible: (Request) -> Bool) -> Request? {
    // One thread takes, so the first one stays the first.
    guard isFirst(where: isPossible) else { return nil }
    return state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
  }

  /// Nothing is done any more.
  func close() {
    let waiting = state.withLock { state in
      state.isClosed = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for request in waiting { request.reply(.failure(Self.ended)) }
  }

  static let ended = DatabaseFailure.unusable("the gateway is stopping")
}

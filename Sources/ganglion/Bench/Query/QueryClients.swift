import Foundation
import Glibc
import Simulator
import Synchronization

/// Clients that ask a mix of questions until they are told to stop, each on a connection and a thread of its own.
final class QueryClients: Sendable {
  /// What the threads share.
  private final class Tally: Sendable {
    private let state = Mutex((isEnding: false, answered: 0))

    var isEnding: Bool { state.withLock { $0.isEnding } }
    var answered: Int { state.withLock { $0.answered } }

    func end() { state.withLock { $0.isEnding = true } }
    func count() { state.withLock { $0.answered += 1 } }
  }

  private let tally = Tally()
  private let tasks: [Task<Void, any Error>]

  private static let sliceMicroseconds: useconds_t = 20_000

  /// - Parameter think: how long each waits between an answer and its next question.
  init(_ count: Int, think: Duration, _ subject: ServedGateway, _ store: QueryStore) {
    let tally = tally
    tasks = (0..<count).map { number in
      // Spread over the time that one thinks.
      let first = ContinuousClock.now + think * number / count
      return Task {
        try await onThread {
          let client = try LeanClient(port: subject.httpPort)
          var asksAt = first
          var asked = number
          while !tally.isEnding {
            guard ContinuousClock.now >= asksAt else {
              usleep(Self.sliceMicroseconds)
              continue
            }
            let question = QueryQuestion.mix[asked % QueryQuestion.mix.count]
            _ = try client.get(question.path(asked, of: store)) { $0.count }
            asked += 1
            tally.count()
            asksAt = .now + think
          }
        }
      }
    }
  }

  /// Questions answered so far.
  var answered: Int { tally.answered }

  /// Returns when all have had their last answer.
  ///
  /// - Throws: where a question was not answered.
  func stop() async throws {
    tally.end()
    for task in tasks { try await task.value }
  }
}

import Hooks
import Ingest
import Logging
import Synchronization
import Telemetry

/// Publishes what hooks say, on a client beside the session, and waits until the broker has it.
final class BrokerPublisher: HookPublisher {
  let client: CommandClient

  /// How long a message waits for a connection; its hook's own limit is mostly shorter.
  private static let patience = Duration.seconds(60)

  init(settings: SessionSettings, log: Logger) {
    var settings = settings
    settings.clientID += "-hooks"
    settings.sessionExpiry = .zero
    settings.isCleanStart = true
    client = CommandClient(
      settings, isWanted: { true }, now: { .now },
      report: { event in
        switch event {
        case .connected: log.info("connected to the broker for hooks")
        case .disconnected(let reason): log.warning("no connection to the broker for hooks: \(reason)")
        case .contradicted: break
        }
      })
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  func publish(topic: String, payload: [UInt8], qos: Int, retain: Bool) async throws {
    let promise = OnePromise()
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        promise.hold(continuation)
        let isTaken = client.publish(
          OutgoingMessage(
            topic: topic, payload: payload, qos: Int32(qos), isRetained: retain, expiresAt: .now + Self.patience,
            ended: { end in
              switch end {
              case .acknowledged: promise.end(.success(()))
              case .failed(let reason): promise.end(.failure(Failure(description: reason)))
              }
            }))
        if !isTaken { promise.end(.failure(Failure(description: "too many messages wait for the broker"))) }
      }
    } onCancel: {
      promise.end(.failure(CancellationError()))
    }
  }

  /// Resumes a continuation once, whoever comes first, also where its end comes before it.
  private final class OnePromise: Sendable {
    private struct State {
      var continuation: CheckedContinuation<Void, any Error>?
      var end: Result<Void, any Error>?
      var isOver = false
    }

    private let state = Mutex(State())

    func hold(_ continuation: CheckedContinuation<Void, any Error>) {
      let end = state.withLock { state -> Result<Void, any Error>? in
        if let end = state.end {
          state.isOver = true
          return end
        }
        state.continuation = continuation
        return nil
      }
      if let end { continuation.resume(with: end) }
    }

    func end(_ end: Result<Void, any Error>) {
      let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
        guard !state.isOver, state.end == nil else { return nil }
        state.end = end
        defer { state.continuation = nil }
        return state.continuation
      }
      continuation?.resume(with: end)
    }
  }
}

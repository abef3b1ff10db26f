import Glibc
import Synchronization
import Telemetry

/// Listens to topics without a session, a journal or acknowledgements that mean anything: what a person looks at.
///
/// It subscribes at QoS 0 under a client id of its own, so that it takes nothing away from a gateway.
public final class TopicListener: Sendable {
  /// What is heard.
  public enum Event: Sendable {
    case connected
    case refused(filter: String)
    /// With the reason; it connects anew.
    case disconnected(String)
    case message(topic: [UInt8], payload: [UInt8], isRetained: Bool)
  }

  private let settings: SessionSettings
  private let report: @Sendable (Event) -> Void
  private let isStopped = Atomic<Bool>(false)

  private static let reconnectDelay = Duration.seconds(1)

  /// - Parameter report: called on the thread of `run`.
  public init(_ settings: SessionSettings, report: @escaping @Sendable (Event) -> Void) {
    self.settings = settings
    self.report = report
  }

  public func stop() { isStopped.store(true, ordering: .relaxed) }

  /// Listens until `stop`, through lost connections.
  public func run() {
    while !isStopped.load(ordering: .relaxed) {
      do {
        try listen()
      } catch {
        report(.disconnected(error.message))
        let retryAt = ContinuousClock.now + Self.reconnectDelay
        while ContinuousClock.now < retryAt, !isStopped.load(ordering: .relaxed) { usleep(20_000) }
      }
    }
  }

  private func listen() throws(BrokerClientFailure) {
    let client = try MosquittoClient(settings)
    client.listenToLog(settings.tls != nil)
    client.onMessage = { [report] message in
      report(.message(topic: Array(message.topic), payload: Array(message.payload), isRetained: message.isRetained))
    }
    guard try client.connectAndWait(while: { !isStopped.load(ordering: .relaxed) }) else { return }
    report(.connected)
    try client.subscribe(to: settings.filters, qos: 0)
    while !isStopped.load(ordering: .relaxed) {
      _ = try client.flush()
      client.waitForSocket()
      let readsUntil = ContinuousClock.now + .milliseconds(Int(MosquittoClient.pollMilliseconds))
      _ = try client.read { ContinuousClock.now < readsUntil }
      try client.maintain()
      for (filter, code) in zip(settings.filters, client.takeSuback() ?? []) where code >= 0x80 {
        report(.refused(filter: filter))
      }
    }
    client.sayGoodbye()
  }
}

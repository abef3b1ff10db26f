/// The place of a client among the streams, for as long as somebody holds it.
final class StreamTicket: Sendable {
  let hub: StreamHub
  /// Comes whenever there may be something to do; several are one.
  let signals: AsyncStream<Void>
  private let client: Int
  private let signal: AsyncStream<Void>.Continuation

  init(
    hub: StreamHub, client: Int, signals: AsyncStream<Void>, signal: AsyncStream<Void>.Continuation
  ) {
    self.hub = hub
    self.client = client
    self.signals = signals
    self.signal = signal
  }

  deinit { hub.leave(client) }

  /// Has the client look.
  func wake() { signal.yield() }
}

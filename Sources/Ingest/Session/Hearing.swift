import Synchronization
import Telemetry

/// Since when, and up to when, all that the broker has for us has been heard: whoever says that a sensor is silent asks
/// here.
///
/// Invariants
/// - The session thread writes, any thread reads. What was received up to `through` is published in the ring before
///   `through` says so: who reads it, and then finds the ring empty, has seen all of that.
/// - While there is no connection with its subscriptions nothing is heard, and nobody is silent.
public final class Hearing: Sendable {
  public struct Span: Equatable, Sendable {
    /// When the connection was subscribed.
    public var since: Timestamp
    public var through: Timestamp

    public init(since: Timestamp, through: Timestamp) {
      (self.since, self.through) = (since, through)
    }
  }

  private static let never = Int64.min
  private let since = Atomic<Int64>(never)
  private let through = Atomic<Int64>(never)

  public init() {}

  /// Nil while nothing is heard.
  public var span: Span? {
    // In this order: a connection that ends in between is told, at the latest, the next time.
    let through = through.load(ordering: .sequentiallyConsistent)
    let since = since.load(ordering: .sequentiallyConsistent)
    guard since != Self.never else { return nil }
    return Span(since: Timestamp(microseconds: since), through: Timestamp(microseconds: max(since, through)))
  }

  func begin(at moment: Timestamp) {
    through.store(moment.microseconds, ordering: .sequentiallyConsistent)
    since.store(moment.microseconds, ordering: .sequentiallyConsistent)
  }

  func end() { since.store(Self.never, ordering: .sequentiallyConsistent) }

  /// All that was received by a moment is in the ring, and the socket is empty.
  func heard(through moment: Timestamp) { through.store(moment.microseconds, ordering: .sequentiallyConsistent) }
}

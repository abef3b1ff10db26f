import Synchronization
import Telemetry

/// What happens in a session, for the log. Counters stand in `SessionStatus`.
public enum SessionEvent: Equatable, Sendable {
  case connecting(broker: String)
  /// `session_present=0` where an earlier session was known: what the broker held for us is gone.
  case connected(broker: String, resumed: Bool, lostSession: Bool)
  case subscribed(filters: [String])
  case unsubscribed(filters: [String])
  case subscriptionRefused(filter: String, reasonCode: Int32)
  case disconnected(SessionStateMachine.Loss)
  /// A commit brought messages of some of these qualities.
  case received(MessageQualities)
  case diskFull(String)
  case diskHasRoom
  /// The machine's clock was set.
  case clock(ReceiptClock.Event)
}

/// The session at a moment, for health and metrics.
public struct SessionStatus: Sendable {
  public var isConnected = false
  public var isSubscribed = false
  /// The disk has no room for a commit.
  public var isDiskFull = false
  public var connections: Int64 = 0
  /// Reconnects at which the broker no longer knew our session.
  public var sessionsLost: Int64 = 0
  /// Connections that ended or did not come about.
  public var disconnections: [DisconnectionReason: Int64] = [:]
  /// Topic filters that the broker refused when they were last subscribed.
  public var refusedFilters = 0
  public var messages: Int64 = 0
  public var redelivered: Int64 = 0
  public var qualities = MessageQualities()
  public var commits: Int64 = 0
  public var commitTime = Duration.zero
  /// When the commit began that has not ended; nil where there is none.
  public var commitBegan: ContinuousClock.Instant?
  /// How often the machine's clock was set by more than a second.
  public var clockSteps: Int64 = 0
  /// Since when more was there than was taken, without a break; nil where all is taken.
  public var behindSince: ContinuousClock.Instant?
  /// How often reading stopped because the ring was full.
  public var waitsForRing: Int64 = 0
  public var journalBytes = 0
}

/// A sequence that one thread writes and others read.
public final class SequenceCursor: Sendable {
  private let value: Atomic<UInt64>

  public init(_ sequence: UInt64 = 0) {
    value = Atomic(sequence)
  }

  public var sequence: UInt64 { value.load(ordering: .acquiring) }

  /// Called by its one writer.
  public func advance(to sequence: UInt64) {
    value.store(sequence, ordering: .releasing)
  }
}

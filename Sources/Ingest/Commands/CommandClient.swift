import Glibc
import Synchronization
import Telemetry

/// Publishes beside the session, on a connection of its own, so that nothing is written on the session's but what the
/// journal allows.
///
/// Invariants
/// - It is connected while `isWanted` says so and there is something to say: a message, or that the gateway is there.
/// - At most `mostWaiting` messages wait; beyond, new ones are refused. Messages that have expired are dropped.
/// - While it is connected its presence says so: another's word against it is put right. It is taken back before the
///   connection is closed, and by the broker where the connection breaks.
public final class CommandClient: Sendable {
  public enum Event: Equatable, Sendable {
    case connected
    /// With the reason; it connects anew.
    case disconnected(String)
    /// Somebody said that the gateway was away; it was put right.
    case contradicted
  }

  private let settings: SessionSettings
  private let presence: PresenceWords?
  private let isWanted: @Sendable () -> Bool
  private let now: @Sendable () -> Timestamp
  private let report: @Sendable (Event) -> Void
  private let waiting = Mutex<[OutgoingMessage]>([])
  private let isStopped = Atomic<Bool>(false)
  private let bell = Doorbell()

  public static let mostWaiting = 1000
  private static let farewellPatience = Duration.seconds(1)
  private static let lookInterval = Duration.milliseconds(100)

  /// - Parameters:
  ///   - settings: with a client id of its own.
  ///   - presence: nil where it says nothing of itself.
  ///   - isWanted: asked about ten times a second.
  ///   - report: called on the thread of `run`.
  public init(
    _ settings: SessionSettings, presence: PresenceWords? = nil, isWanted: @escaping @Sendable () -> Bool,
    now: @escaping @Sendable () -> Timestamp, report: @escaping @Sendable (Event) -> Void
  ) {
    self.settings = settings
    self.presence = presence
    self.isWanted = isWanted
    self.now = now
    self.report = report
  }

  /// Lets a message wait for the connection; false where too many wait.
  @discardableResult
  public func publish(_ message: OutgoingMessage) -> Bool {
    let isTaken = waiting.withLock { waiting in
      Self.end(waiting.filter(\.hasExpired), .failed("there was no connection in time"))
      waiting.removeAll(where: \.hasExpired)
      guard waiting.count < Self.mostWaiting else { return false }
      waiting.append(message)
      return true
    }
    bell.ring()
    return isTaken
  }

  public func stop() {
    isStopped.store(true, ordering: .sequentiallyConsistent)
    bell.ring()
  }

  /// Runs until `stop`, through lost connections.
  public func run() {
    var backoff = Backoff()
    var lastReason: String?
    var random = SystemRandomNumberGenerator()
    while !hasStopped {
      guard isWanted(), presence != nil || hasMessages else {
        pause(Self.lookInterval)
        continue
      }
      do {
        try serve {
          backoff.reset()
          lastReason = nil
        }
      } catch {
        // What goes on is said once.
        if error.message != lastReason { report(.disconnected(error.message)) }
        lastReason = error.message
        let retryAt = ContinuousClock.now + backoff.next(using: &random)
        while ContinuousClock.now < retryAt, !hasStopped { pause(Self.lookInterval) }
      }
    }
  }

  private var hasStopped: Bool { isStopped.load(ordering: .sequentiallyConsistent) }
  private var hasMessages: Bool { waiting.withLock { $0.contains { !$0.hasExpired } } }

  private func pause(_ span: Duration) {
    bell.arm()
    if !hasStopped { bell.wait(atMost: span) }
    bell.reset()
  }

  // MARK: A connection

  /// - Parameter settled: called once the connection does what it is for.
  private func serve(settled: () -> Void) throws(BrokerClientFailure) {
    let client = try MosquittoClient(settings)
    client.listenToLog(settings.tls != nil)
    // The will and the birth say the same moment.
    let connectedAt = now()
    if let presence { try client.setWill(presence.message(isOnline: false, at: connectedAt)) }
    let isContradicted = Contradiction()
    client.onMessage = { [presence] message in
      // What the broker kept is of the past.
      if !message.isRetained, presence?.saysOffline(Array(message.payload)) == true { isContradicted.value = true }
    }
    // By their numbers: those of which somebody wants to know when the broker has them.
    var inFlight: [Int32: OutgoingMessage] = [:]
    defer { Self.end(inFlight.values, .failed("the connection ended before the broker had it")) }
    guard try client.connectAndWait(while: { !hasStopped }) else { return }
    if let presence { try client.subscribe(to: [presence.topic], qos: 1) } else { settled() }
    report(.connected)
    var isAnnounced = false
    while !hasStopped, isWanted() {
      if isAnnounced, let presence, isContradicted.value {
        report(.contradicted)
        isContradicted.value = false
        try client.publish(presence.message(isOnline: true, at: connectedAt))
      }
      for message in takeMessages() {
        let number = try client.publish(message)
        if message.ended != nil { inFlight[number] = message }
      }
      _ = try client.flush()
      wait(for: client)
      _ = try client.read { true }
      Self.end(client.takeAcknowledged().compactMap { inFlight.removeValue(forKey: $0) }, .acknowledged)
      try client.maintain()
      if !isAnnounced, let presence, let codes = client.takeSuback() {
        isAnnounced = true
        guard codes.allSatisfy({ $0 < 0x80 }) else {
          throw BrokerClientFailure(message: "the broker refuses the subscription to \(presence.topic)")
        }
        settled()
        try client.publish(presence.message(isOnline: true, at: connectedAt))
      }
    }
    if isAnnounced, let presence { try takeBack(presence, client) }
    client.sayGoodbye()
  }

  /// Waits until the broker has it: a connection that is closed on what the broker is about to send is broken for it, and
  /// it publishes the will behind the farewell.
  private func takeBack(_ presence: PresenceWords, _ client: MosquittoClient) throws(BrokerClientFailure) {
    let number = try client.publish(presence.message(isOnline: false, at: now()))
    let deadline = ContinuousClock.now + Self.farewellPatience
    while client.published != number, ContinuousClock.now < deadline {
      _ = try client.flush()
      client.waitForSocket()
      _ = try client.read { true }
    }
  }

  private func takeMessages() -> [OutgoingMessage] {
    let messages = waiting.withLock { waiting in
      defer { waiting.removeAll() }
      return waiting
    }
    Self.end(messages.filter(\.hasExpired), .failed("there was no connection in time"))
    return messages.filter { !$0.hasExpired }
  }

  private static func end(_ messages: some Sequence<OutgoingMessage>, _ end: OutgoingMessage.End) {
    for message in messages { message.ended?(end) }
  }

  private func wait(for client: MosquittoClient) {
    bell.arm()
    if !hasStopped, !hasMessages {
      let events = Int16(POLLIN) | (client.wantsWrite ? Int16(POLLOUT) : 0)
      var descriptors = [
        pollfd(fd: client.descriptor, events: events, revents: 0),
        pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      poll(&descriptors, 2, Int32(Self.lookInterval.components.attoseconds / 1_000_000_000_000_000))
    }
    bell.reset()
  }

  /// Set by a message, looked at by the loop, on one thread.
  private final class Contradiction {
    var value = false
  }
}

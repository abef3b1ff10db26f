/// Decides what the session thread does next. No socket, no clock, no file: the thread asks `next`, does what it is
/// told, and reports what came of it.
///
/// The cycle that makes "durable before acknowledged" hold: read a burst → commit it → flush the acknowledgements →
/// read again. libmosquitto queues a PUBACK when it reads a message, and a flush sends the whole queue, so:
///
/// Invariants
/// - No flush, no keepalive and no disconnect that sends while messages are read and not committed.
/// - No read while a flush has not ended.
/// - What was read is committed also where the connection is lost: the broker's second delivery is told by packet id.
public struct SessionStateMachine {
  public typealias Instant = ContinuousClock.Instant

  /// The limits that the decisions rest on.
  public struct Settings: Sendable {
    public var batchLimit: Int
    public var batchDelay: Duration
    public var keepalive: Duration
    public var connackTimeout: Duration = .seconds(10)
    /// A connection that held this long starts the backoff anew when it breaks.
    public var stableAfter: Duration = .seconds(10)
    /// How often the keepalive and the journal's trimming are looked after, and how long a batch waits at most.
    public var maintenanceInterval: Duration = .seconds(1)
    /// How long a full disk is left alone until it is looked at again.
    public var fullRetryInterval: Duration = .seconds(1)
    /// How long a stop may take to commit, flush and say goodbye.
    public var stopLimit: Duration = .seconds(3)

    public init(batchLimit: Int, batchDelay: Duration, keepalive: Duration) {
      self.batchLimit = batchLimit
      self.batchDelay = batchDelay
      self.keepalive = keepalive
    }
  }

  /// What to do now.
  public enum Step: Equatable, Sendable {
    case connect
    /// Drive the connection until its CONNACK is in.
    case handshake
    /// Queue the subscriptions. They leave with the next flush.
    case subscribe
    /// Read until nothing is left, the batch is full or the ring is.
    case read
    case commit
    /// Trim what the store has, and take hold of the ballast again.
    case makeRoom
    case flush
    /// Let libmosquitto queue a ping where one is due, and trim the journal.
    case maintain
    /// Wait for the socket, the stop bell or the ring, but not beyond the moment.
    case wait(Interest, until: Instant)
    /// Close the connection. A polite one says goodbye first.
    case disconnect(polite: Bool)
    case finish
  }

  /// What a wait is for.
  public enum Interest: Equatable, Sendable {
    case time
    case reading
    case writing
    case readingOrWriting
    case room
  }

  /// Why a connection is over, or did not come about.
  public enum Loss: Equatable, Sendable {
    case refused(Refusal)
    /// The broker's certificate is not accepted; with the reason.
    case untrusted(String)
    case unreachable(String)
    case broken(String)
    /// The broker took us in and closed the connection soon after, so many times in a row.
    case cutShort(times: Int)
    /// The broker says that another client has come with our client id.
    case takenOver
    /// Nothing came for a keepalive, not even the answer to a ping.
    case silent
    case noConnack
    case flushStalled
    case ringFull
    case diskFull
    case stopped
  }

  private enum Link: Equatable {
    case away(until: Instant)
    case connecting(deadline: Instant, didTry: Bool)
    case up(since: Instant)
    case closing(polite: Bool, Loss)
    case finished
  }

  private let settings: Settings
  private var link: Link
  private var backoff = Backoff()
  private var mustSubscribe = false

  /// Messages read and not committed.
  private(set) var uncommitted = 0
  private var firstReadAt: Instant?
  private var lastReadAt: Instant?
  private var isDrained = true
  /// True where the broker sends on at our acknowledgements, so that waiting for more is waiting for nothing.
  private var isEager = false

  private var mustFlush = false
  private var flushBlockedSince: Instant?
  private var lastFlushAt: Instant?

  private var nextMaintenance: Instant
  private var fullSince: Instant?
  private var fullRetryAt: Instant?
  private var noRoomSince: Instant?
  private var stopDeadline: Instant?

  public init(_ settings: Settings, now: Instant) {
    self.settings = settings
    link = .away(until: now)
    nextMaintenance = now + settings.maintenanceInterval
  }

  /// True from the CONNACK to the loss.
  public var isConnected: Bool { if case .up = link { true } else { false } }

  /// True from a stop's request on.
  public var isStopping: Bool { stopDeadline != nil }

  /// True from the moment when the disk is found full until something is committed again, or nothing waits for it.
  public var isPausedByFullDisk: Bool { fullSince != nil }

  // MARK: What next

  /// - Parameter hasRoom: the ring can take another read.
  public mutating func next(now: Instant, hasRoom: Bool) -> Step {
    if link == .finished { return .finish }
    if let deadline = stopDeadline { return nextWhileStopping(now: now, deadline: deadline) }
    if let retryAt = fullRetryAt, let step = nextWhileFull(now: now, retryAt: retryAt) { return step }
    if uncommitted > 0, isCommitDue(now: now, hasRoom: hasRoom) { return .commit }
    switch link {
    case .away(let until): return nextWhileAway(now: now, until: until, hasRoom: hasRoom)
    case .connecting(let deadline, let didTry):
      return nextWhileConnecting(now: now, deadline: deadline, didTry: didTry)
    case .up: return nextWhileUp(now: now, hasRoom: hasRoom)
    case .closing(let polite, _): return .disconnect(polite: polite)
    case .finished: return .finish
    }
  }

  /// What is committed is still acknowledged; nothing is read, and nothing committed, until there is room.
  private mutating func nextWhileFull(now: Instant, retryAt: Instant) -> Step? {
    switch link {
    case .connecting, .closing, .finished: return nil
    case .away: return now >= retryAt ? .makeRoom : .wait(.time, until: retryAt)
    case .up:
      if now >= retryAt { return .makeRoom }
      if uncommitted == 0, mustFlush { return nextWhileFlushing(now: now) }
      if let since = fullSince, now - since > settings.keepalive / 2 {
        // Goodbye would flush the acknowledgements of what is not committed.
        link = .closing(polite: uncommitted == 0, .diskFull)
        return .disconnect(polite: uncommitted == 0)
      }
      return .wait(.time, until: retryAt)
    }
  }

  private func isCommitDue(now: Instant, hasRoom: Bool) -> Bool {
    if uncommitted >= settings.batchLimit || !hasRoom || !isConnected { return true }
    // Where the broker never lets the socket run empty, a batch waits no longer than for the maintenance.
    let isOverdue = firstReadAt.map { now >= $0 + settings.maintenanceInterval } ?? false
    return isOverdue || isDrained && now >= commitDue
  }

  /// A batch waits `batchDelay` for more; where the broker waits for us, only until it has been silent for a tenth of it.
  private var commitDue: Instant {
    guard let firstReadAt, let lastReadAt else { return nextMaintenance }
    let latest = firstReadAt + settings.batchDelay
    return isEager ? min(latest, lastReadAt + settings.batchDelay / 10) : latest
  }

  private mutating func nextWhileAway(now: Instant, until: Instant, hasRoom: Bool) -> Step {
    if now >= nextMaintenance { return .maintain }
    if !hasRoom { return .wait(.room, until: nextMaintenance) }
    return now >= until ? .connect : .wait(.time, until: min(until, nextMaintenance))
  }

  private mutating func nextWhileConnecting(now: Instant, deadline: Instant, didTry: Bool) -> Step {
    if now >= deadline {
      link = .closing(polite: false, .noConnack)
      return .disconnect(polite: false)
    }
    link = .connecting(deadline: deadline, didTry: !didTry)
    return didTry ? .wait(.readingOrWriting, until: deadline) : .handshake
  }

  private mutating func nextWhileUp(now: Instant, hasRoom: Bool) -> Step {
    if uncommitted == 0 {
      if mustSubscribe { return .subscribe }
      if mustFlush { return nextWhileFlushing(now: now) }
      if now >= nextMaintenance { return .maintain }
    }
    if !hasRoom {
      let since = noRoomSince ?? now
      noRoomSince = since
      if now - since > settings.keepalive / 2 {
        link = .closing(polite: true, .ringFull)
        return .disconnect(polite: true)
      }
      return .wait(.room, until: nextMaintenance)
    }
    noRoomSince = nil
    if !isDrained { return .read }
    return .wait(.reading, until: uncommitted > 0 ? commitDue : nextMaintenance)
  }

  private mutating func nextWhileFlushing(now: Instant) -> Step {
    guard let since = flushBlockedSince else { return .flush }
    if now - since > settings.keepalive / 2 {
      link = .closing(polite: false, .flushStalled)
      return .disconnect(polite: false)
    }
    return .wait(.writing, until: since + settings.keepalive / 2 + .milliseconds(1))
  }

  private mutating func nextWhileStopping(now: Instant, deadline: Instant) -> Step {
    let isLate = now >= deadline
    if uncommitted > 0, !isLate, fullSince == nil { return .commit }
    switch link {
    case .up where uncommitted == 0 && mustFlush && !isLate:
      return flushBlockedSince == nil ? .flush : .wait(.writing, until: deadline)
    case .up, .connecting:
      // Goodbye flushes what is queued, so it is said only where nothing uncommitted could be acknowledged by it.
      let polite = isConnected && uncommitted == 0 && !isLate
      link = .closing(polite: polite, .stopped)
      return .disconnect(polite: polite)
    case .closing(let polite, _): return .disconnect(polite: polite)
    case .away, .finished:
      link = .finished
      return .finish
    }
  }

  // MARK: What came of it

  /// A connection is on its way.
  public mutating func connectStarted(now: Instant) {
    link = .connecting(deadline: now + settings.connackTimeout, didTry: false)
    isDrained = true
    mustFlush = false
    flushBlockedSince = nil
  }

  /// The broker took us in.
  public mutating func connackReceived(now: Instant, mustSubscribe: Bool) {
    link = .up(since: now)
    self.mustSubscribe = mustSubscribe
    isDrained = false
    isEager = false
    nextMaintenance = now + settings.maintenanceInterval
  }

  /// Other filters are wanted.
  public mutating func filtersChanged() {
    if isConnected { mustSubscribe = true }
  }

  /// The SUBSCRIBE is queued.
  public mutating func subscriptionsQueued() {
    mustSubscribe = false
    mustFlush = true
  }

  /// A read ended.
  ///
  /// - Parameters:
  ///   - messages: how many it brought.
  ///   - isDrained: nothing is left in the socket.
  public mutating func didRead(messages: Int, isDrained: Bool, now: Instant) {
    self.isDrained = isDrained
    guard messages > 0 else { return }
    if uncommitted == 0 {
      firstReadAt = now
      isEager = lastFlushAt.map { now - $0 <= settings.batchDelay / 5 } ?? false
    }
    uncommitted += messages
    lastReadAt = now
  }

  /// The wait ended because the socket, or the ring, has something for us.
  public mutating func waitEnded(socketIsReady: Bool) {
    guard socketIsReady else { return }
    isDrained = false
    flushBlockedSince = nil
  }

  /// The batch is durable: its acknowledgements may leave.
  public mutating func committed() {
    uncommitted = 0
    firstReadAt = nil
    lastReadAt = nil
    fullSince = nil
    fullRetryAt = nil
    if isConnected { mustFlush = true }
  }

  /// The disk has no room for a commit, or the ballast is gone.
  public mutating func diskFilled(now: Instant) {
    fullSince = fullSince ?? now
    fullRetryAt = now + settings.fullRetryInterval
  }

  /// The ballast is held again: what was read can be committed.
  public mutating func roomMade() {
    fullRetryAt = nil
    if uncommitted == 0 { fullSince = nil }
  }

  /// - Parameter isBlocked: the socket takes no more; the rest has to wait.
  public mutating func flushed(isBlocked: Bool, now: Instant) {
    if isBlocked {
      flushBlockedSince = flushBlockedSince ?? now
    } else {
      mustFlush = false
      flushBlockedSince = nil
      lastFlushAt = now
    }
  }

  /// - Parameter mustFlush: a ping is queued.
  public mutating func maintained(mustFlush isQueued: Bool, now: Instant) {
    nextMaintenance = now + settings.maintenanceInterval
    if isConnected, isQueued { mustFlush = true }
  }

  /// The connection is over, by our disconnect or the broker's. Returns why.
  @discardableResult
  public mutating func disconnected(
    _ loss: Loss, now: Instant, using random: inout some RandomNumberGenerator
  ) -> Loss {
    var reason = loss
    if case .closing(_, let ours) = link { reason = ours }
    // Where it was we who went, the broker has given no reason to wait.
    let isOurs = reason == .diskFull || reason == .ringFull
    if case .up(let since) = link, now - since >= settings.stableAfter { backoff.reset() }
    if isOurs { backoff.reset() }
    link = .away(until: now + backoff.next(using: &random))
    isDrained = true
    mustSubscribe = false
    mustFlush = false
    flushBlockedSince = nil
    noRoomSince = nil
    return reason
  }

  /// A stop was asked for. Its time runs from the first call.
  public mutating func stopRequested(now: Instant) {
    stopDeadline = stopDeadline ?? now + settings.stopLimit
  }
}

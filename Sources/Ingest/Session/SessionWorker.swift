import DurableSQLite
import Synchronization
import Telemetry

/// Does what the state machine decides, with a connection, the journal and the ring; all but waiting.
///
/// Invariants
/// - One thread. It owns the connection, the journal's writer and the ring's producing side.
/// - It reads no clock and rolls no dice but those it is given, so that a simulation can be run again.
final class SessionWorker<Client: BrokerClient> {
  /// The last sequence journaled.
  let head: SequenceCursor
  let hearing = Hearing()
  var machine: SessionStateMachine
  var client: Client?

  var settings: SessionSettings
  let journal: Journal
  let ballast: Ballast
  let ring: MessageRing
  let applied: SequenceCursor
  let stop: SessionStop
  let requests: SessionRequests
  let clock: SessionClock
  private var receiptClock: ReceiptClock
  /// The time of receipt of what is read until it is due to be read anew: a socket that runs empty all the time makes many
  /// reads of a message or two.
  var receipt: ReceiptClock.Reading
  private var receiptDue: ContinuousClock.Instant
  private static var receiptLasts: Duration { .milliseconds(1) }
  private var dice: Dice
  let makeClient: (SessionSettings) throws(BrokerClientFailure) -> Client
  let report: (SessionEvent) -> Void

  var watch = RedeliveryWatch()
  var shortLives = ShortLives()
  /// What was journaled before it is acknowledged, whatever comes under its packet id.
  var firstInFlight: UInt64 = 0
  /// The last sequence before the connection that resumes a session. What was in flight then comes first; once something
  /// else has come, all of it that did not come has been acknowledged.
  var resumedAt: UInt64?
  /// What is to be forgotten behind the next commit, with which what came again has a new place.
  var acknowledgedThrough: UInt64?
  let sharedStatus = Mutex(SessionStatus())
  var status = SessionStatus()
  var reportedQualities = MessageQualities()
  var readMessages = 0
  private var wasWithoutRoom = false
  /// The last read left nothing in the socket.
  private var hasReadAll = true
  /// What the broker is asked for, or to leave, and has not answered yet.
  var asked: [String] = []
  var leaving: [String] = []
  /// Told once what stands in the ring unpublished is committed.
  var awaitingCommit: [SessionRequests.Reply] = []
  /// Of what stands in the ring unpublished: letters that are read again.
  var lettersAppended = 0
  /// What went wrong inside a callback, which cannot throw.
  var callbackFailure: DatabaseFailure?
  /// A stop came while a callback waited for room: what follows is not taken, and so must not be acknowledged.
  var refusesRest = false

  /// - Parameters:
  ///   - ballast: released where the disk is full, and held again before anything more is read.
  ///   - applied: the last sequence that the store has taken in.
  ///   - requests: what other threads want of the journal.
  ///   - random: gives random bits.
  ///   - makeClient: makes a client for one connection.
  init(
    _ settings: SessionSettings, journal: Journal, ballast: Ballast, ring: MessageRing, applied: SequenceCursor,
    stop: SessionStop, requests: SessionRequests = SessionRequests(), clock: SessionClock,
    random: @escaping () -> UInt64,
    makeClient: @escaping (SessionSettings) throws(BrokerClientFailure) -> Client,
    report: @escaping (SessionEvent) -> Void
  ) {
    self.settings = settings
    self.journal = journal
    self.ballast = ballast
    self.ring = ring
    self.applied = applied
    self.stop = stop
    self.requests = requests
    self.clock = clock
    receiptClock = ReceiptClock(clock, wasSet: journal.endsWithSteppedClock)
    receipt = receiptClock.read()
    receiptDue = clock.now()
    dice = Dice(roll: random)
    self.makeClient = makeClient
    self.report = report
    head = SequenceCursor(journal.head)
    machine = SessionStateMachine(
      SessionStateMachine.Settings(
        batchLimit: settings.batchLimit, batchDelay: settings.batchDelay, keepalive: settings.keepalive),
      now: clock.now())
  }

  /// From any thread.
  var currentStatus: SessionStatus { sharedStatus.withLock { $0 } }

  /// What to do now.
  func next() -> SessionStateMachine.Step {
    if stop.isRequested { machine.stopRequested(now: clock.now()) }
    if !ballast.isHeld, !machine.isPausedByFullDisk { diskFilled("the room that is kept free is in use") }
    return machine.next(now: clock.now(), hasRoom: hasRoom)
  }

  /// The ring can take another read.
  var hasRoom: Bool {
    let room = ring.hasRoom(
      messages: Session.messagesPerRead, bytes: Session.largestRead(maxPayloadBytes: settings.maxPayloadBytes))
    if !room, !wasWithoutRoom {
      status.waitsForRing += 1
      // What waits now may wait for long.
      publishStatus()
    }
    wasWithoutRoom = !room
    return room
  }

  /// More is there than is taken while the socket never runs empty, or the ring is half full; until both are over.
  private func noteBacklog(now: ContinuousClock.Instant) {
    let limit = ring.capacity / (status.behindSince == nil ? 2 : 8)
    status.behindSince = hasReadAll && ring.occupancy <= limit ? nil : status.behindSince ?? now
  }

  /// Drops the connection without a word.
  func abandonConnection() { client = nil }

  /// Does a step; a wait is its caller's, who tells `waitEnded`.
  ///
  /// - Throws: `DatabaseFailure` where the journal cannot be relied on any more. Nothing is acknowledged after that.
  func perform(_ step: SessionStateMachine.Step) throws(DatabaseFailure) {
    switch step {
    case .connect: connect()
    case .handshake: try handshake()
    case .subscribe: try subscribe()
    case .read: try read()
    case .commit: try commit()
    case .makeRoom: try makeRoom()
    case .flush:
      attempt { client throws(BrokerClientFailure) in
        machine.flushed(isBlocked: try !client.flush(), now: clock.now())
        FaultPoint.acknowledgementsFlushed.reached()
      }
    case .maintain: try maintain()
    case .disconnect(let polite):
      if polite { client?.sayGoodbye() }
      lost(.stopped)
    case .wait, .finish: break
    }
  }

  /// Runs what talks to the broker; a failure is a lost connection.
  func attempt(_ body: (Client) throws(BrokerClientFailure) -> Void) {
    guard let client else { return }
    do {
      try body(client)
    } catch {
      lost(error.loss(wasConnected: machine.isConnected))
    }
  }

  func lost(_ loss: SessionStateMachine.Loss) {
    client = nil
    refusesRest = false
    watch.end()
    resumedAt = nil
    let reason = shortLives.judge(machine.disconnected(loss, now: clock.now(), using: &dice), now: clock.now())
    status.disconnections[reason.reason, default: 0] += 1
    status.isConnected = false
    status.isSubscribed = false
    hearing.end()
    hasReadAll = true
    status.behindSince = nil
    publishStatus()
    report(.disconnected(reason))
  }

  func publishStatus() {
    status.journalBytes = journal.bytes
    sharedStatus.withLock { $0 = status }
  }

  // MARK: Reading

  private func read() throws(DatabaseFailure) {
    readMessages = 0
    readClock()
    let already = machine.uncommitted
    attempt { client throws(BrokerClientFailure) in
      var isDrained = false
      // What was read before the connection broke is reported too: it is in the ring and will be committed.
      defer {
        let now = clock.now()
        machine.didRead(messages: readMessages, isDrained: isDrained, now: now)
        hasReadAll = isDrained
        noteBacklog(now: now)
      }
      var packets = 0
      isDrained = try client.read {
        packets += 1
        return packets <= Session.packetsPerRead && already + readMessages < settings.batchLimit && hasRoom
      }
    }
    if readMessages > 0 { FaultPoint.batchRead.reached() }
    if let failure = callbackFailure {
      callbackFailure = nil
      return try stayAway(because: failure)
    }
    if refusesRest { lost(.ringFull) }
    if let codes = client?.takeSuback() { try subscribed(codes) }
    if client?.takeUnsuback() == true { try unsubscribed() }
  }

  func received(_ message: borrowing DeliveredMessage) {
    let topicHash = ContentHash.of(message.topic)
    var incoming = IncomingMessage(
      topic: message.topic, payload: message.payload, receivedAt: receipt.time,
      contentHash: ContentHash.of(message.payload, seed: topicHash), packetID: message.packetID,
      flags: message.isQoS1 ? .qos1 : [])
    if message.isRetained { incoming.flags.insert(.retained) }
    if settings.clockIsUnsure { incoming.flags.insert(.unsureClock) }
    if receipt.isUnsure { incoming.flags.insert(.steppedClock) }
    if watch.isActive { checkRedelivery(&incoming) }
    if incoming.payload.count > settings.maxPayloadBytes {
      incoming.flags.insert(.cut)
      let kept = min(Session.cutPayloadBytes, settings.maxPayloadBytes)
      incoming.payload = UnsafeRawBufferPointer(rebasing: incoming.payload[..<kept])
    }
    guard callbackFailure == nil, !refusesRest, waitForRing(incoming) else { return }
    ring.append(incoming, topicHash: topicHash)
    status.qualities.take(incoming.flags)
    readMessages += 1
  }

  /// Over TLS libmosquitto hands out messages for as long as whole records are there, whatever was asked for. Then the
  /// batch is committed from here (no acknowledgement leaves during a read) and the pipeline waited for.
  ///
  /// False where the message cannot be taken; it, and what follows in this read, is then delivered again.
  private func waitForRing(_ incoming: borrowing IncomingMessage) -> Bool {
    while !ring.hasRoom(messages: 1, bytes: incoming.frameBytes) {
      do throws(DatabaseFailure) {
        if ring.unpublishedCount > 0 {
          try commitBatch()
          readMessages = 0
        }
      } catch {
        callbackFailure = error
        return false
      }
      if stop.isRequested {
        refusesRest = true
        return false
      }
      ring.hasRoom.arm()
      if !ring.hasRoom(messages: 1, bytes: incoming.frameBytes) { ring.hasRoom.wait(atMost: .seconds(1)) }
      ring.hasRoom.reset()
      readClock()
    }
    return true
  }

  /// A redelivery is what carries DUP and has the packet id, topic and payload of the last message under that id, which
  /// may still be in flight.
  private func checkRedelivery(_ incoming: inout IncomingMessage) {
    let isDuplicate = watch.takeDuplicate(isQoS1: incoming.flags.contains(.qos1))
    if !watch.isActive {
      client?.listenToLog(false)
      acknowledgedThrough = resumedAt
    }
    guard isDuplicate,
      journal.packets.holds(incoming.packetID, contentHash: incoming.contentHash, from: firstInFlight)
    else { return }
    incoming.flags.insert(.redelivered)
    incoming.payload = UnsafeRawBufferPointer(start: nil, count: 0)
    status.redelivered += 1
  }

  // MARK: Keeping up

  func readClock() {
    let now = clock.now()
    guard now >= receiptDue else { return }
    receiptDue = now + Self.receiptLasts
    receipt = receiptClock.read { report(.clock($0)) }
    status.clockSteps = receiptClock.steps
  }

  private func maintain() throws(DatabaseFailure) {
    // A step is noticed soon, also where nothing comes.
    readClock()
    noteBacklog(now: clock.now())
    if hasReadAll, ring.unpublishedCount == 0 { hearing.heard(through: receipt.time) }
    do {
      try journal.trimIfUseful(applied: applied.sequence)
    } catch {
      // Trimming makes room; where there is none for it, the next commit says so.
      guard case .full = error else { throw error }
    }
    attempt { client throws(BrokerClientFailure) in
      if machine.isConnected { try client.maintain() }
    }
    machine.maintained(mustFlush: client?.wantsWrite ?? false, now: clock.now())
    publishStatus()
  }

  // MARK: Waiting

  /// - Parameter socketIsReady: it has something for us, or takes more.
  func waitEnded(socketIsReady: Bool) { machine.waitEnded(socketIsReady: socketIsReady) }
}

private struct Dice: RandomNumberGenerator {
  let roll: () -> UInt64

  mutating func next() -> UInt64 { roll() }
}

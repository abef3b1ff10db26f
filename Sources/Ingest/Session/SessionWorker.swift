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
  private(set) var client: Client?

  var settings: SessionSettings
  let journal: Journal
  private let ballast: Ballast
  let ring: MessageRing
  private let applied: SequenceCursor
  private let stop: SessionStop
  let requests: SessionRequests
  private let clock: SessionClock
  private var receiptClock: ReceiptClock
  /// The time of receipt of what is read until it is due to be read anew: a socket that runs empty all the time makes many
  /// reads of a message or two.
  private var receipt: ReceiptClock.Reading
  private var receiptDue: ContinuousClock.Instant
  private static var receiptLasts: Duration { .milliseconds(1) }
  private var dice: Dice
  private let makeClient: (SessionSettings) throws(BrokerClientFailure) -> Client
  private let report: (SessionEvent) -> Void

  private var watch = RedeliveryWatch()
  private var shortLives = ShortLives()
  /// What was journaled before it is acknowledged, whatever comes under its packet id.
  private var firstInFlight: UInt64 = 0
  /// The last sequence before the connection that resumes a session. What was in flight then comes first; once something
  /// else has come, all of it that did not come has been acknowledged.
  private var resumedAt: UInt64?
  /// What is to be forgotten behind the next commit, with which what came again has a new place.
  private var acknowledgedThrough: UInt64?
  private let sharedStatus = Mutex(SessionStatus())
  private var status = SessionStatus()
  private var reportedQualities = MessageQualities()
  private var readMessages = 0
  private var wasWithoutRoom = false
  /// The last read left nothing in the socket.
  private var hasReadAll = true
  /// What the broker is asked for, or to leave, and has not answered yet.
  private var asked: [String] = []
  private var leaving: [String] = []
  /// Told once what stands in the ring unpublished is committed.
  var awaitingCommit: [SessionRequests.Reply] = []
  /// Of what stands in the ring unpublished: letters that are read again.
  var lettersAppended = 0
  /// What went wrong inside a callback, which cannot throw.
  private var callbackFailure: DatabaseFailure?
  /// A stop came while a callback waited for room: what follows is not taken, and so must not be acknowledged.
  private var refusesRest = false

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
  private func attempt(_ body: (Client) throws(BrokerClientFailure) -> Void) {
    guard let client else { return }
    do {
      try body(client)
    } catch {
      lost(error.loss(wasConnected: machine.isConnected))
    }
  }

  private func lost(_ loss: SessionStateMachine.Loss) {
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

  private func publishStatus() {
    status.journalBytes = journal.bytes
    sharedStatus.withLock { $0 = status }
  }

  // MARK: Connecting

  private func connect() {
    report(.connecting(broker: settings.broker))
    do {
      let client = try makeClient(settings)
      client.onConnack = { [unowned self] in connackReceived($0) }
      client.onMessage = { [unowned self] in received($0) }
      client.onLog = { [unowned self] in watch.heard($0) }
      self.client = client
      machine.connectStarted(now: clock.now())
      client.listenToLog(true)
      try client.connect()
    } catch {
      machine.connectStarted(now: clock.now())
      lost(error.loss(wasConnected: false))
    }
  }

  private func handshake() throws(DatabaseFailure) {
    readMessages = 0
    readClock()
    attempt { client throws(BrokerClientFailure) in
      do throws(BrokerClientFailure) {
        try client.drive()
      } catch {
        // A refusal is told by its CONNACK.
        if client.connack == nil { throw error }
      }
    }
    if let failure = callbackFailure {
      callbackFailure = nil
      return try stayAway(because: failure)
    }
    // Messages may have come behind the CONNACK in one TLS record, and not all have been taken.
    if refusesRest { return lost(.ringFull) }
    guard client?.connack != nil else { return }
    if let refusal = client?.refusal { return lost(.refused(refusal)) }
    machine.didRead(messages: readMessages, isDrained: false, now: clock.now())
  }

  /// Where the disk has no room for what a connection needs, there is none until it has.
  private func stayAway(because failure: DatabaseFailure) throws(DatabaseFailure) {
    guard case .full(let detail) = failure else { throw failure }
    diskFilled(detail)
    lost(.diskFull)
  }

  /// Called from within a read, so that a message in the same TLS record finds the watch set.
  private func connackReceived(_ connack: Connack) {
    guard connack.reasonCode == 0 else { return }
    do throws(DatabaseFailure) {
      try accepted(connack)
    } catch {
      callbackFailure = error
    }
  }

  private func accepted(_ connack: Connack) throws(DatabaseFailure) {
    let known = try journal.sessionRecord()
    let isOurs = known?.clientID == settings.clientID && known?.broker == settings.broker
    let isResumed = connack.isSessionPresent && isOurs
    client?.listenToLog(isResumed)
    if isResumed {
      watch.begin()
      firstInFlight = journal.firstInFlight
      resumedAt = journal.head
    } else {
      // A new session has no subscriptions; only a SUBACK adds some.
      try journal.setSession(
        Journal.SessionRecord(clientID: settings.clientID, broker: settings.broker, filters: []), isNew: true)
    }
    // MQTT 3.1.1 repeats retained messages at every subscription, so there it is not repeated without need.
    let mustSubscribe =
      settings.version == .v5 || !isResumed || Set(known?.filters ?? []) != Set(settings.filters)
    machine.connackReceived(now: clock.now(), mustSubscribe: mustSubscribe)
    shortLives.accepted(at: clock.now())
    let isLost = isOurs && !connack.isSessionPresent
    status.connections += 1
    status.sessionsLost += isLost ? 1 : 0
    status.isConnected = true
    status.isSubscribed = !mustSubscribe
    if !mustSubscribe { hearing.begin(at: receipt.time) }
    publishStatus()
    report(.connected(broker: settings.broker, resumed: isResumed, lostSession: isLost))
  }

  /// What is new is subscribed to before what is stale is left, so that a message that both bring is not missed. On a
  /// connection that is subscribed only what is new: MQTT 3.1.1 repeats retained messages at every subscription.
  private func subscribe() throws(DatabaseFailure) {
    let granted = try journal.sessionRecord()?.filters ?? []
    asked = status.isSubscribed ? settings.filters.filter { !granted.contains($0) } : settings.filters
    leaving = granted.filter { !settings.filters.contains($0) }
    attempt { client throws(BrokerClientFailure) in
      if !asked.isEmpty { try client.subscribe(to: asked, qos: 1) }
      if !leaving.isEmpty { try client.unsubscribe(from: leaving) }
      machine.subscriptionsQueued()
    }
  }

  private func subscribed(_ codes: [Int32]) throws(DatabaseFailure) {
    for (filter, code) in zip(asked, codes) where code >= 128 {
      report(.subscriptionRefused(filter: filter, reasonCode: code))
    }
    let granted = zip(asked, codes).filter { $0.1 < 128 }.map(\.0)
    let asked = asked
    try changeFilters { known in known.filter { !asked.contains($0) } + granted }
    if !granted.isEmpty { report(.subscribed(filters: granted)) }
    // What is refused is told; what is granted is heard.
    if hearing.span == nil { hearing.begin(at: receipt.time) }
  }

  private func unsubscribed() throws(DatabaseFailure) {
    let left = leaving
    try changeFilters { known in known.filter { !left.contains($0) } }
    report(.unsubscribed(filters: left))
  }

  /// Stores what the broker brings from now on.
  private func changeFilters(_ change: ([String]) -> [String]) throws(DatabaseFailure) {
    let known = try journal.sessionRecord()
    let filters = change(known?.filters ?? [])
    let record = Journal.SessionRecord(clientID: settings.clientID, broker: settings.broker, filters: filters)
    do {
      if known != record { try journal.setSession(record, isNew: false) }
    } catch {
      return try stayAway(because: error)
    }
    status.refusedFilters = settings.filters.count { !filters.contains($0) }
    status.isSubscribed = status.refusedFilters == 0
    publishStatus()
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

  private func received(_ message: borrowing DeliveredMessage) {
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

  // MARK: Committing

  private func commit() throws(DatabaseFailure) {
    do {
      try commitBatch()
    } catch {
      guard case .full(let detail) = error else { throw error }
      diskFilled(detail)
    }
  }

  func diskFilled(_ detail: String) {
    ballast.release()
    if !machine.isPausedByFullDisk { report(.diskFull(detail)) }
    machine.diskFilled(now: clock.now())
    status.isDiskFull = true
    publishStatus()
  }

  private func diskHasRoom() {
    guard status.isDiskFull, !machine.isPausedByFullDisk else { return }
    report(.diskHasRoom)
    status.isDiskFull = false
    publishStatus()
  }

  /// What the store has taken in need not stay in the journal. The ballast comes back last.
  private func makeRoom() throws(DatabaseFailure) {
    do {
      try journal.makeRoom(applied: applied.sequence)
    } catch {
      guard case .full = error else { throw error }
    }
    if ballast.hold() {
      machine.roomMade()
      diskHasRoom()
    } else {
      machine.diskFilled(now: clock.now())
    }
  }

  /// Commits what was appended to the ring, and publishes it.
  func commitBatch() throws(DatabaseFailure) {
    let began = clock.now()
    let count = ring.unpublishedCount
    sharedStatus.withLock { $0.commitBegan = began }
    defer { sharedStatus.withLock { $0.commitBegan = nil } }
    let first = try journal.commit(ring.unpublishedRuns(), applied: applied.sequence)
    FaultPoint.journalCommitted.reached()
    ring.publish(firstSequence: first)
    FaultPoint.ringPublished.reached()
    head.advance(to: journal.head)
    machine.committed()
    diskHasRoom()
    status.messages += Int64(count - lettersAppended)
    status.commits += 1
    status.commitTime += clock.now() - began
    publishStatus()
    answerCommitted()
    if status.qualities != reportedQualities {
      reportedQualities = status.qualities
      report(.received(status.qualities))
    }
    if let sequence = acknowledgedThrough {
      do {
        try journal.forgetPackets(through: sequence)
        acknowledgedThrough = nil
      } catch {
        // What was committed stays so; the next commit tries again.
        guard case .full = error else { throw error }
      }
    }
  }

  private func readClock() {
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

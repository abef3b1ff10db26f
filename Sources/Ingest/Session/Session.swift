import CLinux
import CMosquitto
import DurableSQLite
import Glibc
import Synchronization
import Telemetry

/// The session thread's work: does what the state machine decides, with libmosquitto, the journal and the ring.
///
/// Owner of the connection, of the journal's writer and of the ring's producing side, from `run` to its return.
public final class Session: @unchecked Sendable {
  /// The last sequence that the store has taken in; written by the pipeline.
  public let applied: SequenceCursor
  /// The last sequence journaled; written here.
  public let head: SequenceCursor

  private let settings: SessionSettings
  private let journal: Journal
  private let ring: MessageRing
  private let report: @Sendable (SessionEvent) -> Void
  private let isStopping = Atomic<Bool>(false)
  private let isAbandoned = Atomic<Bool>(false)
  private let sharedStatus = Mutex(SessionStatus())

  // Of the session thread alone.
  private var machine: SessionStateMachine
  private var client: MosquittoClient?
  private var watch = RedeliveryWatch()
  private var random = SystemRandomNumberGenerator()
  private var status = SessionStatus()
  private var readMessages = 0
  private var wasWithoutRoom = false
  /// What went wrong inside a callback, which cannot throw.
  private var callbackFailure: DatabaseFailure?
  /// A stop came while a callback waited for room: what follows is not taken, and so must not be acknowledged.
  private var refusesRest = false

  /// In one TLS record libmosquitto may hand out more messages than were asked for: as many as fit into 16 KiB.
  private static let messagesPerRead = 2400
  /// What is kept of a payload that is too large.
  private static let cutPayloadBytes = 4096

  public init(
    _ settings: SessionSettings, journal: Journal, ring: MessageRing, applied: SequenceCursor,
    report: @escaping @Sendable (SessionEvent) -> Void
  ) {
    self.settings = settings
    self.journal = journal
    self.ring = ring
    self.applied = applied
    self.report = report
    head = SequenceCursor(journal.head)
    machine = SessionStateMachine(
      SessionStateMachine.Settings(
        batchLimit: settings.batchLimit, batchDelay: settings.batchDelay, keepalive: settings.keepalive),
      now: .now)
  }

  /// Bytes that a ring must have for these settings.
  public static func leastArenaBytes(maxPayloadBytes: Int) -> Int {
    4 * largestRead(maxPayloadBytes: maxPayloadBytes)
  }

  /// The bytes of frames that one read may bring: the largest message, and a TLS record full of small ones.
  private static func largestRead(maxPayloadBytes: Int) -> Int {
    let smallFrames = messagesPerRead * MessageFrame.headerBytes + (16 << 10)
    return MessageFrame.headerBytes + 65535 + max(maxPayloadBytes, cutPayloadBytes) + smallFrames
  }

  // MARK: From any thread

  public var currentStatus: SessionStatus { sharedStatus.withLock { $0 } }

  /// Commits and acknowledges what was read, says goodbye and lets `run` return.
  public func stop() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    ring.hasRoom.ring()
  }

  /// Lets `run` return at once, with nothing more committed or acknowledged.
  public func abandon() {
    isAbandoned.store(true, ordering: .sequentiallyConsistent)
    stop()
  }

  // MARK: The session thread

  /// Runs until `stop`.
  ///
  /// - Throws: `DatabaseFailure` where the journal cannot be relied on any more. Nothing is acknowledged after that.
  public func run() throws(DatabaseFailure) {
    defer { client = nil }
    while !isAbandoned.load(ordering: .sequentiallyConsistent) {
      if isStopping.load(ordering: .sequentiallyConsistent) { machine.stopRequested(now: .now) }
      let step = machine.next(now: .now, hasRoom: hasRoom)
      if step == .finish { return }
      try perform(step)
    }
  }

  private var hasRoom: Bool {
    let room = ring.hasRoom(
      messages: Session.messagesPerRead, bytes: Session.largestRead(maxPayloadBytes: settings.maxPayloadBytes))
    if !room, !wasWithoutRoom { status.waitsForRing += 1 }
    wasWithoutRoom = !room
    return room
  }

  private func perform(_ step: SessionStateMachine.Step) throws(DatabaseFailure) {
    switch step {
    case .connect: connect()
    case .handshake: try handshake()
    case .subscribe: try subscribe()
    case .read: try read()
    case .commit: try commit()
    case .flush:
      attempt { client throws(MosquittoClient.Failure) in
        machine.flushed(isBlocked: try !client.flush(), now: .now)
      }
    case .maintain: try maintain()
    case .wait(let interest, let until): wait(for: interest, until: until)
    case .disconnect(let polite):
      if polite { client?.sayGoodbye() }
      lost(.stopped)
    case .finish: break
    }
  }

  /// Runs what talks to the broker; a failure is a lost connection.
  private func attempt(_ body: (MosquittoClient) throws(MosquittoClient.Failure) -> Void) {
    guard let client else { return }
    do {
      try body(client)
    } catch {
      lost(.broken(brokerReason ?? error.message))
    }
  }

  private var brokerReason: String? {
    client?.brokerReason.flatMap { $0 >= 128 ? String(cString: mosquitto_reason_string($0)) : nil }
  }

  private func lost(_ loss: SessionStateMachine.Loss) {
    client = nil
    refusesRest = false
    watch.end()
    let reason = machine.disconnected(loss, now: .now, using: &random)
    status.isConnected = false
    status.isSubscribed = false
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
      let client = try MosquittoClient(settings)
      client.onConnack = { [unowned self] in connackReceived($0) }
      client.onMessage = { [unowned self] in received($0) }
      client.onLog = { [unowned self] in watch.heard($0) }
      self.client = client
      machine.connectStarted(now: .now)
      client.listenToLog(true)
      try client.connect()
    } catch {
      machine.connectStarted(now: .now)
      lost(.broken(error.message))
    }
  }

  private func handshake() throws(DatabaseFailure) {
    readMessages = 0
    attempt { client throws(MosquittoClient.Failure) in
      do throws(MosquittoClient.Failure) {
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
    machine.didRead(messages: readMessages, isDrained: false, now: .now)
  }

  /// Where the disk has no room for what a connection needs, there is none until it has.
  private func stayAway(because failure: DatabaseFailure) throws(DatabaseFailure) {
    guard case .full(let detail) = failure else { throw failure }
    report(.diskFull(detail))
    lost(.diskFull)
  }

  /// Called from within a read, so that a message in the same TLS record finds the watch set.
  private func connackReceived(_ connack: MosquittoClient.Connack) {
    guard connack.reasonCode == 0 else { return }
    do throws(DatabaseFailure) {
      try accepted(connack)
    } catch {
      callbackFailure = error
    }
  }

  private func accepted(_ connack: MosquittoClient.Connack) throws(DatabaseFailure) {
    let known = try journal.sessionRecord()
    let isOurs = known?.clientID == settings.clientID && known?.broker == settings.broker
    let isResumed = connack.isSessionPresent && isOurs
    client?.listenToLog(isResumed)
    if isResumed {
      watch.begin()
    } else {
      // A new session has no subscriptions; only a SUBACK adds some.
      try journal.setSession(
        Journal.SessionRecord(clientID: settings.clientID, broker: settings.broker, filters: []), isNew: true)
    }
    // MQTT 3.1.1 repeats retained messages at every subscription, so there it is not repeated without need.
    let mustSubscribe = settings.version == .v5 || !isResumed || known?.filters != settings.filters
    machine.connackReceived(now: .now, mustSubscribe: mustSubscribe)
    let isLost = isOurs && !connack.isSessionPresent
    status.connections += 1
    status.sessionsLost += isLost ? 1 : 0
    status.isConnected = true
    status.isSubscribed = !mustSubscribe
    publishStatus()
    report(.connected(broker: settings.broker, resumed: isResumed, lostSession: isLost))
  }

  private func subscribe() throws(DatabaseFailure) {
    let known = try journal.sessionRecord()
    let stale = (known?.filters ?? []).filter { !settings.filters.contains($0) }
    attempt { client throws(MosquittoClient.Failure) in
      if !stale.isEmpty { try client.unsubscribe(from: stale) }
      try client.subscribe(to: settings.filters)
      machine.subscriptionsQueued()
    }
  }

  private func subscribed(_ codes: [Int32]) throws(DatabaseFailure) {
    for (filter, code) in zip(settings.filters, codes) where code >= 128 {
      report(.subscriptionRefused(filter: filter, reasonCode: code))
    }
    let granted = zip(settings.filters, codes).filter { $0.1 < 128 }.map(\.0)
    let record = Journal.SessionRecord(clientID: settings.clientID, broker: settings.broker, filters: granted)
    do {
      if try journal.sessionRecord() != record { try journal.setSession(record, isNew: false) }
    } catch {
      return try stayAway(because: error)
    }
    status.isSubscribed = granted.count == settings.filters.count
    publishStatus()
    if !granted.isEmpty { report(.subscribed(filters: granted)) }
  }

  // MARK: Reading

  private func read() throws(DatabaseFailure) {
    readMessages = 0
    let already = machine.uncommitted
    attempt { client throws(MosquittoClient.Failure) in
      var isDrained = false
      // What was read before the connection broke is reported too: it is in the ring and will be committed.
      defer { machine.didRead(messages: readMessages, isDrained: isDrained, now: .now) }
      isDrained = try client.read { already + readMessages < settings.batchLimit && hasRoom }
    }
    if let failure = callbackFailure {
      callbackFailure = nil
      return try stayAway(because: failure)
    }
    if refusesRest { lost(.ringFull) }
    if let codes = client?.takeSuback() { try subscribed(codes) }
  }

  private func received(_ message: UnsafePointer<mosquitto_message>) {
    let message = message.pointee
    let topic = UnsafeRawBufferPointer(start: message.topic, count: strlen(message.topic))
    let payload = UnsafeRawBufferPointer(start: message.payload, count: Int(message.payloadlen))
    let topicHash = ContentHash.of(topic)
    var incoming = IncomingMessage(
      topic: topic, payload: payload, receivedAt: Session.now(),
      contentHash: ContentHash.of(payload, seed: topicHash), packetID: UInt16(truncatingIfNeeded: message.mid),
      flags: message.qos > 0 ? .qos1 : [])
    if message.retain { incoming.flags.insert(.retained) }
    if settings.clockIsUnsure { incoming.flags.insert(.unsureClock) }
    if watch.isActive { checkRedelivery(&incoming) }
    if incoming.payload.count > settings.maxPayloadBytes {
      incoming.flags.insert(.cut)
      let kept = min(Session.cutPayloadBytes, settings.maxPayloadBytes)
      incoming.payload = UnsafeRawBufferPointer(rebasing: incoming.payload[..<kept])
    }
    guard callbackFailure == nil, !refusesRest, makeRoom(for: incoming) else { return }
    ring.append(incoming, topicHash: topicHash)
    readMessages += 1
  }

  /// Over TLS libmosquitto hands out messages for as long as whole records are there, whatever was asked for. Then the
  /// batch is committed from here (no acknowledgement leaves during a read) and the pipeline waited for.
  ///
  /// False where the message cannot be taken; it, and what follows in this read, is then delivered again.
  private func makeRoom(for incoming: borrowing IncomingMessage) -> Bool {
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
      if isStopping.load(ordering: .sequentiallyConsistent) {
        refusesRest = true
        return false
      }
      ring.hasRoom.arm()
      if !ring.hasRoom(messages: 1, bytes: incoming.frameBytes) { ring.hasRoom.wait(atMost: .seconds(1)) }
      ring.hasRoom.reset()
    }
    return true
  }

  /// A redelivery is what carries DUP and has the packet id, topic and payload of the last message under that id.
  private func checkRedelivery(_ incoming: inout IncomingMessage) {
    let isDuplicate = watch.takeDuplicate(isQoS1: incoming.flags.contains(.qos1))
    if !watch.isActive { client?.listenToLog(false) }
    guard isDuplicate, journal.packets.holds(incoming.packetID, contentHash: incoming.contentHash) else { return }
    incoming.flags.insert(.redelivered)
    incoming.payload = UnsafeRawBufferPointer(start: nil, count: 0)
    status.redelivered += 1
  }

  private static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  // MARK: Committing

  private func commit() throws(DatabaseFailure) {
    do {
      try commitBatch()
    } catch {
      guard case .full(let detail) = error else { throw error }
      if !machine.isPausedByFullDisk { report(.diskFull(detail)) }
      machine.commitRefused(now: .now)
      status.isDiskFull = true
      publishStatus()
    }
  }

  /// Commits what was appended to the ring, and publishes it.
  private func commitBatch() throws(DatabaseFailure) {
    let began = ContinuousClock.now
    let count = ring.unpublishedCount
    let first = try journal.commit(ring.unpublishedRuns(), applied: applied.sequence)
    ring.publish(firstSequence: first)
    if machine.isPausedByFullDisk { report(.diskHasRoom) }
    head.advance(to: journal.head)
    machine.committed()
    status.isDiskFull = false
    status.messages += Int64(count)
    status.commits += 1
    status.commitTime += ContinuousClock.now - began
    publishStatus()
  }

  private func maintain() throws(DatabaseFailure) {
    do {
      try journal.trimIfUseful(applied: applied.sequence)
    } catch {
      // Trimming makes room; where there is none for it, the next commit says so.
      guard case .full = error else { throw error }
    }
    attempt { client throws(MosquittoClient.Failure) in
      if machine.isConnected { try client.maintain() }
    }
    machine.maintained(mustFlush: client?.wantsWrite ?? false, now: .now)
    publishStatus()
  }

  // MARK: Waiting

  private func wait(for interest: SessionStateMachine.Interest, until: SessionStateMachine.Instant) {
    var descriptors = [pollfd(fd: ring.hasRoom.descriptor, events: Int16(POLLIN), revents: 0)]
    let socket = client?.descriptor ?? -1
    let events = socketEvents(interest)
    if socket >= 0, events != 0 { descriptors.append(pollfd(fd: socket, events: events, revents: 0)) }
    ring.hasRoom.arm()
    // Whoever rings does so after its work: what came before the arming is seen here.
    let isNewStop = isStopping.load(ordering: .sequentiallyConsistent) && !machine.isStopping
    let isAwaited = isNewStop || (interest == .room && hasRoom)
    if !isAwaited { _ = linux_poll(&descriptors, UInt64(descriptors.count), max(until - .now, .zero).nanoseconds) }
    ring.hasRoom.reset()
    machine.waitEnded(socketIsReady: descriptors.count > 1 && descriptors[1].revents != 0)
  }

  private func socketEvents(_ interest: SessionStateMachine.Interest) -> Int16 {
    switch interest {
    case .time, .room: 0
    case .reading: Int16(POLLIN)
    case .writing: Int16(POLLOUT)
    case .readingOrWriting: Int16(POLLIN) | (client?.wantsWrite == true ? Int16(POLLOUT) : 0)
    }
  }
}

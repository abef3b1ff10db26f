import Alerting
import DeviceCatalog
import DurableSQLite
import Foundation
import Ingest
import Sparkplug
import Storage
import Telemetry
import WireFormats

/// The way of a message behind the ring: route, decode, normalize, add to windows, account for; and the checkpoints.
///
/// Invariants
/// - One thread owns it, the store's writer included.
/// - Messages are taken in the order of their sequences, each once. What a checkpoint writes includes exactly those up
///   to `appliedSequence`; nothing leaves memory before it is written.
/// - Every message ends in exactly one outcome, every reading too; they are counted where they enter and where they end.
/// - Only the message itself and its time of receipt decide what becomes of it, never the clock: a replay decides the same.
final class Pipeline {
  /// The last sequence that the store has taken in; read by the session, which trims behind it.
  let applied: SequenceCursor

  private let configuration: GatewayConfiguration
  let store: Store
  let journalID: Data
  var times: RecordTimes
  private let largestPayloadBytes: Int
  let decoders: DecoderSet
  /// What becomes of the records of the message that is being taken in.
  var fates: ContiguousArray<RecordFate> = []
  var routes: RouteTable
  var sparkplug: HostApplication
  var registry: DeviceRegistry
  var identities: MessageIdentities
  var versions: ProfileVersions
  var windows: WindowTable
  /// By which the age of what windows and identities remember is judged: the time of receipt of the message, or of the
  /// latest one where a letter is read again.
  var takenAt = Timestamp(microseconds: 0)
  var latest = LatestTable()
  var letters = DeadLetterBox()
  var receivedAtQoS0: Int64
  private(set) var appliedSequence: UInt64
  var checkpointedSequence: UInt64
  let samples: UnsafeMutableBufferPointer<Sample>
  let now: @Sendable () -> Timestamp
  /// What is asked of the gateway, to be written.
  let audit: AuditLog
  /// As of the last checkpoint; for other threads.
  let sharedStatus: Shared<PipelineStatus>
  /// Where readings go that somebody follows.
  let streams: StreamHub
  /// Nil where there are no rules, and nothing is left of former ones.
  let alerts: AlertDesk?
  /// What is asked of alerts, and how they stand.
  let alertMail: AlertMail
  let alertBoard: AlertBoard
  var tap: ReadingTap

  /// Dead letters that wait in memory for a checkpoint; more bring it forward.
  static let deadLetterBytesInMemory = 8 << 20

  /// A record's readings go to their windows so many at once.
  static let samplesAtOnce = 256

  /// - Parameter now: the clock, for what is said of checkpoints and for upkeep.
  convenience init(
    _ catalogue: Catalogue, rules: RuleSet = RuleSet(), configuration: GatewayConfiguration, store: Store,
    journalID: Data, now: @escaping @Sendable () -> Timestamp = { .now }
  ) throws(DatabaseFailure) {
    let lastAudit = try store.read { try $0.auditRecords(limit: 1).first?.id ?? 0 }
    try self.init(
      catalogue, rules, configuration, store, journalID: journalID, now: now, applied: SequenceCursor(),
      audit: AuditLog(lastID: lastAudit, now: now), sharedStatus: Shared(PipelineStatus()),
      streams: StreamHub(configuration.streamLimits), alertMail: AlertMail(), alertBoard: AlertBoard(), desk: nil)
  }

  /// Goes on behind another one with another catalogue: as a start does, from what the store has. The other one has
  /// written all that it had, and is used no more.
  convenience init(
    _ catalogue: Catalogue, rules: RuleSet = RuleSet(), succeeding former: Pipeline
  ) throws(DatabaseFailure) {
    precondition(former.appliedSequence == former.checkpointedSequence, "the former pipeline has not been written")
    try self.init(
      catalogue, rules, former.configuration, former.store, journalID: former.journalID, now: former.now,
      applied: former.applied, audit: former.audit, sharedStatus: former.sharedStatus, streams: former.streams,
      alertMail: former.alertMail, alertBoard: former.alertBoard, desk: former.alerts)
  }

  private init(
    _ catalogue: Catalogue, _ rules: RuleSet, _ configuration: GatewayConfiguration, _ store: Store, journalID: Data,
    now: @escaping @Sendable () -> Timestamp, applied: SequenceCursor, audit: AuditLog,
    sharedStatus: Shared<PipelineStatus>, streams: StreamHub, alertMail: AlertMail, alertBoard: AlertBoard,
    desk: AlertDesk?
  ) throws(DatabaseFailure) {
    self.configuration = configuration
    self.applied = applied
    self.audit = audit
    self.sharedStatus = sharedStatus
    self.streams = streams
    tap = ReadingTap(streams)
    self.alertMail = alertMail
    self.alertBoard = alertBoard
    self.store = store
    self.now = now
    self.journalID = journalID
    largestPayloadBytes = configuration.mqtt.maxPacketBytes
    decoders = DecoderSet(
      catalogue.profiles, zone: configuration.zone, maxPayloadBytes: configuration.mqtt.maxPacketBytes)
    let enrolment = configuration.enrolmentRule
    let longestTopic = configuration.limits.topicBytes
    let filters = configuration.topicFilters(for: catalogue)
    let loaded = try store.read { snapshot in
      (
        position: try snapshot.position(),
        routes: RouteTable(
          catalogue, accounts: try snapshot.messageAccounts(), filters: filters, longestTopicBytes: longestTopic),
        registry: try DeviceRegistry(snapshot, catalogue, rule: enrolment),
        sparkplugNodes: try snapshot.sparkplugNodes(),
        identities: try snapshot.messageIdentities(),
        versions: try snapshot.profileVersions(),
        alerts: try AlertDesk.open(
          rules, snapshot, succeeding: desk, zone: configuration.timeZone,
          waitingCallsMax: configuration.limits.hookCalls, mail: alertMail, board: alertBoard, now: now),
        lastTransition: try snapshot.lastTransition(),
        starts: try snapshot.windowStarts(length: .minute)
      )
    }
    routes = loaded.routes
    alerts = loaded.alerts
    streams.tellTransitions(through: loaded.lastTransition)
    sparkplug = HostApplication(configuration.sparkplug.timing, restoring: loaded.sparkplugNodes)
    registry = loaded.registry
    identities = MessageIdentities(
      loaded.identities, horizon: configuration.windows.exactFor, limit: configuration.limits.messageIdentities)
    versions = ProfileVersions(catalogue.profiles, stored: loaded.versions)
    windows = WindowTable(
      length: .minute, storedThrough: loaded.starts?.upperBound, limits: configuration.windowLimits)
    windows.keep(from: store.minutesKeptFrom)
    times = RecordTimes(configuration.windows.eventTimes, heardAt: loaded.position.heardAt)
    appliedSequence = loaded.position.appliedSequence
    checkpointedSequence = loaded.position.appliedSequence
    receivedAtQoS0 = loaded.position.receivedAtQoS0
    applied.advance(to: loaded.position.appliedSequence)
    samples = .allocate(capacity: Pipeline.samplesAtOnce)
    publishStatus(checkpointTime: .zero)
  }

  deinit {
    samples.deallocate()
  }

  // MARK: One message

  /// Takes one message in. Its sequence follows the last one's.
  func process(_ message: RingMessage) throws(DatabaseFailure) {
    precondition(message.sequence == appliedSequence + 1, "the sequence \(message.sequence) does not follow")
    let frame = message.frame
    tap.begin(message.sequence)
    alerts?.begin(message.sequence, isLetter: frame.letterID != nil)
    let flags = frame.flags
    let index = routes.index(of: frame.topic, hash: message.topicHash)
    // The table may begin anew while the message is taken in.
    let counters = routes[index].counters
    if frame.letterID == nil {
      if !flags.contains(.qos1), !flags.contains(.lost) { receivedAtQoS0 += 1 }
      times.hear(frame)
    }
    takenAt = frame.letterID == nil ? frame.receivedAt : max(frame.receivedAt, times.heardAt)
    if registry.awaitsListing { registry.enlist(at: times.heardAt.microseconds > 0 ? times.heardAt : takenAt) }
    let isGone = try frame.letterID.map { letter throws(DatabaseFailure) in try !open(letter: letter) } ?? false
    let outcome = isGone ? .ignored(.replayed) : try take(message, route: index)
    routes.count(counters) { counters in
      counters.entered += 1
      if outcome == .decoded { counters.decoded += 1 } else { counters.settle(outcome) }
    }
    appliedSequence = message.sequence
  }

  private func take(_ message: RingMessage, route index: Int) throws(DatabaseFailure) -> MessageOutcome {
    let frame = message.frame
    if frame.flags.contains(.lost) {
      sparkplug.doubtBirths(at: frame.receivedAt)
      return .lost(.damage)
    }
    if frame.flags.contains(.redelivered) { return .duplicate }
    if let topic = routes[index].sparkplug { return try takeSparkplug(message, topic, route: index) }
    guard routes[index].profiles.isEmpty else { return try decode(message, route: index) }
    return bury(message, nil, routes.refusal(of: frame.topic, at: index), route: index)
  }

  private func decode(_ message: RingMessage, route: Int) throws(DatabaseFailure) -> MessageOutcome {
    let frame = message.frame
    if frame.flags.contains(.cut) { return buryCut(message, route: route) }
    let (profile, refusal) = decoders.decode(frame.payload, by: routes[route].profiles)
    return try takeIn(message, decodedBy: profile, refusal, route: route)
  }

  /// Takes in what the decoder of a profile has found in a message, or buries the message.
  func takeIn(
    _ message: RingMessage, decodedBy profile: Int, _ refusal: PayloadDecoder.Refusal?, route: Int
  ) throws(DatabaseFailure) -> MessageOutcome {
    let frame = message.frame
    let decoder = decoders.decoders[profile]
    // A message is taken in or buried whole; only a record whose time is none to go by leaves the others alone.
    if let refusal = refusal ?? times.judge(decoder.records, frame, into: &fates) {
      return bury(message, decoder.profile, refusal, route: route)
    }
    if fates.allSatisfy({ $0.isWithoutTime }) { return .ignored(.retained) }
    if let refusal = bind(decoder, profile: profile, route: route, receivedAt: frame.receivedAt) {
      return bury(message, decoder.profile, refusal, route: route)
    }
    for (index, record) in decoder.records.enumerated() {
      try take(record, index, of: decoder, route: route, frame)
    }
    return .decoded
  }

  // MARK: Dead letters

  /// Keeps a message that cannot be taken in; a letter that was read again keeps its id.
  func bury(_ message: RingMessage, _ profile: Profile?, _ refusal: PayloadDecoder.Refusal, route: Int)
    -> MessageOutcome
  {
    letters.put(
      DeadLetter(message, profile: profile?.name, refusal, route: routes.counters[routes[route].counters].route))
    return .deadLettered(refusal.reason)
  }

  func buryCut(_ message: RingMessage, route: Int) -> MessageOutcome {
    let detail =
      "more than mqtt.max_packet, \(largestPayloadBytes) bytes; the first \(message.frame.payload.count) are kept"
    let profile = routes[route].profiles.first.map { decoders.decoders[$0].profile }
    return bury(message, profile, PayloadDecoder.Refusal(.oversize, detail), route: route)
  }

  /// Takes a letter out, to be read again: it is a dead letter no more, and counts as what becomes of it now.
  ///
  /// - Returns: false where it is read again already, or is gone.
  private func open(letter id: UInt64) throws(DatabaseFailure) -> Bool {
    let store = store
    let account = try letters.open(id) { id throws(DatabaseFailure) in try store.read { try $0.letterAccount(id) } }
    guard let account else { return false }
    routes.countReplayed(account)
    return true
  }

  /// Books the messages up to `sequence` as lost; they are in no journal.
  func bookLoss(through sequence: UInt64, _ reason: LossReason) {
    routes.countLost(Int64(sequence - appliedSequence), reason)
    sparkplug.doubtBirths(at: now())
    appliedSequence = sequence
  }
}

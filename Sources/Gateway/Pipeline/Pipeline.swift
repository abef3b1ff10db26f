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
  private let store: Store
  private let journalID: Data
  var times: RecordTimes
  private let largestPayloadBytes: Int
  let decoders: DecoderSet
  /// What becomes of the records of the message that is being taken in.
  var fates: ContiguousArray<RecordFate> = []
  var routes: RouteTable
  var sparkplug: HostApplication
  private var registry: DeviceRegistry
  private var identities: MessageIdentities
  private var versions: ProfileVersions
  private var windows: WindowTable
  /// By which the age of what windows and identities remember is judged: the time of receipt of the message, or of the
  /// latest one where a letter is read again.
  private var takenAt = Timestamp(microseconds: 0)
  private var latest = LatestTable()
  private var letters = DeadLetterBox()
  private var receivedAtQoS0: Int64
  private(set) var appliedSequence: UInt64
  private var checkpointedSequence: UInt64
  private let samples: UnsafeMutableBufferPointer<Sample>
  let now: @Sendable () -> Timestamp
  /// What is asked of the gateway, to be written.
  let audit: AuditLog
  /// As of the last checkpoint; for other threads.
  let sharedStatus: Shared<PipelineStatus>
  /// Where readings go that somebody follows.
  let streams: StreamHub
  /// Nil where there are no rules, and nothing is left of former ones.
  let alerts: AlertDesk?
  /// What is asked of alerts, and what hooks are to be told.
  let alertMail: AlertMail
  let hookOutbox: HookOutbox
  private var tap: ReadingTap

  /// Dead letters that wait in memory for a checkpoint; more bring it forward.
  private static let deadLetterBytesInMemory = 8 << 20

  /// A record's readings go to their windows so many at once.
  private static let samplesAtOnce = 256

  /// - Parameter now: the clock, for what is said of checkpoints and for upkeep.
  convenience init(
    _ catalogue: Catalogue, rules: RuleSet = RuleSet(), configuration: GatewayConfiguration, store: Store,
    journalID: Data, now: @escaping @Sendable () -> Timestamp = { .now }
  ) throws(DatabaseFailure) {
    let lastAudit = try store.read { try $0.auditRecords(limit: 1).first?.id ?? 0 }
    try self.init(
      catalogue, rules, configuration, store, journalID: journalID, now: now, applied: SequenceCursor(),
      audit: AuditLog(lastID: lastAudit, now: now), sharedStatus: Shared(PipelineStatus()),
      streams: StreamHub(configuration.streamLimits), alertMail: AlertMail(), hookOutbox: HookOutbox())
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
      alertMail: former.alertMail, hookOutbox: former.hookOutbox)
  }

  private init(
    _ catalogue: Catalogue, _ rules: RuleSet, _ configuration: GatewayConfiguration, _ store: Store, journalID: Data,
    now: @escaping @Sendable () -> Timestamp, applied: SequenceCursor, audit: AuditLog,
    sharedStatus: Shared<PipelineStatus>, streams: StreamHub, alertMail: AlertMail, hookOutbox: HookOutbox
  ) throws(DatabaseFailure) {
    self.configuration = configuration
    self.applied = applied
    self.audit = audit
    self.sharedStatus = sharedStatus
    self.streams = streams
    tap = ReadingTap(streams)
    self.alertMail = alertMail
    self.hookOutbox = hookOutbox
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
          rules, snapshot, zone: configuration.timeZone, mail: alertMail, outbox: hookOutbox, now: now),
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

  // MARK: Its records

  /// Finds the devices of all records; a message of which one has none is refused.
  func bind(
    _ decoder: PayloadDecoder, profile: Int, route: Int, receivedAt: Timestamp
  ) -> PayloadDecoder.Refusal? {
    let claim = routes[route].claim(of: profile)
    if let binding = routes[route].claims[claim].binding {
      for index in fates.indices { fates[index].binding = binding }
      return nil
    }
    for (index, record) in decoder.records.enumerated() {
      guard let device = decoder.device(of: record, captures: routes[route].claims[claim].captures),
        Identifier.isValid(device)
      else { return PayloadDecoder.Refusal(.device, PayloadDecoder.noDeviceSentence) }
      do throws(PayloadDecoder.Refusal) {
        fates[index].binding = try registry.binding(device: device, profile: profile, seenAt: receivedAt)
      } catch {
        return error
      }
    }
    if decoder.deviceIsFromTopic { routes[route].claims[claim].binding = fates[0].binding }
    return nil
  }

  private func take(
    _ record: DecodedRecord, _ index: Int, of decoder: PayloadDecoder, route: Int, _ frame: MessageFrame
  ) throws(DatabaseFailure) {
    let fate = fates[index]
    switch fate.cause {
    case .withoutTime: return reject(decoder.values[record.values], of: fate.binding, .retained)
    case .rejected(let reason): return reject(decoder.values[record.values], of: fate.binding, reason)
    case .counts: break
    }
    updateTags(of: fate.binding, route: route, decoder, record, time: fate.time)
    if !registry.retagged.isEmpty { tellTags() }
    let isRetained = frame.flags.contains(.retained)
    // Records of one message share its id.
    let identity = decoder.messageIdentity(of: record).map { $0 &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15 }
    let isRepeat = !isRetained && isKnown(identity, of: fate.binding)
    try aggregateAll(of: record, decoder, fate, frame, as: isRetained ? .retained : isRepeat ? .repeated : .new)
  }

  func aggregateAll(
    of record: DecodedRecord, _ decoder: PayloadDecoder, _ fate: RecordFate, _ frame: MessageFrame,
    as counting: Counting
  ) throws(DatabaseFailure) {
    try decoder.withValues(of: record) { values throws(DatabaseFailure) in
      var rest = values[...]
      while !rest.isEmpty {
        try aggregate(
          UnsafeBufferPointer(rebasing: rest.prefix(Pipeline.samplesAtOnce)), of: fate.binding, time: fate.time,
          receivedAt: frame.receivedAt, as: counting)
        rest = rest.dropFirst(Pipeline.samplesAtOnce)
      }
    }
  }

  private func updateTags(
    of binding: Int, route: Int, _ decoder: PayloadDecoder, _ record: DecodedRecord, time: Timestamp
  ) {
    guard !decoder.profile.tags.isEmpty else { return }
    let fingerprint = decoder.tagFingerprint(of: record, seed: routes[route].number)
    guard registry.tagsMayDiffer(of: binding, fingerprint: fingerprint) else { return }
    let claim = routes[route].profiles.firstIndex { decoders.decoders[$0] === decoder } ?? 0
    let tags = decoder.tags(of: record, captures: routes[route].claims[claim].captures)
    registry.setTags(tags, of: binding, at: time, fingerprint: fingerprint)
  }

  /// Whether the device has sent a message of this id before; it is remembered.
  private func isKnown(_ identity: UInt64?, of binding: Int) -> Bool {
    guard let identity else { return false }
    return !identities.insert(
      MessageIdentity(deviceID: registry.deviceID(of: binding), hash: identity, receivedAt: takenAt))
  }

  // MARK: Its readings

  /// What the readings of a message are counted as.
  enum Counting {
    case new
    /// The message was sent again.
    case repeated
    /// The broker kept it: it sets the latest value, and was counted when it was published.
    case retained
  }

  private func aggregate(
    _ values: UnsafeBufferPointer<DecodedValue>, of binding: Int, time: Timestamp, receivedAt: Timestamp,
    as counting: Counting
  ) throws(DatabaseFailure) {
    registry.makeSamples(of: values, at: time, for: binding, into: samples)
    if !registry.newSeries.isEmpty { tellSeries() }
    let made = UnsafeMutableBufferPointer(rebasing: samples[..<values.count])
    latest.update(UnsafeBufferPointer(made), receivedAt: receivedAt)
    let store = store
    func load(_ key: WindowKey) throws(DatabaseFailure) -> WindowState? { try store.window(key, length: .minute) }
    switch counting {
    case .new:
      try windows.add(
        made, receivedAt: takenAt, load: load,
        loadSamples: { key throws(DatabaseFailure) in try store.samples(of: key) })
      alerts?.observe(UnsafeBufferPointer(made), receivedAt: receivedAt)
      if tap.isOpen { tap.keep(UnsafeBufferPointer(made), receivedAt: receivedAt) }
    case .repeated: try windows.noteRepeats(made, load: load)
    case .retained: break
    }
    settle(UnsafeBufferPointer(made), of: binding, as: counting)
  }

  /// Counts readings that no window takes.
  private func reject(_ values: ArraySlice<DecodedValue>, of binding: Int, _ reason: RejectReason) {
    registry.count(of: binding) { counters in
      counters.made += Int64(values.count)
      for value in values { counters.settle(value.quality == .good ? .rejected(reason) : .bad(value.quality)) }
    }
  }

  private func tellSeries() {
    for series in registry.newSeries { windows.setRule(series.rule, of: series.record.id) }
    alerts?.bind(registry.newSeries, registry)
    registry.newSeries.removeAll(keepingCapacity: true)
  }

  private func tellTags() {
    alerts?.retag(registry.retagged, registry)
    registry.retagged.removeAll(keepingCapacity: true)
  }

  private func settle(_ made: UnsafeBufferPointer<Sample>, of binding: Int, as counting: Counting) {
    registry.count(of: binding) { counters in
      counters.made += Int64(made.count)
      for sample in made {
        if counting == .repeated || sample.isRepeat {
          counters.settle(.duplicate)
        } else if sample.quality != .good {
          counters.settle(.bad(sample.quality))
        } else if counting == .retained {
          counters.settle(.rejected(.retained))
        } else {
          counters.aggregated += 1
        }
      }
    }
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

  // MARK: Checkpoints

  /// True where what waits in memory should not grow before it is written, or somebody waits for it.
  var needsCheckpoint: Bool {
    letters.bytes > Pipeline.deadLetterBytesInMemory || windows.needsCheckpoint || audit.isAwaited
  }

  /// Writes all that has changed in one transaction.
  ///
  /// - Throws: `DatabaseFailure`; after `.full` the store has not changed, and the same can be tried again.
  func checkpoint() throws(DatabaseFailure) {
    let moment = now()
    if registry.awaitsListing { registry.enlist(at: max(times.heardAt, moment)) }
    if !registry.retagged.isEmpty { tellTags() }
    alerts?.lookUp()
    guard
      appliedSequence > checkpointedSequence || !registry.unsaved.isEmpty || audit.hasUnsaved
        || alerts?.hasUnsaved ?? false
    else {
      // Nothing to write is as good as written.
      sharedStatus.update { $0.checkpointedAt = .now }
      tap.handOver(through: appliedSequence, registry.unsaved, at: moment)
      return
    }
    let began = ContinuousClock.now
    let outdone: [SeriesID]
    let checkpoint = makeCheckpoint()
    do {
      outdone = try store.write(checkpoint)
    } catch {
      windows.checkpointFailed()
      sharedStatus.update { $0.isDiskFull = true }
      throw error
    }
    windows.checkpointed()
    latest.checkpointed(outdone: outdone)
    tap.handOver(through: appliedSequence, registry.unsaved, at: moment)
    registry.saved()
    routes.saved()
    identities.saved()
    sparkplug.saved()
    versions.saved()
    letters.saved()
    audit.saved()
    try alertsAreStored()
    try alerts?.windowsChanged(checkpoint.changes, store)
    checkpointedSequence = appliedSequence
    applied.advance(to: appliedSequence)
    publishStatus(checkpointTime: ContinuousClock.now - began)
  }

  // MARK: Alerts

  /// Somebody is to be called, or waits for an answer.
  var alertsAreUrgent: Bool { alerts?.isUrgent ?? alertMail.isAwaited }

  /// Writes what has happened to alerts, so that hooks are called before the next checkpoint. Where devices, series or tags
  /// are new it is a whole checkpoint: a start would not know yet what the alerts are about, and withdraw them.
  func writeAlerts() throws(DatabaseFailure) {
    guard let alerts else { return alertMail.refuse() }
    guard registry.unsaved.isEmpty else { return try checkpoint() }
    try store.write(alerts.changes(isWhole: false))
    try alertsAreStored()
  }

  /// What has happened to alerts is in the store: it may be told.
  private func alertsAreStored() throws(DatabaseFailure) {
    guard let alerts, alerts.saved() else { return }
    streams.tellTransitions(through: try store.read { try $0.lastTransition() })
  }

  /// Does some of what is due in the store between checkpoints.
  ///
  /// - Parameter span: about how long it may take.
  /// - Returns: true where more is due.
  /// - Throws: `DatabaseFailure`; `.full` has changed nothing.
  func upkeep(atMost span: Duration) throws(DatabaseFailure) -> Bool {
    let isMoreDue = try store.upkeep(now: now(), atMost: span)
    windows.keep(from: store.minutesKeptFrom)
    let usage = try store.usage()
    sharedStatus.update { $0.storeUsage = usage }
    return isMoreDue
  }

  /// Closes the store for a clean stop; what is not checkpointed by then is replayed by the next start.
  func close() throws(DatabaseFailure) {
    try store.close()
  }

  private func makeCheckpoint() -> Checkpoint {
    var checkpoint = Checkpoint()
    checkpoint.journalID = journalID
    checkpoint.appliedSequence = appliedSequence
    checkpoint.writtenAt = now()
    checkpoint.heardAt = times.heardAt
    checkpoint.receivedAtQoS0 = receivedAtQoS0
    checkpoint.devices = registry.unsaved.devices
    checkpoint.listings = registry.unsaved.listings
    checkpoint.profileMetrics = registry.unsaved.profileMetrics
    checkpoint.tags = registry.unsaved.tags
    checkpoint.series = registry.unsaved.series
    checkpoint.states = registry.unsaved.states
    // One copy for all windows.
    let (heardAt, registry) = (times.heardAt, registry)
    checkpoint.changes = windows.drainDirty { series in
      let expectation = registry.expectation(of: series, in: .minute)
      return (
        expectation.readings, expectation.profile.map { versions.number(of: $0, usedAt: heardAt) } ?? 0
      )
    }
    checkpoint.profileVersions = versions.unsaved
    checkpoint.identities = identities.unsaved
    checkpoint.identitiesForgotten = identities.forgotten
    checkpoint.sparkplugNodes = sparkplug.unsavedRecords()
    checkpoint.latest = latest.changes()
    checkpoint.deadLetters = letters.unsaved
    checkpoint.deadLettersOpened = letters.opened
    checkpoint.messages = routes.changedAccounts()
    checkpoint.readings = registry.changedAccounts()
    checkpoint.audit = audit.take()
    checkpoint.alerts = alerts?.changes(isWhole: true)
    return checkpoint
  }

  private func publishStatus(checkpointTime: Duration) {
    // What the last upkeep found stays until the next.
    let usage = sharedStatus.value.storeUsage
    let status = PipelineStatus(
      isDiskFull: false, devices: registry.devices.count, series: registry.seriesCount,
      windowsInMemory: windows.count, openWindows: windows.openCount(at: now()),
      samplesInMemory: windows.sampleCount, messageIdentities: identities.count,
      messageIdentitiesCrowdedOut: identities.crowdedOut, storeUsage: usage,
      checkpointTime: checkpointTime, checkpointedAt: .now, survey: routes.survey, sparkplug: sparkplug.status)
    sharedStatus.update { $0 = status }
  }
}

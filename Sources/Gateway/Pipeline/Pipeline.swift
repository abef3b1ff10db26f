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

  private let store: Store
  private let journalID: Data
  private var times: RecordTimes
  private let largestPayloadBytes: Int
  private let decoders: DecoderSet
  /// What becomes of the records of the message that is being taken in.
  private var fates: ContiguousArray<RecordFate> = []
  private var routes: RouteTable
  private var sparkplug: HostApplication
  private var registry: DeviceRegistry
  private var identities: MessageIdentities
  private var versions: ProfileVersions
  private var windows: WindowTable
  private var latest = LatestTable()
  private var deadLetters: [DeadLetter] = []
  private var deadLetterBytes = 0
  private var receivedAtQoS0: Int64
  private var appliedSequence: UInt64
  private var checkpointedSequence: UInt64
  private let samples: UnsafeMutableBufferPointer<Sample>
  private let now: @Sendable () -> Timestamp
  /// As of the last checkpoint; for other threads.
  let sharedStatus = Shared(PipelineStatus())

  /// Dead letters that wait in memory for a checkpoint; more bring it forward.
  private static let deadLetterBytesInMemory = 8 << 20

  /// A record's readings go to their windows so many at once.
  private static let samplesAtOnce = 256

  /// - Parameter now: the clock, for what is said of checkpoints and for upkeep.
  init(
    _ catalogue: Catalogue, configuration: GatewayConfiguration, store: Store, journalID: Data,
    now: @escaping @Sendable () -> Timestamp = { .now }
  ) throws(DatabaseFailure) {
    self.store = store
    self.now = now
    self.journalID = journalID
    largestPayloadBytes = configuration.mqtt.maxPacketBytes
    decoders = DecoderSet(
      catalogue.profiles, zone: configuration.zone, maxPayloadBytes: configuration.mqtt.maxPacketBytes)
    let limit = configuration.limits.devices
    let longestTopic = configuration.limits.topicBytes
    let filters = configuration.topicFilters(for: catalogue)
    let loaded = try store.read { snapshot in
      (
        position: try snapshot.position(),
        routes: RouteTable(
          catalogue, accounts: try snapshot.messageAccounts(), filters: filters, longestTopicBytes: longestTopic),
        registry: try DeviceRegistry(snapshot, profiles: catalogue.profiles, deviceLimit: limit),
        sparkplugNodes: try snapshot.sparkplugNodes(),
        identities: try snapshot.messageIdentities(),
        versions: try snapshot.profileVersions(),
        starts: try snapshot.windowStarts(length: .minute)
      )
    }
    routes = loaded.routes
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
    applied = SequenceCursor(loaded.position.appliedSequence)
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
    let flags = frame.flags
    let index = routes.index(of: frame.topic, hash: message.topicHash)
    // The table may begin anew while the message is taken in.
    let counters = routes[index].counters
    if !flags.contains(.qos1), !flags.contains(.lost) { receivedAtQoS0 += 1 }
    times.hear(frame)
    let outcome: MessageOutcome
    if flags.contains(.lost) {
      sparkplug.doubtBirths(at: frame.receivedAt)
      outcome = .lost(.damage)
    } else if flags.contains(.redelivered) {
      outcome = .duplicate
    } else if let topic = routes[index].sparkplug {
      outcome = try takeSparkplug(message, topic, route: index)
    } else if routes[index].profiles.isEmpty {
      outcome = bury(message, nil, routes.refusal(of: frame.topic, at: index))
    } else {
      outcome = try decode(message, route: index)
    }
    routes.count(counters) { counters in
      counters.entered += 1
      if outcome == .decoded { counters.decoded += 1 } else { counters.settle(outcome) }
    }
    appliedSequence = message.sequence
  }

  private func decode(_ message: RingMessage, route: Int) throws(DatabaseFailure) -> MessageOutcome {
    let frame = message.frame
    if frame.flags.contains(.cut) { return buryCut(message, route: route) }
    let (profile, refusal) = decoders.decode(frame.payload, by: routes[route].profiles)
    return try takeIn(message, decodedBy: profile, refusal, route: route)
  }

  /// Takes in what the decoder of a profile has found in a message, or buries the message.
  private func takeIn(
    _ message: RingMessage, decodedBy profile: Int, _ refusal: PayloadDecoder.Refusal?, route: Int
  ) throws(DatabaseFailure) -> MessageOutcome {
    let frame = message.frame
    let decoder = decoders.decoders[profile]
    // A message is taken in or buried whole; only a record whose time is none to go by leaves the others alone.
    if let refusal = refusal ?? times.judge(decoder.records, frame, into: &fates) {
      return bury(message, decoder.profile, refusal)
    }
    if fates.allSatisfy({ $0.isWithoutTime }) { return .ignored(.retained) }
    if let refusal = bind(decoder, profile: profile, route: route, receivedAt: frame.receivedAt) {
      return bury(message, decoder.profile, refusal)
    }
    for (index, record) in decoder.records.enumerated() {
      try take(record, index, of: decoder, route: route, frame)
    }
    return .decoded
  }

  // MARK: A Sparkplug message

  private func takeSparkplug(
    _ message: RingMessage, _ topic: SparkplugTopic, route: Int
  ) throws(DatabaseFailure) -> MessageOutcome {
    let frame = message.frame
    // What a broker kept may be of any session.
    if frame.flags.contains(.retained) { return .ignored(.retained) }
    let profile = routes[route].profiles.first
    guard let node = routes[route].edgeNode ?? sparkplug.node(of: topic) else {
      return bury(message, nil, HostApplication.tooManyNodes)
    }
    routes[route].edgeNode = node
    if frame.flags.contains(.cut) {
      sparkplug.miss(topic, node: node)
      return buryCut(message, route: route)
    }
    decoders.fields.removeAll()
    let said = sparkplug.take(frame.payload, topic, node: node, receivedAt: frame.receivedAt, into: decoders.fields)
    switch said {
    case .nothing: return .ignored(.session)
    case .refused(let refusal): return bury(message, profile.map { decoders.decoders[$0].profile }, refusal)
    case .values, .birth:
      guard let profile else { return .ignored(.session) }
      let refusal = decoders.decodeFields(by: profile, isRetelling: said == .birth)
      // Messages hold what has changed, and births all that there is: most of it is none of the profile's concern.
      if refusal?.reason == .noMetric { return .ignored(.noMetric) }
      return try takeIn(message, decodedBy: profile, refusal, route: route)
    case .death(let devices, let time):
      var hasReadings = false
      for device in devices where try markStale(device, ofNode: node, at: time, frame) { hasReadings = true }
      return hasReadings ? .decoded : .ignored(.session)
    }
  }

  /// Makes a stale reading of each metric that a birth of a node, or of one of its devices, had.
  ///
  /// - Parameter time: nil, and where it is none to go by, for that of the receipt.
  /// - Returns: false where there is none, for want of a profile.
  private func markStale(
    _ device: String?, ofNode node: Int, at time: Timestamp?, _ frame: MessageFrame
  ) throws(DatabaseFailure) -> Bool {
    let topic = Array(sparkplug.birthTopic(of: device, ofNode: node).text.utf8)
    let route = topic.withUnsafeBytes { routes.index(of: $0, hash: ContentHash.of($0)) }
    guard let profile = routes[route].profiles.first else { return false }
    decoders.fields.removeAll()
    sparkplug.readStale(device, ofNode: node, into: decoders.fields)
    guard decoders.decodeFields(by: profile, isRetelling: true) == nil else { return false }
    let decoder = decoders.decoders[profile]
    let at = time.map { times.accepts($0, frame) ? $0 : frame.receivedAt } ?? frame.receivedAt
    fates = [RecordFate(cause: .counts, time: at)]
    guard decoder.records.count == 1, bind(decoder, profile: profile, route: route, receivedAt: frame.receivedAt) == nil
    else { return false }
    try aggregateAll(of: decoder.records[0], decoder, fates[0], frame, as: .new)
    return true
  }

  // MARK: Its records

  /// Finds the devices of all records; a message of which one has none is refused.
  private func bind(
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
      guard let binding = registry.binding(device: device, profile: profile, seenAt: receivedAt) else {
        return PayloadDecoder.Refusal(.deviceLimit, "more devices than limits.devices")
      }
      fates[index].binding = binding
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
    let isRetained = frame.flags.contains(.retained)
    // Records of one message share its id.
    let identity = decoder.messageIdentity(of: record).map { $0 &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15 }
    let isRepeat = !isRetained && isKnown(identity, of: fate.binding, receivedAt: frame.receivedAt)
    try aggregateAll(of: record, decoder, fate, frame, as: isRetained ? .retained : isRepeat ? .repeated : .new)
  }

  private func aggregateAll(
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
  private func isKnown(_ identity: UInt64?, of binding: Int, receivedAt: Timestamp) -> Bool {
    guard let identity else { return false }
    return !identities.insert(
      MessageIdentity(deviceID: registry.deviceID(of: binding), hash: identity, receivedAt: receivedAt))
  }

  // MARK: Its readings

  /// What the readings of a message are counted as.
  private enum Counting {
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
    if !registry.newRules.isEmpty { tellRules() }
    let made = UnsafeMutableBufferPointer(rebasing: samples[..<values.count])
    latest.update(UnsafeBufferPointer(made), receivedAt: receivedAt)
    let store = store
    func load(_ key: WindowKey) throws(DatabaseFailure) -> WindowState? { try store.window(key, length: .minute) }
    switch counting {
    case .new:
      try windows.add(
        made, receivedAt: receivedAt, load: load,
        loadSamples: { key throws(DatabaseFailure) in try store.samples(of: key) })
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

  private func tellRules() {
    for (series, rule) in registry.newRules { windows.setRule(rule, of: series) }
    registry.newRules.removeAll(keepingCapacity: true)
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

  // MARK: Births asked for

  /// What is to be sent to Sparkplug nodes now, so that they are born again.
  func rebirthRequests() -> [HostApplication.RebirthRequest] { sparkplug.rebirthRequests(at: now()) }

  /// To be called where the broker has lost what it held for the gateway.
  func doubtSparkplugBirths() { sparkplug.doubtBirths(at: now()) }

  // MARK: Dead letters

  private func bury(
    _ message: RingMessage, _ profile: Profile?, _ refusal: PayloadDecoder.Refusal
  ) -> MessageOutcome {
    let frame = message.frame
    deadLetters.append(
      DeadLetter(
        id: message.sequence, receivedAt: frame.receivedAt, topic: Data(frame.topic), payload: Data(frame.payload),
        qos: frame.flags.contains(.qos1) ? 1 : 0, isRetained: frame.flags.contains(.retained), profile: profile?.name,
        reason: refusal.reason, detail: refusal.detail))
    deadLetterBytes += frame.topic.count + frame.payload.count
    return .deadLettered(refusal.reason)
  }

  private func buryCut(_ message: RingMessage, route: Int) -> MessageOutcome {
    let detail =
      "more than mqtt.max_packet, \(largestPayloadBytes) bytes; the first \(message.frame.payload.count) are kept"
    let profile = routes[route].profiles.first.map { decoders.decoders[$0].profile }
    return bury(message, profile, PayloadDecoder.Refusal(.oversize, detail))
  }

  /// Books the messages up to `sequence` as lost; they are in no journal.
  func bookLoss(through sequence: UInt64, _ reason: LossReason) {
    routes.countLost(Int64(sequence - appliedSequence), reason)
    sparkplug.doubtBirths(at: now())
    appliedSequence = sequence
  }

  // MARK: Checkpoints

  /// True where what waits in memory should not grow before it is written.
  var needsCheckpoint: Bool { deadLetterBytes > Pipeline.deadLetterBytesInMemory || windows.needsCheckpoint }

  /// Writes all that has changed in one transaction.
  ///
  /// - Throws: `DatabaseFailure`; after `.full` the store has not changed, and the same can be tried again.
  func checkpoint() throws(DatabaseFailure) {
    guard appliedSequence > checkpointedSequence else {
      // Nothing to write is as good as written.
      sharedStatus.update { $0.checkpointedAt = .now }
      return
    }
    let began = ContinuousClock.now
    do {
      try store.write(makeCheckpoint())
    } catch {
      windows.checkpointFailed()
      sharedStatus.update { $0.isDiskFull = true }
      throw error
    }
    windows.checkpointed()
    latest.checkpointed()
    registry.saved()
    routes.saved()
    identities.saved()
    sparkplug.saved()
    versions.saved()
    deadLetters.removeAll()
    deadLetterBytes = 0
    checkpointedSequence = appliedSequence
    applied.advance(to: appliedSequence)
    publishStatus(checkpointTime: ContinuousClock.now - began)
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
    checkpoint.deadLetters = deadLetters
    checkpoint.messages = routes.changedAccounts()
    checkpoint.readings = registry.changedAccounts()
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

/// The pipeline at its last checkpoint, for health and metrics.
struct PipelineStatus: Sendable {
  /// The store has no room; the pipeline waits.
  var isDiskFull = false
  var devices = 0
  var series = 0
  var windowsInMemory = 0
  /// Windows that have not ended yet.
  var openWindows = 0
  var samplesInMemory = 0
  /// Ids of messages that are known, and how many went before their time.
  var messageIdentities = 0
  var messageIdentitiesCrowdedOut: Int64 = 0
  var storeUsage = Store.Usage()
  var checkpointTime = Duration.zero
  /// When the store last had everything.
  var checkpointedAt = ContinuousClock.now
  /// Which topics have come since the start.
  var survey = TopicSurvey(filters: [])
  var sparkplug = HostApplication.Status()
}

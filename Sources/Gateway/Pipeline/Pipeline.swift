import DeviceCatalog
import DurableSQLite
import Foundation
import Ingest
import Storage
import Telemetry

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
  private let eventTimes: EventTimeRule
  private let largestPayloadBytes: Int
  private let decoders: [PayloadDecoder]
  private var routes: RouteTable
  private var registry: DeviceRegistry
  private var identities: MessageIdentities
  private var versions: ProfileVersions
  private var windows: WindowTable
  private var latest = LatestTable()
  private var deadLetters: [DeadLetter] = []
  private var deadLetterBytes = 0
  private var receivedAtQoS0: Int64
  /// The latest time of receipt so far, of those that are sure.
  private var heardAt: Timestamp
  private var appliedSequence: UInt64
  private var checkpointedSequence: UInt64
  private let samples: UnsafeMutableBufferPointer<Sample>
  private let now: @Sendable () -> Timestamp
  /// As of the last checkpoint; for other threads.
  let sharedStatus = Shared(PipelineStatus())

  /// Dead letters that wait in memory for a checkpoint; more bring it forward.
  private static let deadLetterBytesInMemory = 8 << 20

  /// - Parameter now: the clock, for what is said of checkpoints and for upkeep.
  init(
    _ catalogue: Catalogue, configuration: GatewayConfiguration, store: Store, journalID: Data,
    now: @escaping @Sendable () -> Timestamp = { .now }
  ) throws(DatabaseFailure) {
    self.store = store
    self.now = now
    self.journalID = journalID
    eventTimes = configuration.windows.eventTimes
    largestPayloadBytes = configuration.mqtt.maxPacketBytes
    decoders = catalogue.profiles.map {
      PayloadDecoder($0, zone: configuration.zone, maxPayloadBytes: configuration.mqtt.maxPacketBytes)
    }
    let limit = configuration.limits.devices
    let longestTopic = configuration.limits.topicBytes
    let filters = configuration.topicFilters(for: catalogue)
    let loaded = try store.read { snapshot in
      (
        position: try snapshot.position(),
        routes: RouteTable(
          catalogue, accounts: try snapshot.messageAccounts(), filters: filters, longestTopicBytes: longestTopic),
        registry: try DeviceRegistry(snapshot, profiles: catalogue.profiles, deviceLimit: limit),
        identities: try snapshot.messageIdentities(),
        versions: try snapshot.profileVersions(),
        starts: try snapshot.windowStarts(length: .minute)
      )
    }
    routes = loaded.routes
    registry = loaded.registry
    identities = MessageIdentities(
      loaded.identities, horizon: configuration.windows.exactFor, limit: configuration.limits.messageIdentities)
    versions = ProfileVersions(catalogue.profiles, stored: loaded.versions)
    windows = WindowTable(
      length: .minute, storedThrough: loaded.starts?.upperBound, limits: configuration.windowLimits)
    windows.keep(from: store.minutesKeptFrom)
    heardAt = loaded.position.heardAt
    appliedSequence = loaded.position.appliedSequence
    checkpointedSequence = loaded.position.appliedSequence
    receivedAtQoS0 = loaded.position.receivedAtQoS0
    applied = SequenceCursor(loaded.position.appliedSequence)
    samples = .allocate(capacity: catalogue.profiles.map(\.metrics.count).max() ?? 1)
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
    if !flags.contains(.qos1), !flags.contains(.lost) { receivedAtQoS0 += 1 }
    if !flags.contains(.steppedClock), frame.receivedAt > heardAt { heardAt = frame.receivedAt }
    let outcome: MessageOutcome
    if flags.contains(.lost) {
      outcome = .lost(.damage)
    } else if flags.contains(.redelivered) {
      outcome = .duplicate
    } else if let profile = routes[index].profile {
      outcome = try decode(message, route: index, profile: profile)
    } else {
      outcome = bury(message, nil, routes.refusal(of: frame.topic, at: index))
    }
    routes.count(routes[index].counters) { counters in
      counters.entered += 1
      if outcome == .decoded { counters.decoded += 1 } else { counters.settle(outcome) }
    }
    appliedSequence = message.sequence
  }

  private func decode(_ message: RingMessage, route: Int, profile: Int) throws(DatabaseFailure) -> MessageOutcome {
    let frame = message.frame
    let decoder = decoders[profile]
    if frame.flags.contains(.cut) {
      return bury(
        message, decoder.profile,
        PayloadDecoder.Refusal(
          .oversize,
          "more than mqtt.max_packet, \(largestPayloadBytes) bytes; the first \(frame.payload.count) are kept"))
    }
    if let refusal = decoder.decode(frame.payload) { return bury(message, decoder.profile, refusal) }
    let isRetained = frame.flags.contains(.retained)
    if isRetained, decoder.time == nil { return .ignored(.retained) }
    let time = decoder.time ?? frame.receivedAt
    let isLimited = !frame.flags.contains(.unsureClock)
    if isLimited, let reason = eventTimes.refusal(of: time, receivedAt: likelyReceipt(of: frame)) {
      let detail =
        "the time stamp, \(QueryTime.text(time)), is too far from the receipt: windows.\(reason.rawValue)_limit"
      return bury(message, decoder.profile, PayloadDecoder.Refusal(reason, detail))
    }
    let binding: Int
    switch bind(route: route, profile: profile, decoder: decoder, receivedAt: frame.receivedAt) {
    case .success(let bound): binding = bound
    case .failure(let refusal): return bury(message, decoder.profile, refusal)
    }
    updateTags(of: binding, route: route, decoder: decoder, time: time)
    let isRepeat = !isRetained && isKnown(decoder.messageIdentity, of: binding, receivedAt: frame.receivedAt)
    try aggregate(
      decoder.values, of: binding, time: time, receivedAt: frame.receivedAt,
      as: isRetained ? .retained : isRepeat ? .repeated : .new)
    return .decoded
  }

  /// The time of receipt that limits event times. Where the clock was set it may have been right before: what was heard
  /// until then, and a day of messages since, is as good as what it says now; where nothing was, a day to and fro.
  private func likelyReceipt(of frame: MessageFrame) -> ClosedRange<Timestamp> {
    guard frame.flags.contains(.steppedClock) else { return frame.receivedAt...frame.receivedAt }
    let hasHeard = heardAt.microseconds > 0
    let earliest = hasHeard ? heardAt : frame.receivedAt - ReceiptClock.unsureFor
    let latest = (hasHeard ? heardAt : frame.receivedAt) + ReceiptClock.unsureFor
    return min(frame.receivedAt, earliest)...max(frame.receivedAt, latest)
  }

  private func bind(
    route: Int, profile: Int, decoder: PayloadDecoder, receivedAt: Timestamp
  ) -> Result<Int, PayloadDecoder.Refusal> {
    if let binding = routes[route].binding { return .success(binding) }
    let isFromTopic = decoder.profile.device.isFromTopic
    guard
      let device = isFromTopic
        ? decoder.profile.device.text(captures: routes[route].captures) : decoder.deviceInPayload,
      Identifier.isValid(device)
    else { return .failure(PayloadDecoder.Refusal(.device, PayloadDecoder.noDeviceSentence)) }
    guard let binding = registry.binding(device: device, profile: profile, seenAt: receivedAt) else {
      return .failure(PayloadDecoder.Refusal(.deviceLimit, "more devices than limits.devices"))
    }
    if isFromTopic { routes[route].binding = binding }
    return .success(binding)
  }

  private func updateTags(of binding: Int, route: Int, decoder: PayloadDecoder, time: Timestamp) {
    guard !decoder.profile.tags.isEmpty else { return }
    let fingerprint = decoder.tagFingerprint(seed: routes[route].number)
    guard registry.tagsMayDiffer(of: binding, fingerprint: fingerprint) else { return }
    let tags = decoder.tags(captures: routes[route].captures)
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

  /// Books the messages up to `sequence` as lost; they are in no journal.
  func bookLoss(through sequence: UInt64, _ reason: LossReason) {
    routes.countLost(Int64(sequence - appliedSequence), reason)
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
    checkpoint.heardAt = heardAt
    checkpoint.receivedAtQoS0 = receivedAtQoS0
    checkpoint.devices = registry.unsaved.devices
    checkpoint.tags = registry.unsaved.tags
    checkpoint.series = registry.unsaved.series
    checkpoint.states = registry.unsaved.states
    // One copy for all windows.
    let (heardAt, registry) = (heardAt, registry)
    checkpoint.changes = windows.drainDirty { series in
      let expectation = registry.expectation(of: series, in: .minute)
      return (
        expectation.readings, expectation.profile.map { versions.number(of: $0, usedAt: heardAt) } ?? 0
      )
    }
    checkpoint.profileVersions = versions.unsaved
    checkpoint.identities = identities.unsaved
    checkpoint.identitiesForgotten = identities.forgotten
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
      checkpointTime: checkpointTime, checkpointedAt: .now, survey: routes.survey)
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
}

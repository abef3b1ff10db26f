import Alerting
import DurableSQLite
import Foundation
import Ingest
import Storage
import Telemetry

/// Alerts on the pipeline's thread: readings and the passing of time in, transitions and calls into the store, and calls
/// out to the hooks.
///
/// Invariants
/// - What is called, and what is answered, is in the store before: machines, transitions, alerts and calls of one moment
///   are written in one transaction, with the last message that they rest on.
/// - Behind a start, readings up to that message only rebuild what machines remember; they step none.
/// - What could not be written stays in `unsaved`, and is written with what comes.
final class AlertDesk {
  let mail: AlertMail
  /// What the hooks are to be told, once it is in the store.
  let outbox: HookOutbox
  private var engine: AlertEngine
  var policy: NotificationPolicy
  /// Alerts of which somebody may have to be told something yet.
  var records: [AlertID: AlertRecord]
  /// Of those the open ones about hooks that keep failing.
  var openFailures: [AlertKey: AlertID] = [:]
  /// Calls that are to be made, or are being made.
  var calls: [AlertID: HookCallRecord]
  var silences: [Int64: SilenceRecord]
  var lastSilence: Int64
  var unsaved = AlertChanges()
  /// Those that have changed, settled ones too.
  private var unsavedAlerts: [AlertID: AlertRecord] = [:]
  /// Calls in `unsaved` that nobody has been told of.
  private var freshCalls: [PendingCall] = []
  /// Answered once `unsaved` is in the store.
  var replies: [(letter: AlertMail.Letter, answer: Result<Data, any Error>)] = []
  private var transitionCounts: [AlertTransition.Kind: Int64] = [:]
  var callCounts: [HookEnd: Int64] = [:]
  private let storedSequence: UInt64
  private var sequence: UInt64 = 0
  private var isLetter = false
  /// Since when everything is heard, as the engine was told last; nil where it was told that nothing is.
  private var heardSince: Timestamp?
  private var hasLooked = false
  /// A start has to know whether what came was all there was.
  private var isListeningUnsaved = false
  private var windows: OpenWindows
  private var windowRules: [SeriesID: OpenWindows.Asked] = [:]
  private var seriesByDevice: [String: [SeriesID]] = [:]
  private var stateNumbers: [String: Double]
  let zone: TimeZone
  let rules: RuleSet
  let now: @Sendable () -> Timestamp

  /// A desk, where there are rules, or something is left of former ones.
  static func open(
    _ rules: RuleSet, _ snapshot: StoreSnapshot, succeeding former: AlertDesk? = nil, zone: TimeZone,
    mail: AlertMail, outbox: HookOutbox, now: @escaping @Sendable () -> Timestamp
  ) throws -> AlertDesk? {
    guard try !rules.rules.isEmpty || snapshot.hasAlertsToEnd() else { return nil }
    return try AlertDesk(
      rules, snapshot, succeeding: former, zone: zone, mail: mail, outbox: outbox, now: now)
  }

  /// Takes up what a store has.
  ///
  /// - Parameters:
  ///   - former: the one that has looked by other rules until now, in this process; it has heard what this one hears, and
  ///     has told the hooks of the calls that wait.
  ///   - now: the clock, by which people and calls are timed; readings bring their own.
  init(
    _ rules: RuleSet, _ snapshot: StoreSnapshot, succeeding former: AlertDesk? = nil, zone: TimeZone,
    mail: AlertMail, outbox: HookOutbox, now: @escaping @Sendable () -> Timestamp
  ) throws {
    self.rules = rules
    self.mail = mail
    self.outbox = outbox
    self.zone = zone
    self.now = now
    let position = try snapshot.alertPosition()
    let moment = now()
    storedSequence = position.sequence
    sequence = position.sequence
    records = try snapshot.unsettledAlerts().reduce(into: [:]) { $0[$1.alert.id] = $1 }
    let waiting = try snapshot.waitingCalls()
    calls = waiting.reduce(into: [:]) { $0[$1.call.id] = $1 }
    silences = try snapshot.silences(endingAfter: moment).reduce(into: [:]) { $0[$1.silence.id] = $1 }
    lastSilence = try snapshot.lastSilence()
    stateNumbers = try snapshot.stateNames().reduce(into: [:]) { $0[$1.value] = Double($1.key) }
    windows = OpenWindows(ZoneDays(zone))
    engine = AlertEngine(rules, listensSince: position.listensSince)
    policy = NotificationPolicy(rules, alerts: records.values.map(\.alert), silences: silences.values.map(\.silence))
    try bindAll(snapshot)
    engine.restore(try snapshot.alertRates())
    engine.restore(try snapshot.alertStates(), storedAt: position.time ?? moment, now: moment)
    // Machines are there before windows are judged.
    try openWindows(snapshot)
    let settled = try waiting.flatMap(\.call.items).filter { records[$0.alert] == nil }
      .reduce(into: [AlertID: AlertRecord]()) { $0[$1.alert] = try snapshot.alert($1.alert) }
    outbox.declare(rules)
    if let former {
      (heardSince, hasLooked) = (former.heardSince, former.hasLooked)
      (transitionCounts, callCounts) = (former.transitionCounts, former.callCounts)
    } else {
      // In the order in which they were written: of one moment a start comes before its end.
      outbox.put(waiting.map { pending($0, settled) })
    }
    for (id, record) in records where record.alert.key.rule == AlertRule.hookFailingID && record.alert.phase.isOpen {
      openFailures[record.alert.key] = id
    }
    withdrawFailures()
  }

  // MARK: Series

  private func bindAll(_ snapshot: StoreSnapshot) throws {
    let metrics = Set(rules.rules.flatMap(\.metrics))
    let devices = try snapshot.devices().reduce(into: [:]) { $0[$1.id] = $1.name }
    let history = TagHistory(try snapshot.tags())
    let latest = try snapshot.latestLookup()
    for record in try snapshot.series() {
      guard let device = devices[record.deviceID] else { continue }
      bind(
        record, device: device, tags: history.current(of: record.deviceID),
        latest: metrics.contains(record.metric) ? try latest.reading(of: record.id) : nil)
    }
  }

  private func bind(_ record: SeriesRecord, device: String, tags: [String: String], latest: LatestReading?) {
    if engine.binding(of: record.id) == nil { seriesByDevice[device, default: []].append(record.id) }
    engine.bind(SeriesBinding(record, of: device, tags: tags, states: stateNumbers, latest: latest))
    let lengths = engine.windowLengths(of: record.id)
    windowRules[record.id] = lengths.isEmpty ? nil : OpenWindows.Asked(rule: record.rule, lengths: lengths)
  }

  /// Makes series known that are new, or of which something has changed.
  func bind(_ new: [DeviceRegistry.NewSeries], _ registry: DeviceRegistry) {
    for series in new {
      let device = registry.devices[series.device]
      if series.record.kind == .state { learnStates(registry) }
      bind(series.record, device: device.record.name, tags: device.currentTags, latest: nil)
    }
  }

  private func learnStates(_ registry: DeviceRegistry) {
    guard registry.stateCount > stateNumbers.count else { return }
    stateNumbers = registry.stateNumbersByName
  }

  /// Takes over the tags that devices have now.
  func retag(_ devices: Set<Int>, _ registry: DeviceRegistry) {
    for index in devices.sorted() {
      let device = registry.devices[index]
      let tags = device.currentTags
      for series in seriesByDevice[device.record.name] ?? [] {
        guard var binding = engine.binding(of: series), binding.tags != tags else { continue }
        binding.tags = tags
        binding.latest = nil
        engine.bind(binding)
      }
    }
  }

  // MARK: Readings and time

  /// To be called before a message is taken in.
  @inline(__always)
  func begin(_ sequence: UInt64, isLetter: Bool) {
    self.sequence = sequence
    self.isLetter = isLetter
  }

  /// Takes in the readings of the message that was begun.
  func observe(_ samples: UnsafeBufferPointer<Sample>, receivedAt: Timestamp) {
    engine.observe(
      samples, receivedAt: receivedAt, sequence: sequence, isLive: !isLetter, stepping: sequence > storedSequence)
  }

  /// Takes in since when and up to when everything has been heard.
  ///
  /// - Parameter isDrained: all that was received by then has been taken in.
  func listen(_ span: Hearing.Span?, isDrained: Bool) {
    if !hasLooked || span?.since != heardSince {
      if let span { listen(span) } else { engine.deaf() }
      (hasLooked, heardSince, isListeningUnsaved) = (true, span?.since, true)
    }
    if isDrained, let span { engine.tick(span.through) }
  }

  /// Deadlines begin anew with the connection. One that began before what is known already, as for a desk that begins
  /// within it, counts from there; only a clock that was set back is behind that now.
  private func listen(_ span: Hearing.Span) {
    let known = engine.time ?? span.since
    engine.listens(at: span.through < known ? span.since : max(span.since, known))
  }

  /// Takes in windows that have changed, once they are in the store.
  func windowsChanged(_ changes: WindowTable.Changes, _ store: Store) throws(DatabaseFailure) {
    guard !windowRules.isEmpty else { return }
    try store.read { snapshot in
      try take(changes.windows.lazy.map { ($0.key, $0.state.aggregate) }, snapshot)
    }
  }

  private func take(
    _ minutes: some Sequence<(key: WindowKey, aggregate: Aggregate)>, _ snapshot: StoreSnapshot
  ) throws {
    engine.windows(changed: try windows.changes(minutes, snapshot) { windowRules[$0] })
  }

  /// What stands in the windows that are open as a gateway starts.
  private func openWindows(_ snapshot: StoreSnapshot) throws {
    guard !windowRules.isEmpty, let last = try snapshot.windowStarts(length: .minute)?.upperBound else { return }
    var minutes: [(key: WindowKey, aggregate: Aggregate)] = []
    for series in windowRules.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
      let longest = windowRules[series]?.lengths.last?.seconds ?? 60
      // The last minute with a reading in reach; the windows that it is in are made from it and those before it.
      for start in stride(from: last, to: last - longest, by: -60) {
        let key = WindowKey(start: start, series: series)
        guard let state = try snapshot.window(key, length: .minute), state.aggregate.count > 0 else { continue }
        minutes.append((key, state.aggregate))
        break
      }
    }
    try take(minutes, snapshot)
  }

  // MARK: Into the store

  /// Somebody waits for what has happened, or for an answer.
  var isUrgent: Bool { engine.hasTransitions || mail.isAwaited || !replies.isEmpty }

  /// Looks who is to be called by now. To be called now and then, as time passes.
  func lookUp() {
    serve()
    gather()
  }

  /// Something is to be written, whether or not messages have come.
  var hasUnsaved: Bool {
    unsaved.isUrgent || !unsaved.states.isEmpty || !unsavedAlerts.isEmpty || !replies.isEmpty || isListeningUnsaved
  }

  /// All that has changed; to be written with, or before, the checkpoint of the message that came last.
  ///
  /// - Parameter isWhole: with what changes at each reading.
  func changes(isWhole: Bool) -> AlertChanges {
    lookUp()
    unsaved.sequence = max(sequence, storedSequence)
    unsaved.time = engine.time
    unsaved.listensSince = engine.listensSince
    if isWhole { unsaved.rates += engine.drainRates() }
    var changes = unsaved
    changes.alerts = unsavedAlerts.values.sorted { $0.alert.id < $1.alert.id }
    return changes
  }

  private func gather() {
    let drained = engine.drain()
    unsaved.states += drained.states
    unsaved.transitions += drained.transitions.map(TransitionRecord.init)
    policy.take(drained.transitions)
    note(drained.transitions)
    let moment = now()
    let due = policy.calls(at: moment, zoneOffset: Int64(zone.secondsFromGMT(for: Date(moment))))
    keepPolicy()
    for call in due where calls[call.id] == nil {
      let record = HookCallRecord(call, createdAt: moment)
      calls[call.id] = record
      unsaved.calls.append(record)
      freshCalls.append(pending(record, unsavedAlerts))
    }
  }

  /// Takes in a transition that no reading made.
  func tell(_ transition: AlertTransition) {
    unsaved.transitions.append(TransitionRecord(transition))
    policy.take([transition])
    note([transition])
  }

  private func note(_ transitions: [AlertTransition]) {
    for transition in transitions {
      transitionCounts[transition.kind, default: 0] += 1
      if transition.kind == .firing, records[transition.alert] == nil, let alert = policy[transition.alert] {
        records[transition.alert] = AlertRecord(
          alert, since: transition.since, firedAt: transition.at, changedAt: transition.at, value: transition.value,
          unit: transition.unit, isState: transition.isState)
      }
      records[transition.alert]?.take(transition)
      if transition.key.rule == AlertRule.hookFailingID {
        openFailures[transition.key] = transition.kind.isEnd ? nil : transition.alert
      }
    }
  }

  /// Takes over what the policy knows of alerts.
  func keepPolicy() {
    let (changed, gone) = policy.drain()
    for alert in changed {
      records[alert.id]?.alert = alert
      unsavedAlerts[alert.id] = records[alert.id]
    }
    for alert in gone {
      guard var record = records.removeValue(forKey: alert.id) else { continue }
      record.alert = alert
      record.isSettled = true
      unsavedAlerts[alert.id] = record
    }
  }

  /// What `changes` gave is in the store.
  ///
  /// - Returns: whether there were transitions among it.
  @discardableResult
  func saved() -> Bool {
    defer { forgetSaved() }
    return !unsaved.transitions.isEmpty
  }

  private func forgetSaved() {
    unsaved = AlertChanges()
    unsavedAlerts = [:]
    isListeningUnsaved = false
    if !freshCalls.isEmpty { outbox.put(freshCalls) }
    freshCalls = []
    for (letter, answer) in replies { letter.reply.resume(with: answer) }
    replies = []
    outbox.note(
      AlertStatus(
        open: records.values.reduce(into: [:]) {
          if $1.alert.phase.isOpen { $0[$1.alert.key.severity, default: 0] += 1 }
        }, transitions: transitionCounts, waitingCalls: calls.count, calls: callCounts, silences: silences.count))
  }

  /// A call with the alerts that it tells.
  private func pending(_ record: HookCallRecord, _ others: [AlertID: AlertRecord]) -> PendingCall {
    PendingCall(record: record, alerts: record.call.items.compactMap { records[$0.alert] ?? others[$0.alert] })
  }
}

extension Date {
  init(_ moment: Timestamp) { self.init(timeIntervalSince1970: Double(moment.seconds)) }
}

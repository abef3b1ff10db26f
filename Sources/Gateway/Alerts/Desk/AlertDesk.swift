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
  let board: AlertBoard
  var engine: AlertEngine
  var policy: NotificationPolicy
  /// Alerts of which somebody may have to be told something yet.
  var records: [AlertID: AlertRecord]
  /// Of those the open ones about hooks that keep failing.
  var openFailures: [AlertKey: AlertID] = [:]
  /// The hooks of calls that are to be made, or are being made; the calls themselves stand in the store.
  var waitingHooks: [AlertID: String]
  /// How many those are, by hook.
  var waitingCounts: [String: Int] = [:]
  var silences: [Int64: SilenceRecord]
  var lastSilence: Int64
  var unsaved = AlertChanges()
  /// Those that have changed, settled ones too.
  var unsavedAlerts: [AlertID: AlertRecord] = [:]
  /// Answered once `unsaved` is in the store.
  var replies: [(letter: AlertMail.Letter, answer: Result<Data, any Error>)] = []
  var transitionCounts: [AlertTransition.Kind: Int64] = [:]
  var callCounts: [HookEnd: Int64] = [:]
  var crowdedCounts: [String: Int64] = [:]
  let storedSequence: UInt64
  var sequence: UInt64 = 0
  private var isLetter = false
  /// Since when everything is heard, as the engine was told last; nil where it was told that nothing is.
  private var heardSince: Timestamp?
  private var hasLooked = false
  /// A start has to know whether what came was all there was.
  var isListeningUnsaved = false
  var windows: OpenWindows
  var windowRules: [SeriesID: OpenWindows.Asked] = [:]
  var seriesByDevice: [String: [SeriesID]] = [:]
  var stateNumbers: [String: Double]
  let zone: TimeZone
  let rules: RuleSet
  /// Of one hook; beyond it new ones are given up.
  let waitingCallsMax: Int
  let now: @Sendable () -> Timestamp

  /// A desk, where there are rules, or something is left of former ones.
  static func open(
    _ rules: RuleSet, _ snapshot: StoreSnapshot, succeeding former: AlertDesk? = nil, zone: TimeZone,
    waitingCallsMax: Int, mail: AlertMail, board: AlertBoard, now: @escaping @Sendable () -> Timestamp
  ) throws -> AlertDesk? {
    guard try !rules.rules.isEmpty || snapshot.hasAlertsToEnd() else { return nil }
    return try AlertDesk(
      rules, snapshot, succeeding: former, zone: zone, waitingCallsMax: waitingCallsMax, mail: mail, board: board,
      now: now)
  }

  /// Takes up what a store has.
  ///
  /// - Parameters:
  ///   - former: the one that has looked by other rules until now, in this process; it has heard what this one hears.
  ///   - now: the clock, by which people and calls are timed; readings bring their own.
  init(
    _ rules: RuleSet, _ snapshot: StoreSnapshot, succeeding former: AlertDesk? = nil, zone: TimeZone,
    waitingCallsMax: Int, mail: AlertMail, board: AlertBoard, now: @escaping @Sendable () -> Timestamp
  ) throws {
    self.rules = rules
    self.waitingCallsMax = waitingCallsMax
    self.mail = mail
    self.board = board
    self.zone = zone
    self.now = now
    let position = try snapshot.alertPosition()
    let moment = now()
    storedSequence = position.sequence
    sequence = position.sequence
    records = try snapshot.unsettledAlerts().reduce(into: [:]) { $0[$1.alert.id] = $1 }
    waitingHooks = try snapshot.waitingHooks()
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
    for hook in waitingHooks.values { waitingCounts[hook, default: 0] += 1 }
    if let former {
      (heardSince, hasLooked) = (former.heardSince, former.hasLooked)
      (transitionCounts, callCounts, crowdedCounts) = (
        former.transitionCounts, former.callCounts, former.crowdedCounts
      )
    }
    for (id, record) in records where record.alert.key.rule == AlertRule.hookFailingID && record.alert.phase.isOpen {
      openFailures[record.alert.key] = id
    }
    withdrawFailures()
    board.show(status, hasNewCalls: false)
    board.declare(rules)
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
}

import Telemetry

/// All rules over all series: readings, windows and the passing of time in, transitions out.
///
/// There are two clocks. Readings have their own time; deadlines are of the time of receipt. On the axis of deadlines
/// time never goes back: where receipts do, by more than a minute, the axis goes on and is shifted against them.
///
/// Invariants
/// - Everything that was due before a reading was received is dealt with before the reading. So the same readings, with
///   the same times of receipt, make the same transitions with the same ids, however often and seldom `tick` is called.
/// - A machine is stepped by live readings alone: not too old as they were received, and newer than all of their series.
/// - A series' quiet band holds only values that change no machine of it, whatever their time; it is empty while any of
///   them waits for time to pass. So a quiet reading needs no look at any rule.
/// - Machines that are `ok` have no instance.
/// - Every series or group that waits for a deadline has an entry in `deadlines` that is due no later.
///
/// One thread owns it.
public struct AlertEngine {
  /// Those that are in force.
  public private(set) var rules: RuleSet
  var plans: PlanTable
  /// By series number.
  var hot: [HotSeries] = []
  var records: [SeriesRecord] = []
  /// Series of which a rate's bytes have changed and nobody has asked.
  var rateChanges: [Int] = []
  /// Nil for series that have not been bound.
  var names: [SeriesBinding?] = []
  var instances = InstanceTable()
  var groups = GroupTable()
  var closings = ClosingWindows()
  var deadlines = DeadlineHeap()
  var transitions: [AlertTransition] = []
  /// On the axis of deadlines, as all moments here.
  var clock = never
  /// What the axis of deadlines is ahead of receipts. Microseconds.
  var shift: Int64 = 0
  var listens = never
  var isDeaf = false

  /// Steps back that are no more than what clocks do to stay right. Microseconds.
  static let leastStepBack: Int64 = 60_000_000

  /// An engine that knows no series.
  ///
  /// - Parameter listensSince: what a former one said as its states were stored, whose readings come now. Nil: it is
  ///   deaf until `listens(at:)`.
  public init(_ rules: RuleSet, listensSince: Timestamp? = nil) {
    self.rules = rules
    plans = PlanTable(rules.rules)
    listens = listensSince?.microseconds ?? never
    isDeaf = listensSince == nil
  }

  // MARK: Time

  /// Time has come so far. All that was received before must have been observed: what waits in a queue is not silent.
  public mutating func tick(_ now: Timestamp) {
    let moment = axis(now.microseconds)
    if !isDeaf { advance(to: moment) }
    clock = max(clock, moment)
  }

  /// From now on nothing can be heard, so that nobody is silent: no deadline is reached until `listens(at:)`.
  public mutating func deaf() { isDeaf = true }

  /// The time that all deadlines have been reached up to; to be kept with the states. Nil before any.
  public var time: Timestamp? { clock == never ? nil : receipt(clock) }

  /// Everything can be heard again; all deadlines begin anew. What series of joined rules said so long ago that they would
  /// be silent says nothing any more. To be called as a connection begins, and where the process has stood still.
  public mutating func listens(at now: Timestamp) {
    clock = axis(now.microseconds)
    isDeaf = false
    listens = clock
    // A clock that was ahead before a restart must not put deadlines off.
    instances.clampTurns(to: Timestamp(microseconds: clock))
    for index in records.indices where names[index] != nil {
      hot[index].heardAt = min(hot[index].heardAt, clock)
      if isOutdated(index) { silenceParts(index, due: clock) }
      settle(index)
    }
    for index in groups.all.indices { arm(group: index) }
  }

  /// Since when everything can be heard; nil while it is deaf. To be kept with the states.
  public var listensSince: Timestamp? { isDeaf ? nil : receipt(listens) }

  /// What a series said last was too long ago as listening began.
  func isOutdated(_ index: Int) -> Bool {
    guard let silence = plans.all[records[index].plan].silence else { return false }
    return hot[index].heardAt + silence <= listens
  }

  /// The place of a receipt on the axis of deadlines.
  mutating func axis(_ receipt: Int64) -> Int64 {
    if receipt &+ shift < clock - Self.leastStepBack { shift = clock - receipt }
    return max(receipt &+ shift, clock)
  }

  /// A moment on the axis of deadlines, as receipts tell it.
  func receipt(_ moment: Int64) -> Timestamp { Timestamp(microseconds: moment &- shift) }

  // MARK: Results

  /// What has happened since the last call, to be written in one transaction.
  public struct Changes: Sendable {
    /// In the order in which they came to be.
    public var transitions: [AlertTransition] = []
    /// Of machines that have changed; their order means nothing.
    public var states: [AlertState] = []
  }

  /// Something has fired, ended, or come to be known or unknown.
  public var hasTransitions: Bool { !transitions.isEmpty }

  /// There is something to drain.
  public var hasChanges: Bool { !transitions.isEmpty || instances.hasChanges }

  /// Open alerts, and such as are about to be.
  public var instanceCount: Int { instances.count }

  /// Transitions and changed states since the last call.
  public mutating func drain() -> Changes {
    let (living, gone) = instances.drain()
    var changes = Changes(transitions: transitions)
    changes.states = living.map { AlertState($0, shift: shift) } + gone.map { AlertState(ended: $0) }
    transitions.removeAll()
    return changes
  }

  /// Of all machines that are not `ok`.
  public var states: [AlertState] { instances.all.map { AlertState($0, shift: shift) } }

  // MARK: Rules

  /// Goes on with other rules. What is open stays open where its condition is the same, and is withdrawn otherwise.
  ///
  /// - Parameter now: when that was, for what is withdrawn.
  public mutating func replace(_ rules: RuleSet, at now: Timestamp) {
    let (kept, bindings) = (states, names.compactMap { $0 })
    let rates = records.indices.map { rateMemories(of: $0) }
    forget()
    self.rules = rules
    plans = PlanTable(rules.rules)
    for binding in bindings { enrol(binding) }
    for index in rates.indices { put(rates[index], index) }
    put(kept, at: now, isReplacing: true)
  }

  /// Forgets what rests on the rules; readings stay.
  private mutating func forget() {
    for instance in instances.all { instances.noteGone(instance.key) }
    instances.forgetAll()
    groups = GroupTable()
    deadlines.removeAll()
    for moment in closings.moments { deadlines.push(DeadlineHeap.Entry(due: moment, kind: .window, index: 0)) }
    for index in records.indices {
      records[index] = SeriesRecord(
        isKnown: records[index].isKnown, hasRateChange: records[index].hasRateChange)
    }
  }
}

/// The windows that have changed since the last checkpoint, the newest window of each series, and for a while others.
///
/// Invariants
/// - A window in the table holds the whole truth of that window, never a part: one that may stand in the store is
///   loaded from there before a reading is added.
/// - `newest[series]` is the slot of the greatest start that the series has had since this table was made. Only a window
///   that starts later than that, and later than everything that was in the store then, is new without asking.
/// - Every slot in `dirty` appears there once.
/// - A window's figures do not depend on when its readings came, as long as its samples are kept: until
///   `exactFor` has passed, by times of receipt, since a reading last changed it, and for `samplesMax` samples. What is
///   kept is decided by the readings alone, never by what happens to be in memory.
public struct WindowTable {
  /// What is remembered of readings, and for how long.
  public struct Limits: Sendable {
    /// How long after its last change a window keeps its samples; 0 keeps none.
    public var exactForMicroseconds: Int64 = 900_000_000
    /// Samples that a window keeps at most; one with more of them keeps none.
    public var samplesMax: Int64 = 4096
    /// Samples in memory that call for a checkpoint.
    public var samplesInMemory = 262_144
    /// Changed windows that call for a checkpoint, so that none takes long.
    public var changedWindows = 131_072
    /// What may still come once a checkpoint is called for.
    static let samplesBehindTheLimit = 4096
    /// Windows other than the newest that stay in memory.
    public var olderWindows = 16_384

    public init() {}
  }

  private struct Slot {
    var key: WindowKey
    var state: WindowState
    var samples = SampleLog.Chain()
    /// In `dirty`: it has to be written.
    var isDirty = false
    /// A reading has changed it since the last checkpoint.
    var isChanged = false
    var isChangedLate = false
    /// Its course has to be made anew from its samples.
    var isStale = false

    init(key: WindowKey, state: WindowState) {
      self.key = key
      self.state = state
    }

    /// Takes in the latest reading of the window.
    ///
    /// - Parameter isKept: the window is kept as such.
    @inline(__always)
    mutating func append(_ sample: TimedValue, _ rule: SeriesRule, isKept: Bool) {
      if state.aggregate.count == 0 { state.hasSamples = rule.keepsSamples && isKept }
      state.aggregate.append(sample, rule)
    }

    /// Logs a sample that is in the aggregate already, where the window keeps samples.
    ///
    /// - Returns: false where there are too many of them now.
    @inline(__always)
    mutating func keep(_ sample: TimedValue, in log: inout SampleLog, atMost limit: Int64) -> Bool {
      guard state.hasSamples else { return true }
      log.append(sample, to: &samples)
      return state.aggregate.count <= limit
    }

    /// Notes that a reading changed the window, late or not.
    @inline(__always)
    mutating func noteChange(receivedAt: Timestamp, isLate: Bool) {
      isChanged = true
      if receivedAt > state.changedAt { state.changedAt = receivedAt }
      if isLate {
        state.late &+= 1
        isChangedLate = true
      }
    }
  }

  /// Of all windows in it.
  public let length: WindowLength
  private let limits: Limits
  /// The greatest window start in the store when this table was made; nil for an empty store.
  private let storedThrough: Int64?
  private var slots = Pages<Slot>()
  private var free: [Int32] = []
  /// By series number: the slot of its newest window; -1 for none.
  private var newest: [Int32] = []
  /// By series number.
  private var rules: [SeriesRule] = []
  /// Windows other than the newest of their series.
  private var older: [WindowKey: Int32] = [:]
  private var dirty: [Int32] = []
  private var log = SampleLog()
  /// Windows that start before it, in seconds since 1970, are not kept as such: the table holds what came for them since
  /// the last checkpoint, for the longer windows that stand for them, and nothing is loaded.
  public private(set) var keptFrom = Int64.min

  /// - Parameter storedThrough: the greatest window start in the store; nil for an empty store.
  public init(length: WindowLength, storedThrough: Int64?, limits: Limits = Limits()) {
    self.length = length
    self.storedThrough = storedThrough
    self.limits = limits
  }

  /// Windows held in memory.
  public var count: Int { slots.count - free.count }

  /// Samples held in memory.
  public var sampleCount: Int { log.count }

  /// True where a checkpoint should not wait for its time.
  public var needsCheckpoint: Bool {
    log.count >= limits.samplesInMemory || dirty.count >= limits.changedWindows
  }

  /// Windows whose end lies after a moment.
  public func openCount(at now: Timestamp) -> Int {
    newest.reduce(0) { count, slot in
      slot >= 0 && slots[Int(slot)].key.start + length.seconds > now.seconds ? count + 1 : count
    }
  }

  /// Says how a series is summarised; to be called before its first reading.
  public mutating func setRule(_ rule: SeriesRule, of series: SeriesID) {
    let index = Int(series.rawValue)
    if index >= rules.count {
      let gauge = SeriesRule(kind: .gauge, keepsSamples: false)
      rules.append(contentsOf: repeatElement(gauge, count: index + 1 - rules.count))
      newest.append(contentsOf: repeatElement(-1, count: index + 1 - newest.count))
    }
    rules[index] = rule
    if limits.exactForMicroseconds == 0 { rules[index].keepsSamples = false }
    if rules[index].keepsSamples { log.reserve(limits.samplesInMemory + Limits.samplesBehindTheLimit) }
  }

  /// Windows before `start` are not kept any more; to be called where nothing has changed since the last checkpoint.
  public mutating func keep(from start: Int64) {
    guard start > keptFrom else { return }
    keptFrom = start
    dropWindowsNotKept()
  }

  private mutating func dropWindowsNotKept() {
    guard keptFrom != .min else { return }
    for (key, slot) in older where key.start < keptFrom {
      older[key] = nil
      free.append(slot)
    }
    for (series, slot) in newest.enumerated() where slot >= 0 && slots[Int(slot)].key.start < keptFrom {
      newest[series] = -1
      free.append(slot)
    }
  }

  // MARK: Readings

  /// Notes that the readings of a message were repeats, and were not counted.
  public mutating func noteRepeats<Failure: Error>(
    _ samples: UnsafeMutableBufferPointer<Sample>, load: (WindowKey) throws(Failure) -> WindowState?
  ) throws(Failure) {
    for sample in samples {
      let key = WindowKey(start: length.start(of: sample.time), series: sample.series)
      let slot = try slot(for: key, load: load)
      slots[slot].state.repeated &+= 1
      markDirty(slot)
    }
  }

  /// Adds the readings of one message to their windows, and marks those that are repeats.
  ///
  /// - Parameters:
  ///   - load: reads a window from the store; nil where it is not there.
  ///   - loadSamples: reads what the store keeps of a window's samples.
  public mutating func add<Failure: Error>(
    _ samples: UnsafeMutableBufferPointer<Sample>, receivedAt: Timestamp,
    load: (WindowKey) throws(Failure) -> WindowState?,
    loadSamples: (WindowKey) throws(Failure) -> [TimedValue]
  ) throws(Failure) {
    for index in samples.indices {
      let sample = samples[index]
      let key = WindowKey(start: length.start(of: sample.time), series: sample.series)
      let slot = try slot(for: key, load: load)
      forgetExpiredSamples(of: slot, receivedAt: receivedAt)
      if sample.quality == .good {
        let value = TimedValue(time: sample.time, value: sample.value)
        if slots[slot].state.aggregate.count == 0 || slots[slot].state.aggregate.lastAt < value.time {
          append(value, to: slot)
        } else if try !insert(value, into: slot, loadSamples: loadSamples) {
          samples[index].isRepeat = true
          slots[slot].state.repeated &+= 1
          markDirty(slot)
          continue
        }
      } else {
        slots[slot].state.countBad(sample.quality)
      }
      markDirty(slot)
      markChanged(slot, key, receivedAt: receivedAt)
    }
  }

  private mutating func append(_ sample: TimedValue, to slot: Int) {
    let key = slots[slot].key
    slots[slot].append(sample, rules[Int(key.series.rawValue)], isKept: key.start >= keptFrom)
    keep(sample, of: slot)
  }

  /// Adds a reading that is not later than all others of its window.
  ///
  /// - Returns: false for a repeat.
  private mutating func insert<Failure: Error>(
    _ sample: TimedValue, into slot: Int, loadSamples: (WindowKey) throws(Failure) -> [TimedValue]
  ) throws(Failure) -> Bool {
    let rule = rules[Int(slots[slot].key.series.rawValue)]
    let aggregate = slots[slot].state.aggregate
    if rule.dropsRepeats, sample == aggregate.latest || sample == aggregate.earliest { return false }
    if slots[slot].state.hasSamples {
      try bringSamples(of: slot, loadSamples: loadSamples)
    }
    if slots[slot].state.hasSamples {
      if rule.dropsRepeats, log.contains(sample, in: slots[slot].samples) { return false }
      guard sample.time < aggregate.lastAt else {
        append(sample, to: slot)
        return true
      }
      slots[slot].isStale = true
      slots[slot].state.aggregate.insertValue(sample)
      keep(sample, of: slot)
    } else {
      slots[slot].state.aggregate.join(Aggregate(sample, rule), rule)
      // Whether it was a repeat nobody knows any more, unless the first and the last are all there were.
      if rule.dropsRepeats, aggregate.count > 2, aggregate.firstAt <= sample.time {
        slots[slot].state.aggregate.isInexact = true
      }
    }
    return true
  }

  /// Logs a sample that is in the aggregate already, as long as there are not too many of them.
  private mutating func keep(_ sample: TimedValue, of slot: Int) {
    if slots[slot].keep(sample, in: &log, atMost: limits.samplesMax) { return }
    settle(slot)
    forgetSamples(of: slot)
  }

  /// Makes sure that all of a window's samples are in memory, or that it is known to have none.
  private mutating func bringSamples<Failure: Error>(
    of slot: Int, loadSamples: (WindowKey) throws(Failure) -> [TimedValue]
  ) throws(Failure) {
    let count = slots[slot].state.aggregate.count
    guard log.count(of: slots[slot].samples) < count else { return }
    let stored = try loadSamples(slots[slot].key)
    if Int64(stored.count) + log.unsavedCount(of: slots[slot].samples) == count {
      log.restore(stored, to: &slots[slot].samples)
    } else {
      forgetSamples(of: slot)
    }
  }

  private mutating func forgetSamples(of slot: Int) {
    slots[slot].state.hasSamples = false
    slots[slot].samples = SampleLog.Chain()
  }

  private mutating func forgetExpiredSamples(of slot: Int, receivedAt: Timestamp) {
    guard slots[slot].state.hasSamples,
      receivedAt.microseconds - slots[slot].state.changedAt.microseconds > limits.exactForMicroseconds
    else { return }
    settle(slot)
    forgetSamples(of: slot)
  }

  /// Makes the course of a window anew from its samples, where late ones have changed it.
  private mutating func settle(_ slot: Int) {
    guard slots[slot].isStale else { return }
    slots[slot].isStale = false
    let rule = rules[Int(slots[slot].key.series.rawValue)]
    slots[slot].state.aggregate.course = Course(log.sorted(slots[slot].samples), rule)
  }

  @inline(__always)
  private mutating func markDirty(_ slot: Int) {
    if !slots[slot].isDirty {
      slots[slot].isDirty = true
      dirty.append(Int32(slot))
    }
  }

  @inline(__always)
  private mutating func markChanged(_ slot: Int, _ key: WindowKey, receivedAt: Timestamp) {
    let isLate = receivedAt.seconds >= key.start + length.seconds + WindowState.secondsUntilClosed
    slots[slot].noteChange(receivedAt: receivedAt, isLate: isLate)
  }

  // MARK: Checkpoints

  /// What a checkpoint writes.
  public struct Changes: Sendable {
    /// In the order of the store's key, each with its revision raised where a reading changed it.
    public var windows: [(key: WindowKey, state: WindowState)] = []
    /// The samples that are not in the store yet, by window start and bucket.
    public var samples: [SampleBlock] = []

    public init() {}
  }

  /// The changed windows and their new samples.
  ///
  /// - Parameter describe: how many readings a series is to send in a window, 0 where nobody knows, and the number of
  ///   the profile version that decodes it.
  public mutating func drainDirty(
    describe: (SeriesID) -> (expected: Double, profileVersion: UInt32) = { _ in (0, 0) }
  ) -> Changes {
    sortDirty()
    var changes = Changes()
    changes.windows.reserveCapacity(dirty.count)
    var block: SampleBlock.Builder?
    for index in dirty {
      let slot = Int(index)
      settle(slot)
      let key = slots[slot].key
      if slots[slot].isChanged {
        slots[slot].state.revision += 1
        (slots[slot].state.expected, slots[slot].state.profileVersion) = describe(key.series)
        if slots[slot].isChangedLate { slots[slot].state.recordLateRevision() }
      }
      changes.windows.append((key, slots[slot].state))
      let chain = slots[slot].samples
      guard slots[slot].state.hasSamples, chain.unsavedCount > 0 else { continue }
      let bucket = SampleBlock.bucket(of: key.series)
      if block?.start != key.start || block?.bucket != bucket {
        if let finished = block?.finish() { changes.samples.append(finished) }
        block = SampleBlock.Builder(start: key.start, bucket: bucket)
      }
      block?.beginRun(of: key.series, count: Int(chain.unsavedCount))
      log.forEachUnsaved(in: chain) { block?.append($0) }
    }
    if let finished = block?.finish() { changes.samples.append(finished) }
    return changes
  }

  /// Puts `dirty` into the order of the store's key. Keys are laid side by side first: slots are far apart.
  private mutating func sortDirty() {
    var keys = dirty.map { (key: slots[Int($0)].key, slot: $0) }
    keys.sort { $0.key < $1.key }
    for (place, entry) in keys.enumerated() { dirty[place] = entry.slot }
  }

  /// To be called once what `drainDirty` gave is in the store.
  public mutating func checkpointed() {
    for index in dirty {
      let slot = Int(index)
      (slots[slot].isDirty, slots[slot].isChanged, slots[slot].isChangedLate) = (false, false, false)
      log.saved(&slots[slot].samples)
    }
    dirty.removeAll(keepingCapacity: true)
    dropWindowsNotKept()
    guard log.count > limits.samplesInMemory / 2 || older.count > limits.olderWindows else { return }
    log.forget()
    free.append(contentsOf: older.values)
    older.removeAll(keepingCapacity: older.count < 4096)
  }

  /// To be called where the store refused what `drainDirty` gave: the same windows come again, with the same revision.
  public mutating func checkpointFailed() {
    for index in dirty where slots[Int(index)].isChanged {
      slots[Int(index)].state.revision -= 1
      if slots[Int(index)].isChangedLate { slots[Int(index)].state.lateRevisions.removeLast() }
    }
  }

  // MARK: Slots

  private mutating func slot<Failure: Error>(
    for key: WindowKey, load: (WindowKey) throws(Failure) -> WindowState?
  ) throws(Failure) -> Int {
    let series = Int(key.series.rawValue)
    let held = Int(newest[series])
    if held >= 0 {
      let newestStart = slots[held].key.start
      if key.start == newestStart { return held }
      if key.start < newestStart {
        if let slot = older[key] { return Int(slot) }
        let slot = make(key, try stored(key, load) ?? WindowState())
        older[key] = Int32(slot)
        return slot
      }
    }
    let isNew = storedThrough.map { key.start > $0 } ?? true
    let slot = make(key, isNew ? WindowState() : try stored(key, load) ?? WindowState())
    if held >= 0 { older[slots[held].key] = Int32(held) }
    newest[series] = Int32(slot)
    return slot
  }

  private func stored<Failure: Error>(
    _ key: WindowKey, _ load: (WindowKey) throws(Failure) -> WindowState?
  ) throws(Failure) -> WindowState? {
    key.start < keptFrom ? nil : try load(key)
  }

  private mutating func make(_ key: WindowKey, _ state: WindowState) -> Int {
    if let slot = free.popLast() {
      slots[Int(slot)] = Slot(key: key, state: state)
      return Int(slot)
    }
    slots.append(Slot(key: key, state: state))
    return slots.count - 1
  }
}

/// The windows that have changed since the last checkpoint, and the newest window of each series.
///
/// Invariants
/// - A window in the table holds the whole truth of that window, never a part: one that may stand in the store is
///   loaded from there before a reading is added.
/// - `newest[series]` is the slot of the greatest start that the series has had since this table was made. Only a window
///   that starts later than that, and later than everything that was in the store then, is new without asking.
/// - Every slot in `dirty` appears there once. After a checkpoint only the newest windows stay.
public struct WindowTable {
  @usableFromInline struct Slot {
    var key: WindowKey
    var state: WindowState
    var isDirty: Bool

    @usableFromInline init(key: WindowKey, state: WindowState) {
      self.key = key
      self.state = state
      self.isDirty = false
    }
  }

  public let length: WindowLength
  /// The greatest window start in the store when this table was made; nil for an empty store.
  private let storedThrough: Int64?
  private var slots: [Slot] = []
  private var free: [Int32] = []
  /// By series number: the slot of its newest window; -1 for none.
  private var newest: [Int32] = []
  /// Windows other than the newest of their series.
  private var older: [WindowKey: Int32] = [:]
  private var dirty: [Int32] = []

  public init(length: WindowLength, storedThrough: Int64?) {
    self.length = length
    self.storedThrough = storedThrough
  }

  /// Windows held in memory.
  public var count: Int { slots.count - free.count }

  /// Windows whose end lies after a moment.
  public func openCount(at now: Timestamp) -> Int {
    newest.reduce(0) { count, slot in
      slot >= 0 && slots[Int(slot)].key.start + length.seconds > now.seconds ? count + 1 : count
    }
  }

  /// Adds readings to their windows.
  ///
  /// - Parameter load: reads a window from the store; nil where it is not there.
  public mutating func add<Failure: Error>(
    _ samples: UnsafeBufferPointer<Sample>, load: (WindowKey) throws(Failure) -> WindowState?
  ) throws(Failure) {
    for sample in samples {
      let slot = try slot(for: WindowKey(start: length.start(of: sample.time), series: sample.series), load: load)
      slots[slot].state.aggregate.add(sample)
      if !slots[slot].isDirty {
        slots[slot].isDirty = true
        dirty.append(Int32(slot))
      }
    }
  }

  /// The changed windows in the order of the store's key, each with its revision raised for this checkpoint.
  ///
  /// - Parameter expected: how many readings a series is to send in a window; 0 where nobody knows.
  public mutating func drainDirty(
    expected: (SeriesID) -> Double = { _ in 0 }
  ) -> [(key: WindowKey, state: WindowState)] {
    dirty.sort { slots[Int($0)].key < slots[Int($1)].key }
    return dirty.map { index in
      slots[Int(index)].state.revision += 1
      slots[Int(index)].state.expected = expected(slots[Int(index)].key.series)
      return (slots[Int(index)].key, slots[Int(index)].state)
    }
  }

  /// To be called once what `drainDirty` gave is in the store: forgets all but the newest window of each series.
  public mutating func checkpointed() {
    for index in dirty { slots[Int(index)].isDirty = false }
    dirty.removeAll(keepingCapacity: true)
    free.append(contentsOf: older.values)
    older.removeAll(keepingCapacity: older.count < 4096)
  }

  /// To be called where the store refused what `drainDirty` gave: the same windows come again, with the same revision.
  public mutating func checkpointFailed() {
    for index in dirty { slots[Int(index)].state.revision -= 1 }
  }

  private mutating func slot<Failure: Error>(
    for key: WindowKey, load: (WindowKey) throws(Failure) -> WindowState?
  ) throws(Failure) -> Int {
    let series = Int(key.series.rawValue)
    if series >= newest.count {
      newest.append(contentsOf: repeatElement(-1, count: series + 1 - newest.count))
    }
    let held = Int(newest[series])
    if held >= 0 {
      let newestStart = slots[held].key.start
      if key.start == newestStart { return held }
      if key.start < newestStart {
        if let slot = older[key] { return Int(slot) }
        let slot = make(key, try load(key) ?? WindowState())
        older[key] = Int32(slot)
        return slot
      }
    }
    let isNew = storedThrough.map { key.start > $0 } ?? true
    let slot = make(key, isNew ? WindowState() : try load(key) ?? WindowState())
    if held >= 0 { retire(held) }
    newest[series] = Int32(slot)
    return slot
  }

  /// A series has moved on from a window: it stays until the next checkpoint where it has changes, and goes at once
  /// where it has none.
  private mutating func retire(_ slot: Int) {
    if slots[slot].isDirty {
      older[slots[slot].key] = Int32(slot)
    } else {
      free.append(Int32(slot))
    }
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

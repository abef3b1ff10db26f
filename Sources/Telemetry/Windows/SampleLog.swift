/// The samples of windows in memory, in one array that only grows until all of it is forgotten at once.
///
/// Invariants
/// - A chain links the samples of one window, newest arrival first: those that are not in the store yet, then those
///   that are.
/// - Forgetting makes all chains empty: a chain of another generation holds nothing.
struct SampleLog {
  private struct Entry {
    var sample: TimedValue
    var previous: Int32
  }

  private var entries: [Entry] = []
  private var generation: UInt32 = 0

  /// Samples in memory.
  var count: Int { entries.count }

  /// The samples of one window.
  struct Chain {
    fileprivate var generation: UInt32 = 0
    fileprivate var unsavedTail: Int32 = -1
    fileprivate var unsavedHead: Int32 = -1
    fileprivate var savedTail: Int32 = -1
    fileprivate(set) var unsavedCount: Int32 = 0
    fileprivate(set) var savedCount: Int32 = 0
  }

  /// How many of a window's samples are in memory.
  func count(of chain: Chain) -> Int64 {
    chain.generation == generation ? Int64(chain.unsavedCount) + Int64(chain.savedCount) : 0
  }

  @inline(__always)
  mutating func append(_ sample: TimedValue, to chain: inout Chain) {
    if chain.generation != generation { chain = Chain(generation: generation) }
    let index = Int32(truncatingIfNeeded: entries.count)
    if chain.unsavedCount == 0 { chain.unsavedHead = index }
    entries.append(Entry(sample: sample, previous: chain.unsavedTail))
    chain.unsavedTail = index
    chain.unsavedCount += 1
  }

  /// How many of a window's samples are in memory alone.
  func unsavedCount(of chain: Chain) -> Int64 {
    chain.generation == generation ? Int64(chain.unsavedCount) : 0
  }

  /// Puts back what was read from the store: all of the window's saved samples, as they came.
  mutating func restore(_ samples: [TimedValue], to chain: inout Chain) {
    if chain.generation != generation { chain = Chain(generation: generation) }
    chain.savedTail = -1
    for sample in samples {
      entries.append(Entry(sample: sample, previous: chain.savedTail))
      chain.savedTail = Int32(truncatingIfNeeded: entries.count - 1)
    }
    chain.savedCount = Int32(samples.count)
  }

  /// To be called once a window's samples are in the store.
  mutating func saved(_ chain: inout Chain) {
    guard chain.generation == generation, chain.unsavedCount > 0 else { return }
    entries[Int(chain.unsavedHead)].previous = chain.savedTail
    chain.savedTail = chain.unsavedTail
    chain.savedCount += chain.unsavedCount
    (chain.unsavedTail, chain.unsavedHead, chain.unsavedCount) = (-1, -1, 0)
  }

  /// Whether a window has a sample of the same time and value in memory.
  func contains(_ sample: TimedValue, in chain: Chain) -> Bool {
    guard chain.generation == generation else { return false }
    var isFound = false
    forEach(in: chain) { isFound = isFound || $0 == sample }
    return isFound
  }

  /// A window's samples in memory, in their order in time; those of one time as they came.
  func sorted(_ chain: Chain) -> [TimedValue] {
    var samples: [TimedValue] = []
    samples.reserveCapacity(Int(count(of: chain)))
    forEach(in: chain) { samples.append($0) }
    samples.reverse()
    // Swift's sort leaves what is equal in its order.
    samples.sort { $0.time < $1.time }
    return samples
  }

  /// A window's samples that are not in the store yet, the newest arrival first.
  func forEachUnsaved(in chain: Chain, _ body: (TimedValue) -> Void) {
    guard chain.generation == generation else { return }
    walk(from: chain.unsavedTail, count: chain.unsavedCount, body)
  }

  private func forEach(in chain: Chain, _ body: (TimedValue) -> Void) {
    guard chain.generation == generation else { return }
    walk(from: chain.unsavedTail, count: chain.unsavedCount, body)
    walk(from: chain.savedTail, count: chain.savedCount, body)
  }

  private func walk(from tail: Int32, count: Int32, _ body: (TimedValue) -> Void) {
    var index = tail
    for _ in 0..<count {
      body(entries[Int(index)].sample)
      index = entries[Int(index)].previous
    }
  }

  /// Makes room, so that the array need not grow while it is filled.
  mutating func reserve(_ count: Int) { entries.reserveCapacity(count) }

  /// Forgets all samples; those that are not in the store must not be lost by it.
  mutating func forget() {
    entries.removeAll(keepingCapacity: true)
    generation &+= 1
  }
}

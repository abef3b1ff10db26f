import Simulator
import TestSupport
import Testing

@testable import Telemetry

@Suite
struct WindowTableTests {
  /// A store that is a dictionary.
  private final class MemoryStore {
    var windows: [WindowKey: WindowState] = [:]
    var blocks: [SampleBlock] = []
    var loads = 0

    func load(_ key: WindowKey) -> WindowState? {
      loads += 1
      return windows[key]
    }

    func samples(of key: WindowKey) -> [TimedValue] {
      blocks.filter { $0.start == key.start }.flatMap { block in
        block.bytes.withUnsafeBytes {
          (SampleBlock.samples(of: key.series, start: block.start, in: $0) ?? []).reversed()
        }
      }
    }
  }

  private func checkpoint(_ table: inout WindowTable, into store: MemoryStore) {
    let changes = table.drainDirty()
    for (key, state) in changes.windows { store.windows[key] = state }
    store.blocks += changes.samples
    table.checkpointed()
  }

  /// - Returns: whether the reading was taken for a repeat.
  @discardableResult
  private func add(
    _ sample: Sample, receivedAt: Int64 = 0, to table: inout WindowTable, _ store: MemoryStore
  ) -> Bool {
    var sample = sample
    withUnsafeMutablePointer(to: &sample) { pointer in
      table.add(
        UnsafeMutableBufferPointer(start: pointer, count: 1), receivedAt: Timestamp(seconds: receivedAt),
        load: store.load, loadSamples: store.samples)
    }
    return sample.isRepeat
  }

  private func sample(_ series: UInt32, at seconds: Int64, _ value: Double, _ quality: Quality = .good) -> Sample {
    Sample(series: SeriesID(rawValue: series), quality: quality, time: Timestamp(seconds: seconds), value: value)
  }

  private func key(_ series: UInt32, _ start: Int64) -> WindowKey {
    WindowKey(start: start, series: SeriesID(rawValue: series))
  }

  private func table(
    _ rules: [SeriesRule], storedThrough: Int64? = nil, limits: WindowTable.Limits = WindowTable.Limits()
  ) -> WindowTable {
    var table = WindowTable(length: .minute, storedThrough: storedThrough, limits: limits)
    for (index, rule) in rules.enumerated() { table.setRule(rule, of: SeriesID(rawValue: UInt32(index + 1))) }
    return table
  }

  @Test("Late, repeated, bad and shuffled readings, checkpoints and restarts leave what the obvious way has")
  func matchesReference() {
    var random = RandomSource(seed: testSeed())
    for round in 0..<400 {
      let rules = MetricKind.allCases.map {
        SeriesRule(
          kind: $0, interval: .seconds(5), modulus: $0 == .counter ? 12 : 0, dropsRepeats: round.isMultiple(of: 2),
          wantsQuantiles: true)
      }
      var limits = WindowTable.Limits()
      // Small, so that all ways are gone: what is in memory must make no difference.
      limits.samplesInMemory = Int.random(in: 1...200, using: &random)
      limits.olderWindows = Int.random(in: 0...6, using: &random)
      let store = MemoryStore()
      var table = table(rules, limits: limits)
      var reference: [WindowKey: ReferenceSeries] = [:]
      var bad: [WindowKey: Int64] = [:]
      var repeats = (told: 0, known: 0)
      for _ in 0..<Int.random(in: 1...150, using: &random) {
        switch Int.random(in: 0..<14, using: &random) {
        case 0: checkpoint(&table, into: store)
        case 1:
          checkpoint(&table, into: store)
          table = self.table(rules, storedThrough: store.windows.keys.map(\.start).max(), limits: limits)
        default:
          let series = UInt32.random(in: 1...4, using: &random)
          let isBad = Int.random(in: 0..<8, using: &random) == 0
          let sample = sample(
            series, at: .random(in: -70...200, using: &random), Double(Int.random(in: 0...9, using: &random)),
            isBad ? .range : .good)
          if add(sample, to: &table, store) { repeats.told += 1 }
          let key = key(series, WindowLength.minute.start(of: sample.time))
          if isBad {
            bad[key, default: 0] += 1
          } else if !reference[key, default: ReferenceSeries(rules[Int(series) - 1])]
            .add(TimedValue(time: sample.time, value: sample.value))
          {
            repeats.known += 1
          }
        }
      }
      checkpoint(&table, into: store)
      #expect(repeats.told == repeats.known)
      #expect(store.windows.values.allSatisfy { $0.aggregate.badCount == $0.badCounts.total })
      #expect(store.windows.filter { $0.value.aggregate.badCount > 0 }.mapValues(\.aggregate.badCount) == bad)
      for (key, known) in reference {
        guard let aggregate = store.windows[key]?.aggregate else {
          Issue.record("\(key) is missing")
          continue
        }
        #expect(difference(of: aggregate, from: known) == nil)
      }
    }
  }

  /// What differs, in words; nil where nothing does.
  private func difference(of aggregate: Aggregate, from known: ReferenceSeries) -> String? {
    let samples = known.samples
    guard let first = samples.first, let last = samples.last else { return "nothing is known" }
    let values = samples.map(\.value)
    guard aggregate.count == Int64(samples.count), aggregate.sum == values.reduce(0, +),
      aggregate.min == values.min(), aggregate.max == values.max(), aggregate.earliest == first,
      aggregate.latest == last, !aggregate.isInexact
    else { return "\(aggregate) of \(samples)" }
    let span = first.time.seconds..<last.time.seconds
    let isSame =
      switch known.rule.kind {
      case .counter: isClose(aggregate.course.increase, known.increase(in: first.time.seconds..<last.time.seconds + 1))
      case .gauge:
        isClose(
          aggregate.course.integral, span.compactMap { known.value(lasting: $0, now: span.upperBound) }.reduce(0, +))
      case .state:
        known.states(in: span, now: span.upperBound)
          == Dictionary(
            uniqueKeysWithValues: aggregate.course.states.entries.map { ($0.state, $0.microseconds / 1_000_000) })
      case .event: true
      }
    return isSame ? nil : "\(aggregate.course) of \(samples)"
  }

  @Test("A day of backlog of one device is merged without a look into the store, and leaves the others' windows be")
  func backlog() {
    let store = MemoryStore()
    let rules = (0..<50).map { _ in SeriesRule(kind: .counter, interval: .seconds(10)) }
    var limits = WindowTable.Limits()
    limits.olderWindows = 100
    let live: Int64 = 86400 * 2
    var table = table(rules, limits: limits)
    for series in UInt32(1)...50 { add(sample(series, at: live, 1), receivedAt: live, to: &table, store) }
    checkpoint(&table, into: store)
    let loads = store.loads
    for second in stride(from: Int64(0), to: 86400, by: 20) {
      add(sample(1, at: live - 86400 + second, Double(second)), receivedAt: live, to: &table, store)
      // All others go on in windows that are in memory.
      let series = UInt32(2 + second / 20 % 49)
      add(sample(series, at: live + 30, 2), receivedAt: live, to: &table, store)
      if second % 600 == 0 { checkpoint(&table, into: store) }
    }
    checkpoint(&table, into: store)
    // Each minute of the backlog may be in the store, and is looked for once, or twice where a checkpoint let go of it
    // while it was filled; no other window is.
    #expect((1440...1440 + 144).contains(store.loads - loads))
    let increase = store.windows.filter { $0.key.series.rawValue == 1 && $0.key.start < live }
      .values.reduce(0) { $0 + $1.aggregate.course.increase }
    #expect(increase == 1440 * 40)
    #expect(store.windows.values.allSatisfy { !$0.aggregate.isInexact })
  }

  @Test("A late reading counts as if it had come in time for as long as samples are kept, and is marked after that")
  func exactFor() {
    let store = MemoryStore()
    var table = table([SeriesRule(kind: .counter, interval: .seconds(60))])
    for (second, value) in [(Int64(0), 0.0), (20, 20), (40, 5)] {
      add(sample(1, at: second, value), receivedAt: second, to: &table, store)
    }
    checkpoint(&table, into: store)
    // Between 20 and a reset to 5 the counter had reached 30.
    add(sample(1, at: 30, 30), receivedAt: 40 + 900, to: &table, store)
    checkpoint(&table, into: store)
    #expect(store.windows[key(1, 0)]?.aggregate.course.increase == 35)
    #expect(store.windows[key(1, 0)]?.aggregate.isInexact == false)
    add(sample(1, at: 35, 31), receivedAt: 940 + 901, to: &table, store)
    checkpoint(&table, into: store)
    let late = store.windows[key(1, 0)]
    #expect(late?.aggregate.course.increase == 35)
    #expect(late?.aggregate.isInexact == true)
    #expect(late?.aggregate.count == 5)
    #expect(late?.late == 2)
    #expect(late?.lateRevisions.map(\.revision) == [2, 3])
  }

  @Test("Before the first and behind the last reading a late one is exact, however late")
  func outsideIsExact() {
    let store = MemoryStore()
    var table = table([SeriesRule(kind: .state, interval: .seconds(60))])
    add(sample(1, at: 30, 1), receivedAt: 30, to: &table, store)
    add(sample(1, at: 10, 2), receivedAt: 5000, to: &table, store)
    add(sample(1, at: 50, 1), receivedAt: 9000, to: &table, store)
    checkpoint(&table, into: store)
    let aggregate = store.windows[key(1, 0)]?.aggregate
    #expect(aggregate?.isInexact == false)
    #expect(aggregate?.course.states.entries.map(\.microseconds) == [20_000_000, 20_000_000])
  }

  @Test("Beyond its greatest number of samples a window keeps none, and says so when it matters")
  func samplesMax() {
    let store = MemoryStore()
    var limits = WindowTable.Limits()
    limits.samplesMax = 4
    var table = table([SeriesRule(kind: .counter)], limits: limits)
    for second in [Int64(0), 20, 10, 30] { add(sample(1, at: second, Double(second)), to: &table, store) }
    checkpoint(&table, into: store)
    #expect(store.windows[key(1, 0)]?.hasSamples == true)
    add(sample(1, at: 40, 40), to: &table, store)
    checkpoint(&table, into: store)
    #expect(store.windows[key(1, 0)]?.hasSamples == false)
    #expect(store.windows[key(1, 0)]?.aggregate.course.increase == 40)
    add(sample(1, at: 35, 35), to: &table, store)
    checkpoint(&table, into: store)
    #expect(store.windows[key(1, 0)]?.aggregate.isInexact == true)
  }

  @Test("A late reading is merged into its stored window and raises its revision")
  func lateReading() {
    let store = MemoryStore()
    var table = table([SeriesRule(kind: .gauge)])
    add(sample(1, at: 30, 5), to: &table, store)
    add(sample(1, at: 90, 6), to: &table, store)
    checkpoint(&table, into: store)
    add(sample(1, at: 40, 7), to: &table, store)
    checkpoint(&table, into: store)
    #expect(store.windows[key(1, 0)]?.aggregate.count == 2)
    #expect(store.windows[key(1, 0)]?.revision == 2)
    #expect(store.windows[key(1, 60)]?.revision == 1)
  }

  @Test("A repeat changes no figure and no revision, and is counted")
  func repeats() {
    let store = MemoryStore()
    var table = table([SeriesRule(kind: .event, dropsRepeats: true)])
    add(sample(1, at: 30, 5), to: &table, store)
    #expect(!add(sample(1, at: 30, 6), to: &table, store))
    checkpoint(&table, into: store)
    #expect(add(sample(1, at: 30, 5), to: &table, store))
    checkpoint(&table, into: store)
    let window = store.windows[key(1, 0)]
    #expect(window?.aggregate.sum == 11)
    #expect(window?.repeated == 1)
    #expect(window?.revision == 1)
  }

  @Test("New windows are opened without asking the store")
  func newWindowsNeedNoLoad() {
    let store = MemoryStore()
    var table = table([SeriesRule(kind: .gauge), SeriesRule(kind: .gauge)], storedThrough: 600)
    for minute in 11..<20 { add(sample(1, at: Int64(minute) * 60, 1), to: &table, store) }
    #expect(store.loads == 0)
    add(sample(2, at: 600, 1), to: &table, store)
    #expect(store.loads == 1)
  }

  @Test("After a refused checkpoint the same windows come again with the same revision, and the same samples")
  func refusedCheckpoint() {
    let store = MemoryStore()
    var table = table([SeriesRule(kind: .gauge)])
    add(sample(1, at: 30, 5), receivedAt: 500, to: &table, store)
    let first = table.drainDirty()
    table.checkpointFailed()
    let second = table.drainDirty()
    #expect(first.windows.map(\.state) == second.windows.map(\.state))
    #expect(first.samples.map(\.bytes) == second.samples.map(\.bytes))
    #expect(second.windows.first?.state.revision == 1)
  }

  @Test("Memory is bounded: beyond the limits only the newest window of each series stays")
  func bounded() {
    let store = MemoryStore()
    var limits = WindowTable.Limits()
    limits.olderWindows = 100
    limits.samplesInMemory = 8000
    var table = table(Array(repeating: SeriesRule(kind: .gauge), count: 5), limits: limits)
    for second in 0..<6000 { add(sample(UInt32(second % 5 + 1), at: Int64(second), 1), to: &table, store) }
    #expect(table.count == 500)
    #expect(!table.needsCheckpoint)
    for second in 6000..<8000 { add(sample(UInt32(second % 5 + 1), at: Int64(second), 1), to: &table, store) }
    #expect(table.needsCheckpoint)
    checkpoint(&table, into: store)
    #expect(table.count == 5)
    #expect(table.sampleCount == 0)
    #expect(table.drainDirty().windows.isEmpty)
    #expect(table.openCount(at: Timestamp(seconds: 8040)) == 0)
    #expect(table.openCount(at: Timestamp(seconds: 8039)) == 5)
  }

  @Test("Windows that are not kept hold what came for them since the last checkpoint, and are forgotten by it")
  func notKept() {
    let store = MemoryStore()
    var table = table([SeriesRule(kind: .gauge)], storedThrough: 6000)
    store.windows[key(1, 60)] = WindowState(revision: 7)
    table.keep(from: 3600)
    add(sample(1, at: 70, 1), to: &table, store)
    let changes = table.drainDirty()
    table.checkpointed()
    #expect(changes.windows.map(\.state.revision) == [1])
    #expect(changes.samples.isEmpty)
    #expect(store.loads == 0)
    #expect(table.count == 0)
    add(sample(1, at: 80, 1), to: &table, store)
    #expect(table.drainDirty().windows.first?.state.aggregate.count == 1)
  }
}

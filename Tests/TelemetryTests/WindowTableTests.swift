import Simulator
import Telemetry
import TestSupport
import Testing

@Suite
struct WindowTableTests {
  /// A store that is a dictionary.
  private final class MemoryStore {
    var windows: [WindowKey: WindowState] = [:]
    var loads = 0

    func load(_ key: WindowKey) -> WindowState? {
      loads += 1
      return windows[key]
    }
  }

  private func checkpoint(_ table: inout WindowTable, into store: MemoryStore) {
    for (key, state) in table.drainDirty() { store.windows[key] = state }
    table.checkpointed()
  }

  private func add(_ sample: Sample, to table: inout WindowTable, _ store: MemoryStore) {
    withUnsafePointer(to: sample) { pointer in
      table.add(UnsafeBufferPointer(start: pointer, count: 1), load: store.load)
    }
  }

  private func sample(_ series: UInt32, at seconds: Int64, _ value: Double) -> Sample {
    Sample(series: SeriesID(rawValue: series), quality: .good, time: Timestamp(seconds: seconds), value: value)
  }

  @Test("Random readings, checkpoints and restarts leave in the store what the obvious way has")
  func matchesReference() {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<300 {
      let store = MemoryStore()
      var table = WindowTable(length: .minute, storedThrough: nil)
      var reference: [WindowKey: Aggregate] = [:]
      for _ in 0..<Int.random(in: 1...120, using: &random) {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: checkpoint(&table, into: store)
        case 1:
          checkpoint(&table, into: store)
          table = WindowTable(length: .minute, storedThrough: store.windows.keys.map(\.start).max())
        default:
          let sample = sample(
            .random(in: 1...3, using: &random), at: .random(in: -200...600, using: &random),
            Double(Int.random(in: 0...9, using: &random)))
          add(sample, to: &table, store)
          let key = WindowKey(start: WindowLength.minute.start(of: sample.time), series: sample.series)
          reference[key, default: Aggregate()].add(sample)
        }
      }
      checkpoint(&table, into: store)
      #expect(store.windows.mapValues(\.aggregate) == reference)
    }
  }

  @Test("A late reading is merged into its stored window and raises its revision")
  func lateReading() {
    let store = MemoryStore()
    var table = WindowTable(length: .minute, storedThrough: nil)
    add(sample(1, at: 30, 5), to: &table, store)
    add(sample(1, at: 90, 6), to: &table, store)
    checkpoint(&table, into: store)
    add(sample(1, at: 40, 7), to: &table, store)
    checkpoint(&table, into: store)
    let late = store.windows[WindowKey(start: 0, series: SeriesID(rawValue: 1))]
    #expect(late?.aggregate.count == 2)
    #expect(late?.revision == 2)
    #expect(store.windows[WindowKey(start: 60, series: SeriesID(rawValue: 1))]?.revision == 1)
  }

  @Test("New windows are opened without asking the store")
  func newWindowsNeedNoLoad() {
    let store = MemoryStore()
    var table = WindowTable(length: .minute, storedThrough: 600)
    for minute in 11..<20 { add(sample(1, at: Int64(minute) * 60, 1), to: &table, store) }
    #expect(store.loads == 0)
    add(sample(2, at: 600, 1), to: &table, store)
    #expect(store.loads == 1)
  }

  @Test("After a refused checkpoint the same windows come again with the same revision")
  func refusedCheckpoint() {
    let store = MemoryStore()
    var table = WindowTable(length: .minute, storedThrough: nil)
    add(sample(1, at: 30, 5), to: &table, store)
    let first = table.drainDirty()
    table.checkpointFailed()
    let second = table.drainDirty()
    #expect(first.map(\.state) == second.map(\.state))
    #expect(first.map(\.key) == second.map(\.key))
  }

  @Test("Only the newest window of each series stays in memory after a checkpoint")
  func bounded() {
    let store = MemoryStore()
    var table = WindowTable(length: .minute, storedThrough: nil)
    for second in 0..<6000 { add(sample(UInt32(second % 5 + 1), at: Int64(second), 1), to: &table, store) }
    #expect(table.count == 500)
    checkpoint(&table, into: store)
    #expect(table.count == 5)
    #expect(table.drainDirty().isEmpty)
    #expect(table.openCount(at: Timestamp(seconds: 6000)) == 0)
    #expect(table.openCount(at: Timestamp(seconds: 5999)) == 5)
  }
}

import Alerting
import DurableSQLite
import Storage
import Telemetry

/// Figures of windows that rules look at.
extension AlertDesk {
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
  func openWindows(_ snapshot: StoreSnapshot) throws {
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
}

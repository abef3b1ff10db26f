import Alerting
import Storage
import Telemetry

extension SeriesBinding {
  /// A series as the store has it.
  ///
  /// - Parameters:
  ///   - states: the store's numbers of all states, by name.
  ///   - latest: its newest reading, where it is not new.
  init(
    _ record: SeriesRecord, of device: String, tags: [String: String], states: [String: Double],
    latest: LatestReading? = nil
  ) {
    self.init(
      series: record.id, device: device, metric: record.metric, kind: record.kind,
      unit: record.unit.isEmpty ? nil : record.unit, interval: record.interval, modulus: record.modulus,
      states: record.kind == .state ? states : [:], tags: tags, latest: latest)
  }
}

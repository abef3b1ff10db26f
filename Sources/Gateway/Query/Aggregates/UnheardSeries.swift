import Storage
import Telemetry

/// The series that listed devices are to send which have never spoken: nothing of them is stored.
struct UnheardSeries {
  private let metrics: [String: [ProfileMetric]]

  /// - Parameter metrics: of the profiles that the registry names.
  init(_ metrics: [ProfileMetric]) {
    self.metrics = Dictionary(grouping: metrics, by: \.profile)
  }

  /// Those of a device that have an interval; none once it has spoken.
  ///
  /// - Parameter names: nil for all metrics.
  func series(of device: DeviceRecord, metrics names: [String]? = nil) -> [SeriesRecord] {
    guard device.firstSeenAt == nil, let listing = device.listing, let known = metrics[device.profile] else {
      return []
    }
    return known.compactMap { metric in
      guard names?.contains(metric.metric) ?? true, let interval = listing.interval ?? metric.interval else {
        return nil
      }
      return SeriesRecord(
        id: SeriesID(rawValue: 0), deviceID: device.id, metric: metric.metric, kind: metric.kind, unit: metric.unit,
        interval: interval)
    }
  }
}

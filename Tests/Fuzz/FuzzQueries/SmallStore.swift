import Foundation
import Storage
import Telemetry

/// A store of two devices with a metric of each kind, over some hours around a change of clocks, one that is listed and has
/// never spoken, and a dead letter.
enum SmallStore {
  /// 2026-04-05T04:30:00Z, an hour and a half after clocks went back in America/Santiago.
  static let now = Timestamp(seconds: 1_775_363_400)

  private static let metrics: [(name: String, kind: MetricKind, unit: String)] = [
    ("temperature", .gauge, "Cel"), ("energy", .counter, "J"), ("weight_added", .event, "kg"), ("mode", .state, ""),
  ]

  static func make() throws -> StoreReader {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("ganglion-fuzz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let store = try Store(directory: directory.path, zone: TimeZone(identifier: "America/Santiago")!)
    try store.write(checkpoint())
    return try StoreReader(directory: directory.path, readers: 1)
  }

  private static func checkpoint() -> Checkpoint {
    var written = Checkpoint()
    written.journalID = Data([1])
    written.appliedSequence = 100
    written.heardAt = now
    written.writtenAt = now
    written.states = [(1, "ON"), (2, "OFF, =SUM(A1)")]
    for device in Int64(1)...2 {
      written.devices.append(
        DeviceRecord(
          id: device, name: "bin-\(device)", profile: "bin", firstSeenAt: Timestamp(seconds: now.seconds - 9000)))
      written.tags.append(
        TagRecord(
          deviceID: device, name: "district", value: "d\(device)", validFrom: Timestamp(microseconds: .min)))
      for (place, metric) in metrics.enumerated() {
        add(metric, of: device, as: SeriesID(rawValue: UInt32(device) * 10 + UInt32(place)), to: &written)
      }
    }
    var listing = DeviceListing(listedAt: Timestamp(seconds: now.seconds - 5000))
    listing.code = "C-1"
    written.listings = [(2, listing), (3, listing)]
    written.devices.append(DeviceRecord(id: 3, name: "bin-3", profile: "bin", firstSeenAt: nil))
    written.profileMetrics = metrics.map {
      ProfileMetric(profile: "bin", metric: $0.name, kind: $0.kind, unit: $0.unit, interval: .seconds(60))
    }
    written.deadLetters = [
      DeadLetter(
        id: 40, receivedAt: now, topic: Data([0x61, 0xFF]), payload: Data([0xFF, 0]), qos: 1, isRetained: false,
        profile: nil, reason: .malformed, detail: "why")
    ]
    return written
  }

  private static func add(
    _ metric: (name: String, kind: MetricKind, unit: String), of device: Int64, as id: SeriesID,
    to written: inout Checkpoint
  ) {
    let record = SeriesRecord(
      id: id, deviceID: device, metric: metric.name, kind: metric.kind, unit: metric.unit, interval: .seconds(60))
    written.series.append(record)
    for minute in stride(from: now.seconds / 60 * 60 - 7200, to: now.seconds, by: 600) {
      var state = WindowState(revision: 1, expected: 1)
      for second in [minute + 5, minute + 25] {
        state.aggregate.append(
          TimedValue(time: Timestamp(seconds: second), value: Double(second % 2 + 1)), record.rule)
      }
      written.changes.windows.append((WindowKey(start: minute, series: id), state))
    }
    written.latest.append(
      LatestChange(
        series: id, reading: LatestReading(time: now, receivedAt: now, quality: .good, value: 1)))
  }
}

import DurableSQLite
import Foundation
import Storage
import Telemetry

/// Windows and their store, fed with readings as the pipeline feeds them, without messages: for the bench.
final class StoreFeed {
  static let metrics = 5
  static let districts = 10

  let store: Store
  let devices: Int
  private var windows = WindowTable(length: .minute, storedThrough: nil)
  private var latest = LatestTable()
  private var sequence: UInt64 = 0
  private var made: [Int64]
  private var heard: Set<Int> = []
  private var heardAt = Timestamp(microseconds: 0)
  private(set) var readings: Int64 = 0

  /// - Parameter interval: how often devices report, in seconds.
  init(directory: String, devices: Int, interval: Int64, limits: Store.Limits = Store.Limits()) throws {
    store = try Store(directory: directory, zone: TimeZone(identifier: "Asia/Shanghai")!, limits: limits)
    self.devices = devices
    made = Array(repeating: 0, count: devices)
    var checkpoint = Checkpoint()
    for device in 0..<devices {
      checkpoint.devices.append(
        DeviceRecord(
          id: Int64(device + 1), name: "device-\(device)", profile: "bench", firstSeenAt: Timestamp(seconds: 0)))
      checkpoint.tags.append(
        TagRecord(
          deviceID: Int64(device + 1), name: "district", value: "district-\(device % Self.districts)",
          validFrom: Timestamp(microseconds: .min)))
      for metric in 0..<Self.metrics {
        let record = SeriesRecord(
          id: Self.series(device, metric), deviceID: Int64(device + 1), metric: "metric_\(metric)",
          kind: Self.kind(metric), unit: "1", interval: .seconds(interval), dropsRepeats: true)
        checkpoint.series.append(record)
        windows.setRule(record.rule, of: record.id)
      }
    }
    try store.write(checkpoint)
  }

  /// Metrics of all kinds: two gauges, a counter, an event, and a state without names.
  static func kind(_ metric: Int) -> MetricKind {
    [.event, .gauge, .counter, .gauge, .state][metric]
  }

  static func series(_ device: Int, _ metric: Int) -> SeriesID {
    SeriesID(rawValue: UInt32(device * metrics + metric + 1))
  }

  /// One reading of each metric of a device; received with the latest so far, or at its own time where that is later.
  func send(device: Int, at second: Int64) throws {
    try withUnsafeTemporaryAllocation(of: Sample.self, capacity: Self.metrics) { samples in
      for metric in 0..<Self.metrics {
        let spread = Double((second &* 31 &+ Int64(device &* 7 &+ metric)) % 1000) / 10
        let value =
          switch Self.kind(metric) {
          case .counter: Double(second)
          case .state: Double(second / 60 % 3 + 1)
          default: spread
          }
        samples.initializeElement(
          at: metric,
          to: Sample(
            series: Self.series(device, metric), quality: .good, time: Timestamp(seconds: second), value: value))
      }
      heardAt = max(heardAt, Timestamp(seconds: second))
      let store = store
      try windows.add(
        samples, receivedAt: heardAt,
        load: { key throws(DatabaseFailure) in try store.window(key, length: .minute) },
        loadSamples: { key throws(DatabaseFailure) in try store.samples(of: key) })
      latest.update(UnsafeBufferPointer(samples), receivedAt: Timestamp(seconds: second))
    }
    made[device] += Int64(Self.metrics)
    readings += Int64(Self.metrics)
    heard.insert(device)
  }

  /// Writes what has changed, and says how long it took.
  @discardableResult
  func checkpoint() throws -> Duration {
    let began = ContinuousClock.now
    var checkpoint = Checkpoint()
    sequence += 1
    checkpoint.appliedSequence = sequence
    checkpoint.heardAt = heardAt
    checkpoint.changes = windows.drainDirty { _ in (1, 1) }
    checkpoint.latest = latest.changes()
    checkpoint.readings = heard.sorted().map { device in
      (Int64(device + 1), Account(entered: made[device], outcomes: [.aggregated: made[device]]))
    }
    try store.write(checkpoint)
    windows.checkpointed()
    latest.checkpointed()
    heard.removeAll(keepingCapacity: true)
    return .now - began
  }

  /// Does all that is due in the store.
  func keepUp(at second: Int64) throws {
    while try store.upkeep(now: Timestamp(seconds: second), atMost: .seconds(1)) {}
    windows.keep(from: store.minutesKeptFrom)
  }
}

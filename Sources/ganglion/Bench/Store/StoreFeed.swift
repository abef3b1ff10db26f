import DurableSQLite
import Foundation
import Storage
import Telemetry

/// Windows and their store, fed with readings as the pipeline feeds them, without messages: for the bench.
final class StoreFeed {
  static let metrics = 5
  static let districts = 10

  /// What its devices measure, by which calendar, and what is kept of it.
  struct Kind {
    var zone = TimeZone(identifier: "Asia/Shanghai")!
    /// Of each of the `metrics`: all kinds, the state without names.
    var metrics: [(name: String, kind: MetricKind, unit: String)] = [
      ("metric_0", .event, "1"), ("metric_1", .gauge, "1"), ("metric_2", .counter, "1"), ("metric_3", .gauge, "1"),
      ("metric_4", .state, "1"),
    ]
    /// Beside its district.
    var tags: @Sendable (Int) -> [(name: String, value: String)] = { _ in [] }
    var windows = WindowTable.Limits()
  }

  let store: Store
  let devices: Int
  private let kind: Kind
  private var windows: WindowTable
  private var latest = LatestTable()
  private var sequence: UInt64 = 0
  private var made: [Int64]
  private var heard: Set<Int> = []
  private var heardAt = Timestamp(microseconds: 0)
  private(set) var readings: Int64 = 0
  /// Rows of `aggregate`, one as often as it was written.
  private(set) var windowsWritten = 0

  /// - Parameter interval: how often devices report, in seconds.
  init(
    directory: String, devices: Int, interval: Int64, limits: Store.Limits = Store.Limits(), kind: Kind = Kind()
  ) throws {
    store = try Store(directory: directory, zone: kind.zone, limits: limits)
    self.devices = devices
    self.kind = kind
    windows = WindowTable(length: .minute, storedThrough: nil, limits: kind.windows)
    made = Array(repeating: 0, count: devices)
    var checkpoint = Checkpoint()
    for device in 0..<devices {
      checkpoint.devices.append(
        DeviceRecord(
          id: Int64(device + 1), name: "device-\(device)", profile: "bench", firstSeenAt: Timestamp(seconds: 0)))
      for (name, value) in [("district", "district-\(device % Self.districts)")] + kind.tags(device) {
        checkpoint.tags.append(
          TagRecord(
            deviceID: Int64(device + 1), name: name, value: value, validFrom: Timestamp(microseconds: .min)))
      }
      for (metric, description) in kind.metrics.enumerated() {
        let record = SeriesRecord(
          id: Self.series(device, metric), deviceID: Int64(device + 1), metric: description.name,
          kind: description.kind, unit: description.unit, interval: .seconds(interval), dropsRepeats: true)
        checkpoint.series.append(record)
        windows.setRule(record.rule, of: record.id)
      }
    }
    try store.write(checkpoint)
  }

  static func series(_ device: Int, _ metric: Int) -> SeriesID {
    SeriesID(rawValue: UInt32(device * metrics + metric + 1))
  }

  /// One reading of each metric of a device; received with the latest so far, or at its own time where that is later.
  func send(device: Int, at second: Int64) throws {
    try withUnsafeTemporaryAllocation(of: Sample.self, capacity: Self.metrics) { samples in
      for metric in 0..<Self.metrics {
        let value = value(of: metric, device: device, at: second)
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

  /// What a device says at a time.
  func value(of metric: Int, device: Int, at second: Int64) -> Double {
    switch kind.metrics[metric].kind {
    case .counter: Double(second)
    case .state: Double(second / 60 % 3 + 1)
    case .event, .gauge: Double((second &* 31 &+ Int64(device &* 7 &+ metric)) % 1000) / 10
    }
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
    windowsWritten += checkpoint.changes.windows.count
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

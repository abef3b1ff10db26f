import Foundation
import Storage
import Telemetry

/// `GET /api/v1/explain` and `ganglion explain`: why the figure of one series in one window is what it is.
struct ExplainQuery {
  static let parameters = [
    Parameter("device", .text, "the device's id"),
    Parameter("code", .text, "in its place: the city's code of the device, and of those that it replaced"),
    Parameter("metric", .text, "the metric's name", isNeeded: true),
    Parameter("at", .time, "a time in the window", isNeeded: true),
    Parameter("window", .window(isStored: true), "the length of the window", standard: "1m"),
  ]

  let devices: DeviceChoice
  let metric: String
  let grid: WindowGrid
  let at: Timestamp
  let zone: TimeZone
  let now: Timestamp

  init(_ parameters: QueryParameters, zone: TimeZone, now: Timestamp) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
    let named = try [parameters.one("device"), parameters.one("code")].compactMap { $0 }
    guard named.count == 1, let metric = try parameters.one("metric") else {
      throw QueryError("name one device and one metric: device=… or code=…, and metric=…")
    }
    devices = DeviceChoice(parameters)
    self.metric = metric
    let window = try parameters.one("window") ?? "1m"
    guard ["1m", "1h", "1d"].contains(window), let grid = WindowGrid(window, zone: zone) else {
      throw QueryError("window='\(window)': expected a length that is stored: 1m, 1h or 1d")
    }
    self.grid = grid
    guard let at = try parameters.time("at", now: now, zone: zone) else {
      throw QueryError("'at' is missing: a time in the window, such as at=2026-11-21T08:00:00+08:00 or at=-1h")
    }
    self.at = at
    self.zone = zone
    self.now = now
  }

  func answer(_ snapshot: StoreSnapshot, _ scope: TagScope) throws -> ExplainAnswer {
    let directory = try snapshot.directory()
    let history = directory.history
    var grid = grid
    let span = grid.window(of: at.seconds)
    // Of several devices with one code the one in use stands last.
    let devices = directory.devices(self.devices).compactMap { scope.view(of: $0, history) }.filter {
      self.devices.includes($0) && scope.includes($0.id, history, at: Timestamp(seconds: span.lowerBound))
    }.sorted { $0.rankInUse < $1.rankInUse }
    guard let inUse = devices.last else { throw QueryError("no \(self.devices.text) is known", isNotFound: true) }
    let (explained, stored) = try series(of: devices, in: span, grid.level, snapshot)
    let record = devices.first { $0.id == explained.deviceID } ?? inUse
    let question = try question(explained, of: record, span)
    let isHeard = record.firstSeenAt != nil
    let sums = try question.sums(
      snapshot, isHeard ? [explained] : [], unheard: isHeard ? [] : [explained], [record], history, scope)
    return ExplainAnswer(
      self, record, explained, stored, span, expected: sums.table.points.first?.expected ?? 0,
      figures: try AggregatesAnswer(question, sums, kinds: [explained.kind], stateNames: directory.stateNames),
      tags: history.values(of: record.id, at: Timestamp(seconds: span.lowerBound)),
      version: try snapshot.profileVersions().first { $0.id == stored.state.profileVersion })
  }

  /// The series that counts in the window. A metric whose kind or unit was changed has one for each, devices with one
  /// code too: the newest that has readings here.
  private func series(
    of devices: [DeviceRecord], in span: Range<Int64>, _ level: WindowLength, _ snapshot: StoreSnapshot
  ) throws -> (SeriesRecord, StoredParts) {
    let directory = try snapshot.directory()
    let profiles = directory.unheard
    let stored = directory.series(metrics: [metric])
    let series = devices.flatMap { device in
      stored.filter { $0.deviceID == device.id } + profiles.series(of: device, metrics: [metric])
    }
    guard let last = series.last else {
      throw QueryError("the \(self.devices.text) has no metric '\(metric)'", isNotFound: true)
    }
    let found = try series.reversed().compactMap { series in
      try StoredParts(series, span, level, snapshot, zone: zone).map { (series, $0) }
    }.first
    return found ?? (last, StoredParts())
  }

  /// The question that `aggregates` answers for the window.
  private func question(
    _ series: SeriesRecord, of device: DeviceRecord, _ span: Range<Int64>
  ) throws -> AggregatesQuery {
    let functions = AggregateFunction.allCases.filter { $0.kinds.contains(series.kind) }.map(\.rawValue)
    return try AggregatesQuery(
      QueryParameters([
        ("metric", metric), ("device", device.name), ("window", grid.text), ("from", "\(span.lowerBound)"),
        ("to", "\(span.upperBound)"), ("fn", functions.joined(separator: ",")), ("fill", "null"),
      ]), zone: zone, now: now)
  }
}

/// What is stored of one window, or of the shorter ones it will be made from.
struct StoredParts {
  /// The length of what is stored.
  private(set) var length = WindowLength.minute
  private(set) var count = 0
  private(set) var state = WindowState()

  init() {}

  /// Nil where nothing is stored.
  init?(
    _ series: SeriesRecord, _ span: Range<Int64>, _ level: WindowLength, _ snapshot: StoreSnapshot, zone: TimeZone
  ) throws {
    let windows = try StoredWindows(snapshot, zone: zone)
    var (state, count, lengths) = (WindowState?.none, 0, Set<WindowLength>())
    let choice = windows.choice([series], sketch: false)
    for piece in try windows.pieces(level, in: span, of: choice) {
      try windows.read(piece, of: choice) { _, part, length, _ in
        count += 1
        lengths.insert(length)
        guard var joined = state else {
          state = part
          return
        }
        let late = joined.lateRevisions + part.lateRevisions
        joined.join(part, series.rule)
        joined.revision += part.revision
        joined.lateRevisions = late
        joined.hasSamples = joined.hasSamples && part.hasSamples
        state = joined
      }
    }
    guard let state else { return nil }
    self.state = state
    self.count = count
    length = lengths.min { $0.seconds < $1.seconds } ?? .minute
  }
}

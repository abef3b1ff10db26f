import Foundation
import Storage
import Telemetry

/// `GET /api/v1/aggregates` and `ganglion query aggregates`.
struct AggregatesQuery {
  static let parameters = [
    "metric", "window", "from", "to", "device", "tag.*", "group_by", "fn", "fill", "format", "limit",
  ]

  let metrics: [String]
  let grid: WindowGrid
  let zone: TimeZone
  let from: Timestamp
  let to: Timestamp
  let now: Timestamp
  let devices: [String]
  let tags: [(name: String, value: String)]
  let groupBy: [String]
  let functions: [AggregateFunction]
  /// Windows in which a group was expected and said nothing have points too.
  let fillsSilence: Bool
  /// Points that one answer may hold.
  let limit: Int

  /// Below this many series each window is looked up by its key; above it all windows of the span are walked over.
  private static let seriesLookedUp = 16

  init(_ parameters: QueryParameters, zone: TimeZone, now: Timestamp) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
    metrics = parameters.words("metric")
    guard !metrics.isEmpty else { throw QueryError("'metric' is missing: name at least one, such as metric=battery") }
    let window = try parameters.one("window") ?? "1m"
    guard var grid = WindowGrid(window, zone: zone) else {
      throw QueryError(
        "window='\(window)': expected 1d, or minutes or hours that divide a day, such as 1m, 15m, 1h, 6h")
    }
    self.zone = zone
    self.now = now
    to = try parameters.time("to", now: now, zone: zone) ?? now
    let from = try parameters.time("from", now: now, zone: zone) ?? to - .seconds(3600)
    // The window that holds `from` is answered whole.
    self.from = Timestamp(seconds: grid.start(of: from.seconds))
    self.grid = grid
    guard from < to else { throw QueryError("'from' is not before 'to'") }
    devices = parameters.all("device")
    tags = parameters.tagFilters
    let groupBy = parameters.words("group_by")
    self.groupBy = groupBy.isEmpty ? ["device"] : groupBy
    functions = try Self.functions(parameters.words("fn"))
    fillsSilence = try Self.fill(parameters.one("fill"))
    limit = try parameters.count("limit", in: 1...1_000_000) ?? 10_000
  }

  private static func functions(_ words: [String]) throws(QueryError) -> [AggregateFunction] {
    var functions: [AggregateFunction] = []
    for word in words {
      guard let function = AggregateFunction(rawValue: word) else {
        let known = AggregateFunction.allCases.map(\.rawValue).joined(separator: ", ")
        throw QueryError("fn='\(word)' is none of \(known)")
      }
      if !functions.contains(function) { functions.append(function) }
    }
    return functions
  }

  private static func fill(_ word: String?) throws(QueryError) -> Bool {
    guard let word else { return false }
    guard ["none", "null"].contains(word) else { throw QueryError("fill='\(word)' is none of none, null") }
    return word == "null"
  }

  // MARK: Answering

  func answer(_ snapshot: StoreSnapshot) throws -> AggregatesAnswer {
    let records = try snapshot.devices().reduce(into: [Int64: DeviceRecord]()) { $0[$1.id] = $1 }
    let series = try snapshot.series(metrics: metrics).filter {
      devices.isEmpty || devices.contains(records[$0.deviceID]?.name ?? "")
    }
    for metric in series {
      if let function = functions.first(where: { !$0.applies(to: metric.kind) }) {
        throw QueryError("fn=\(function.rawValue) is not for \(metric.metric), whose values are names")
      }
    }
    var groups = SeriesGroups(
      groupBy: groupBy, filter: tags, devices: records, history: TagHistory(try snapshot.tags()))
    var points: [PointKey: GroupPoint] = [:]
    let expectation = Expectation(now: now, spanEnd: to)
    let byID = Dictionary(uniqueKeysWithValues: series.map { ($0.id, $0) })
    var grid = grid
    try forEachWindow(of: series.map(\.id), in: snapshot) { key, state in
      guard let record = byID[key.series], let group = groups.group(of: record, at: key.start) else { return }
      let correction = expectation.correction(
        of: state.expected, start: key.start, interval: record.interval, seenAt: records[record.deviceID]?.firstSeenAt)
      points[PointKey(group: group, start: grid.start(of: key.start)), default: GroupPoint()]
        .take(state, key.series, expected: correction)
      try requireLimit(points.count)
    }
    var starts = WindowStarts(points.keys, of: grid)
    for record in series {
      guard let interval = record.interval, let seenAt = records[record.deviceID]?.firstSeenAt else { continue }
      for (span, group) in groups.spans(of: record, from: max(from.seconds, seenAt.minute), to: expectation.end) {
        let pieces = fillsSilence ? grid.windows(in: span) : starts.windows(in: span, of: group)
        for window in pieces {
          let key = PointKey(group: group, start: window.start)
          points[key, default: GroupPoint()].expected += Double(window.seconds) / interval.seconds
        }
        try requireLimit(points.count)
      }
    }
    return try AggregatesAnswer(self, groups.keys, points, stateNames: snapshot.stateNames())
  }

  private func requireLimit(_ count: Int) throws(QueryError) {
    guard count > limit else { return }
    throw QueryError("the answer has more than \(limit) points: narrow the span, widen the window, or raise 'limit'")
  }

  private func forEachWindow(
    of series: [SeriesID], in snapshot: StoreSnapshot, _ body: (WindowKey, WindowState) throws -> Void
  ) throws {
    guard !series.isEmpty, let stored = try snapshot.windowStarts(length: .minute) else { return }
    let first = max(WindowLength.minute.start(of: from), stored.lowerBound)
    let end = min(to.seconds + (to.microseconds % 1_000_000 == 0 ? 0 : 1), stored.upperBound + 1)
    guard first < end else { return }
    if series.count > Self.seriesLookedUp {
      return try snapshot.forEachWindow(length: .minute, from: first, to: end, body)
    }
    for start in stride(from: first, to: end, by: Int(WindowLength.minute.seconds)) {
      for id in series {
        let key = WindowKey(start: start, series: id)
        if let state = try snapshot.window(key, length: .minute) { try body(key, state) }
      }
    }
  }
}

/// A point of a group: the number of the group, and the start of its window.
struct PointKey: Hashable {
  let group: Int
  let start: Int64
}

/// What one group has in one window.
struct GroupPoint {
  var aggregate = Aggregate()
  var revision: Int64 = 0
  /// The only series in it; nil for none or several.
  private(set) var onlySeries: SeriesID?
  private var hasSeveralSeries = false
  /// Readings that were to come.
  var expected = 0.0

  /// A point of several windows is as often revised as all of them together.
  mutating func take(_ state: WindowState, _ id: SeriesID, expected: Double) {
    aggregate.merge(state.aggregate)
    revision += state.revision
    hasSeveralSeries = hasSeveralSeries || onlySeries != nil && onlySeries != id
    onlySeries = hasSeveralSeries ? nil : id
    self.expected += expected
  }

  /// Readings that came, good and bad, in proportion to those that were to come; nil where nobody knows.
  var completeness: Double? {
    expected > 0 ? Double(aggregate.count + aggregate.badCount) / expected : nil
  }
}

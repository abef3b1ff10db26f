import Foundation
import Storage
import Telemetry

/// `GET /api/v1/aggregates` and `ganglion query aggregates`.
struct AggregatesQuery {
  static let parameters = [
    "metric", "window", "from", "to", "device", "tag.*", "group_by", "fn", "format", "limit",
  ]

  let metrics: [String]
  let grid: WindowGrid
  let zone: TimeZone
  let from: Timestamp
  let to: Timestamp
  let devices: [String]
  let tags: [(name: String, value: String)]
  let groupBy: [String]
  let functions: [AggregateFunction]
  /// Points that one answer may hold.
  let limit: Int

  /// Below this many series each window is looked up by its key; above it all windows of the span are walked over.
  private static let seriesLookedUp = 16

  init(_ parameters: QueryParameters, zone: TimeZone, now: Timestamp) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
    try parameters.requireJSON()
    metrics = parameters.words("metric")
    guard !metrics.isEmpty else { throw QueryError("'metric' is missing: name at least one, such as metric=battery") }
    let window = try parameters.one("window") ?? "1m"
    guard var grid = WindowGrid(window, zone: zone) else {
      throw QueryError(
        "window='\(window)': expected 1d, or minutes or hours that divide a day, such as 1m, 15m, 1h, 6h")
    }
    self.zone = zone
    let from = try parameters.time("from", now: now, zone: zone) ?? now - .seconds(3600)
    to = try parameters.time("to", now: now, zone: zone) ?? now
    // The window that holds `from` is answered whole.
    self.from = Timestamp(seconds: grid.start(of: from.seconds))
    self.grid = grid
    guard from < to else { throw QueryError("'from' is not before 'to'") }
    devices = parameters.all("device")
    tags = parameters.tagFilters
    let groupBy = parameters.words("group_by")
    self.groupBy = groupBy.isEmpty ? ["device"] : groupBy
    functions = try Self.functions(parameters.words("fn"))
    limit = try parameters.count("limit", in: 1...1_000_000) ?? 10_000
  }

  private static func functions(_ words: [String]) throws(QueryError) -> [AggregateFunction] {
    var functions: [AggregateFunction] = []
    for word in words {
      guard let function = AggregateFunction(rawValue: word) else {
        let known = AggregateFunction.allCases.map(\.rawValue).joined(separator: ", ")
        throw QueryError("fn='\(word)' is none of \(known)")
      }
      functions.append(function)
    }
    return functions
  }

  // MARK: Answering

  private struct GroupKey: Hashable {
    let metric: String
    let kind: MetricKind
    let unit: String
    /// In the order of `groupBy`.
    let values: [String?]
  }

  private struct PointKey: Hashable {
    let group: Int
    let start: Int64
  }

  private struct Point {
    var aggregate: Aggregate
    var revision: Int64
    var series: Set<SeriesID>

    /// A point of several windows is as often revised as all of them together.
    mutating func take(_ state: WindowState, _ id: SeriesID) {
      aggregate.merge(state.aggregate)
      revision += state.revision
      series.insert(id)
    }
  }

  func answer(_ snapshot: StoreSnapshot) throws -> AggregatesAnswer {
    let devices = try snapshot.devices().reduce(into: [Int64: String]()) { $0[$1.id] = $1.name }
    let series = try snapshot.series(metrics: metrics).filter {
      self.devices.isEmpty || self.devices.contains(devices[$0.deviceID] ?? "")
    }
    for metric in series {
      if let function = functions.first(where: { !$0.applies(to: metric.kind) }) {
        throw QueryError("fn=\(function.rawValue) is not for \(metric.metric), whose values are names")
      }
    }
    let history = TagHistory(try snapshot.tags())
    let byID = Dictionary(uniqueKeysWithValues: series.map { ($0.id, $0) })
    var groups: [GroupKey: Int] = [:]
    var points: [PointKey: Point] = [:]
    var grid = grid
    try forEachWindow(of: series.map(\.id), in: snapshot) { key, state in
      guard let record = byID[key.series] else { return }
      let start = Timestamp(seconds: key.start)
      guard
        tags.allSatisfy({ history.value(of: $0.name, device: record.deviceID, at: start) == $0.value })
      else { return }
      let values = groupBy.map { name in
        name == "device"
          ? devices[record.deviceID] : history.value(of: name, device: record.deviceID, at: start)
      }
      let groupKey = GroupKey(metric: record.metric, kind: record.kind, unit: record.unit, values: values)
      let group = groups[groupKey] ?? groups.count
      groups[groupKey] = group
      let pointKey = PointKey(group: group, start: grid.start(of: key.start))
      points[pointKey, default: Point(aggregate: Aggregate(), revision: 0, series: [])].take(state, key.series)
      guard points.count <= limit else {
        throw QueryError(
          "the answer has more than \(limit) points: narrow the span, widen the window, or raise 'limit'")
      }
    }
    return try makeAnswer(groups, points, snapshot)
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

  private func makeAnswer(
    _ groups: [GroupKey: Int], _ points: [PointKey: Point], _ snapshot: StoreSnapshot
  ) throws -> AggregatesAnswer {
    let stateNames = try snapshot.stateNames()
    let byGroup = Dictionary(grouping: points, by: \.key.group)
    let series = groups.sorted { Self.isOrdered($0.key, $1.key) }.map { key, index in
      let functions = functions.isEmpty ? AggregateFunction.standard(for: key.kind) : functions
      return AggregatesAnswer.Series(
        metric: key.metric, unit: key.unit.isEmpty ? nil : key.unit,
        group: Dictionary(zip(groupBy, key.values.map { $0.map { .text($0) } ?? .null })) { $1 },
        points: (byGroup[index] ?? []).sorted { $0.key.start < $1.key.start }.map { pointKey, point in
          makePoint(pointKey.start, point, functions) { key.kind == .state ? stateNames[Int64($0)] ?? "?" : nil }
        })
    }
    return AggregatesAnswer(
      window: grid.text, timezone: zone.identifier, from: QueryTime.text(from, in: zone),
      to: QueryTime.text(to, in: zone), series: series, next: nil)
  }

  private func makePoint(
    _ start: Int64, _ point: Point, _ functions: [AggregateFunction], stateName: (Double) -> String?
  ) -> [String: AnswerValue] {
    var fields: [String: AnswerValue] = ["start": .text(QueryTime.text(Timestamp(seconds: start), in: zone))]
    for function in functions {
      fields[function.rawValue] = function.value(of: point.aggregate, stateName: stateName)
    }
    if groupBy.contains("device"), point.series.count == 1 { fields["revision"] = .integer(point.revision) }
    return fields
  }

  private static func isOrdered(_ left: GroupKey, _ right: GroupKey) -> Bool {
    if left.metric != right.metric { return left.metric < right.metric }
    for (a, b) in zip(left.values, right.values) where a != b { return (a ?? "") < (b ?? "") }
    return (left.unit, left.kind.rawValue) < (right.unit, right.kind.rawValue)
  }
}

/// The answer to `AggregatesQuery`.
struct AggregatesAnswer: Encodable, Sendable {
  struct Series: Encodable, Sendable {
    let metric: String
    let unit: String?
    let group: [String: AnswerValue]
    let points: [[String: AnswerValue]]

    private enum CodingKeys: CodingKey { case metric, unit, group, points }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(metric, forKey: .metric)
      try container.encode(unit, forKey: .unit)
      try container.encode(group, forKey: .group)
      try container.encode(points, forKey: .points)
    }
  }

  let window: String
  let timezone: String
  let from: String
  let to: String
  let series: [Series]
  let next: String?

  private enum CodingKeys: CodingKey { case window, timezone, from, to, series, next }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(window, forKey: .window)
    try container.encode(timezone, forKey: .timezone)
    try container.encode(from, forKey: .from)
    try container.encode(to, forKey: .to)
    try container.encode(series, forKey: .series)
    try container.encode(next, forKey: .next)
  }
}

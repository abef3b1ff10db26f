import Foundation
import Telemetry

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
  /// Where the span begins before it: the time before which the windows of the answer have been let go.
  let keptFrom: String?
  /// Where the next page begins; null behind the last one.
  let next: String?
  private let groupBy: [String]
  private let functionNames: [String]

  init(
    _ query: AggregatesQuery, _ sums: AggregateSums, stateNames: [Int64: String]
  ) {
    window = query.grid.text
    timezone = query.zone.identifier
    from = QueryTime.text(query.from, in: query.zone)
    to = QueryTime.text(query.to, in: query.zone)
    self.keptFrom =
      query.span.lowerBound < sums.keptFrom ? QueryTime.text(Timestamp(seconds: sums.keptFrom), in: query.zone) : nil
    groupBy = query.groupBy
    let byGroup = Dictionary(grouping: sums.table.points, by: \.group)
    let shown = sums.groups.keys.enumerated().filter { byGroup[$0.offset] != nil }
      .sorted { $0.element < $1.element }
    var page = AggregatesPage(query)
    series = shown.compactMap { number, key in
      let points = page.take((byGroup[number] ?? []).sorted { $0.window.lowerBound < $1.window.lowerBound }, of: key)
      guard !points.isEmpty else { return nil }
      return Series(
        metric: key.metric, unit: key.unit.isEmpty ? nil : key.unit,
        group: Dictionary(zip(query.groupBy, key.values.map(AnswerValue.init))) { $1 },
        points: points.map { point in
          Self.fields(
            of: point, query, query.functions(for: key.kind),
            stateName: { key.kind == .state ? stateNames[Int64($0)] ?? "?" : nil })
        })
    }
    next = page.next?.text
    functionNames =
      query.functions.isEmpty
      ? AggregateFunction.allCases.filter { function in
        shown.contains { AggregateFunction.standard(for: $0.element.kind).contains(function) }
      }.map(\.rawValue) : query.functions.map(\.rawValue)
  }

  private static func fields(
    of point: GroupPoint, _ query: AggregatesQuery, _ functions: [AggregateFunction], stateName: (Double) -> String?
  ) -> [String: AnswerValue] {
    let window = point.window
    let start = Timestamp(seconds: window.lowerBound)
    let passed = min(window.upperBound, query.now.seconds) - window.lowerBound
    var fields: [String: AnswerValue] = [
      "start": .text(QueryTime.text(start, in: query.zone)), "completeness": AnswerValue(point.completeness),
    ]
    for function in functions {
      fields[function.rawValue] = function.value(of: point, seconds: passed, stateName: stateName)
    }
    if query.now < Timestamp(seconds: window.upperBound + WindowState.secondsUntilClosed) {
      fields["open"] = .bool(true)
    }
    // A sketch that some readings came before, or some devices have not, is of the others.
    let isPart = point.aggregate.sketch.map { $0.count != point.aggregate.count } ?? false
    if point.aggregate.isInexact || isPart && functions.contains(where: \.needsSketch) {
      fields["inexact"] = .bool(true)
    }
    if query.groupBy.contains("device"), point.onlySeries != nil { fields["revision"] = .integer(point.revision) }
    return fields
  }

  private enum CodingKeys: String, CodingKey {
    case window, timezone, from, to, series, next
    case keptFrom = "kept_from"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(window, forKey: .window)
    try container.encode(timezone, forKey: .timezone)
    try container.encode(from, forKey: .from)
    try container.encode(to, forKey: .to)
    try container.encode(series, forKey: .series)
    try container.encode(keptFrom, forKey: .keptFrom)
    try container.encode(next, forKey: .next)
  }
}

/// One row per point: metric, unit, group, start, the functions, then what every point has.
extension AggregatesAnswer: TabularAnswer {
  private static let pointColumns = ["completeness", "open", "revision", "inexact"]

  var columns: [String] { ["metric", "unit"] + groupBy + ["start"] + functionNames + Self.pointColumns }

  var rows: [[AnswerValue]] {
    series.flatMap { series in
      series.points.map { point in
        [.text(series.metric), AnswerValue(series.unit)] + groupBy.map { series.group[$0] ?? .null }
          + (["start"] + functionNames + Self.pointColumns).map { point[$0] ?? .null }
      }
    }
  }
}

import Foundation
import Telemetry

/// The answer to `AggregatesQuery`.
struct AggregatesAnswer: Sendable {
  struct Series: Sendable {
    let metric: String
    let unit: String?
    let group: [String: AnswerValue]
    let points: [AggregatePoint]
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
  private let offset: String?
  private let groupBy: [String]
  /// Of the points, as CSV.
  private let pointColumns: [String]
  /// Rows stand in the order of time, so that answers of neighbouring spans are one.
  private let isByTime: Bool

  /// - Parameters:
  ///   - earlier: what the windows came to with which those of the question are compared.
  ///   - kinds: of the metrics that are asked for.
  init(
    _ query: AggregatesQuery, _ sums: AggregateSums, earlier: AggregateSums? = nil, kinds: Set<MetricKind>,
    stateNames: [Int64: String]
  ) throws(QueryError) {
    window = query.grid.text
    timezone = query.zone.identifier
    from = QueryTime.text(query.from, in: query.zone)
    to = QueryTime.text(query.to, in: query.zone)
    keptFrom =
      query.span.lowerBound < sums.keptFrom ? QueryTime.text(Timestamp(seconds: sums.keptFrom), in: query.zone) : nil
    offset = query.offset?.text
    groupBy = query.groupBy
    isByTime = query.isPart
    let byGroup = Dictionary(grouping: sums.table.points, by: \.group)
    var groups = sums.groups.keys.enumerated().compactMap { number, key in
      byGroup[number].map { (key: key, points: $0.sorted { $0.window.lowerBound < $1.window.lowerBound }) }
    }.sorted { $0.key < $1.key }
    var page = AggregatesPage(query)
    if let ranking = query.ranking {
      groups = ranking.ordered(groups, seconds: min(query.span.upperBound, query.now.seconds) - query.span.lowerBound)
      try page.requireRoom(for: groups.reduce(0) { $0 + $1.points.count })
    }
    var writer = PointWriter(query, earlier: earlier, stateNames: stateNames)
    series = groups.compactMap { key, points in
      let points = page.take(points, of: key)
      guard !points.isEmpty else { return nil }
      return Series(
        metric: key.metric, unit: key.unit.isEmpty ? nil : key.unit,
        group: Dictionary(zip(query.groupBy, key.values.map(AnswerValue.init))) { $1 },
        points: writer.points(points, of: key))
    }
    next = page.next?.text
    let functions =
      query.functions.isEmpty
      ? AggregateFunction.allCases.filter { function in
        kinds.contains { AggregateFunction.standard(for: $0).contains(function) }
      } : query.functions
    let names = functions.map(\.rawValue)
    pointColumns =
      ["start"] + names + ["completeness", "open", "revision", "inexact"]
      + (offset == nil ? [] : (["start"] + names + ["completeness"]).map { "offset.\($0)" })
  }
}

extension AggregatesAnswer: JSONWritable {
  func write(to text: inout JSONText) {
    text.object { text in
      text.field("from", .text(from))
      text.field("kept_from", AnswerValue(keptFrom))
      text.field("next", AnswerValue(next))
      if let offset { text.field("offset", .text(offset)) }
      text.key("series")
      text.list(series) { text, series in
        text.object { text in
          text.field("group", .object(series.group))
          text.field("metric", .text(series.metric))
          text.key("points")
          text.list(series.points) { $1.write(to: &$0) }
          text.field("unit", AnswerValue(series.unit))
        }
      }
      text.field("timezone", .text(timezone))
      text.field("to", .text(to))
      text.field("window", .text(window))
    }
  }
}

/// One row per point: metric, unit, group, start, the functions, then what every point has.
extension AggregatesAnswer: TabularAnswer {
  /// A point with what it is of.
  struct Item: JSONWritable {
    let series: Series
    let point: AggregatePoint

    func write(to text: inout JSONText) {
      let fields: [(name: String, value: AnswerValue)] =
        point.fields + [
          ("group", .object(series.group)), ("metric", .text(series.metric)), ("unit", AnswerValue(series.unit)),
        ]
      text.object { text in
        for field in fields.sorted(by: { $0.name.precedes($1.name) }) { text.field(field.name, field.value) }
      }
    }
  }

  var columns: [String] { ["metric", "unit"] + groupBy + pointColumns }

  var items: [Item] {
    let items = series.flatMap { series in series.points.map { Item(series: series, point: $0) } }
    guard isByTime else { return items }
    return items.enumerated().sorted { ($0.element.point.start, $0.offset) < ($1.element.point.start, $1.offset) }
      .map(\.element)
  }

  var rows: [[AnswerValue]] {
    items.map { item in
      [.text(item.series.metric), AnswerValue(item.series.unit)] + groupBy.map { item.series.group[$0] ?? .null }
        + pointColumns.map { item.point[$0] ?? .null }
    }
  }
}

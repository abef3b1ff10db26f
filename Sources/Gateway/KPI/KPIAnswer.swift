import Foundation
import Telemetry

/// The answer to `KPIQuery`.
struct KPIAnswer: Encodable, JSONWritable {
  struct Series: Encodable, Sendable {
    let group: [String: AnswerValue]
    let points: [[String: AnswerValue]]
  }

  let kpi: String
  let title: KPIDeclaration.Text
  let definition: KPIDeclaration.Text
  let unit: String
  let window: String
  let timezone: String
  let from: String
  let to: String
  let series: [Series]
  /// Where the span begins before it: the time before which what the answer rests on has been let go.
  let keptFrom: String?
  /// Where the next page begins; null behind the last one.
  let next: String?
  private let groupBy: [String]

  init(_ query: KPIQuery, _ cells: KPICells, keptFrom: Int64) {
    kpi = query.kpi.name
    title = query.kpi.title
    definition = query.kpi.definition
    unit = query.kpi.unit
    let base = query.base
    window = base.grid.text
    timezone = base.zone.identifier
    from = QueryTime.text(base.from, in: base.zone)
    to = QueryTime.text(base.to, in: base.zone)
    self.keptFrom =
      base.span.lowerBound < keptFrom ? QueryTime.text(Timestamp(seconds: keptFrom), in: base.zone) : nil
    groupBy = base.groupBy
    var keys = cells.all.keys.sorted()
    if let after = query.after { keys = Array(keys.drop { !(after < $0) }) }
    let page = keys.prefix(query.limit)
    next =
      page.count < keys.count
      ? page.last.map { PageCursor(base.now, key: $0.values + ["\($0.start)"]).text } : nil
    var series: [Series] = []
    for keys in page.split(by: \.values) {
      series.append(
        Series(
          group: Dictionary(zip(base.groupBy, keys[0].values.map(AnswerValue.init))) { $1 },
          points: keys.map { Self.fields(of: cells.all[$0]!, query) }))
    }
    self.series = series
  }

  private static func fields(of cell: KPICell, _ query: KPIQuery) -> [String: AnswerValue] {
    let start = Timestamp(seconds: cell.window.lowerBound)
    var fields: [String: AnswerValue] = [
      "start": .text(QueryTime.text(start, in: query.base.zone)), "completeness": AnswerValue(cell.completeness),
    ]
    if query.kpi.formula.isRatio {
      fields["part"] = AnswerValue(cell.part)
      fields["whole"] = AnswerValue(cell.whole)
      fields["value"] = AnswerValue(cell.ratio.map { query.kpi.unit == "%" ? $0 * 100 : $0 })
    } else {
      fields["value"] = AnswerValue(cell.part)
    }
    if query.base.now < Timestamp(seconds: cell.window.upperBound + WindowState.secondsUntilClosed) {
      fields["open"] = .bool(true)
    }
    if cell.isInexact { fields["inexact"] = .bool(true) }
    return fields
  }

  private enum CodingKeys: String, CodingKey {
    case kpi, title, definition, unit, window, timezone, from, to, series, next
    case keptFrom = "kept_from"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kpi, forKey: .kpi)
    try container.encode(title, forKey: .title)
    try container.encode(definition, forKey: .definition)
    try container.encode(unit, forKey: .unit)
    try container.encode(window, forKey: .window)
    try container.encode(timezone, forKey: .timezone)
    try container.encode(from, forKey: .from)
    try container.encode(to, forKey: .to)
    try container.encode(series, forKey: .series)
    try container.encode(keptFrom, forKey: .keptFrom)
    try container.encode(next, forKey: .next)
  }
}

extension KPIAnswer: PagedAnswer {}

/// One row per point: the KPI, its unit, the group, then what every point has.
extension KPIAnswer: TabularAnswer {
  private static let pointColumns = ["start", "value", "part", "whole", "completeness", "open", "inexact"]

  /// A point with what it is of.
  struct Item: JSONWritable {
    let fields: [String: AnswerValue]

    func write(to text: inout JSONText) { text.value(.object(fields)) }
  }

  var items: [Item] {
    series.flatMap { series in
      series.points.map { point in
        Item(
          fields: point.merging(["kpi": .text(kpi), "unit": .text(unit), "group": .object(series.group)]) { $1 })
      }
    }
  }

  var columns: [String] { ["kpi", "unit"] + groupBy + Self.pointColumns }

  var rows: [[AnswerValue]] {
    series.flatMap { series in
      series.points.map { point in
        [.text(kpi), .text(unit)] + groupBy.map { series.group[$0] ?? .null }
          + Self.pointColumns.map { point[$0] ?? .null }
      }
    }
  }
}

extension KPICell {
  /// Part ÷ whole; nil where either is unknown, or nothing is there to divide by.
  var ratio: Double? {
    guard let part, let whole, whole != 0 else { return nil }
    let ratio = part / whole
    return ratio.isFinite ? ratio : nil
  }
}

extension Sequence {
  /// Runs of neighbours that have the same of something.
  fileprivate func split<Value: Equatable>(by value: (Element) -> Value) -> [[Element]] {
    reduce(into: []) { runs, element in
      if let last = runs.last?.last, value(last) == value(element) {
        runs[runs.count - 1].append(element)
      } else {
        runs.append([element])
      }
    }
  }
}

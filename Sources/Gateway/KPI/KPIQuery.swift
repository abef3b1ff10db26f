import Foundation
import Storage
import Telemetry

/// `GET /api/v1/kpis/{name}` and `ganglion query kpi`: one KPI per group and window.
struct KPIQuery {
  static let parameters =
    [
      Parameter(
        "window", .window(isStored: false), "the length of windows; others that divide a day or a year too",
        standard: "the KPI's"),
      Parameter("from", .time, "the windows from the one that holds it", standard: "the KPI's span before 'to'"),
      Parameter("to", .time, "up to the one that holds the last moment before it", standard: "now"),
    ] + Parameter.devices + [
      Parameter.tags,
      Parameter("group_by", .names, "device, code, or names of tags, parted by commas", standard: "the KPI's"),
      Parameter(
        "fill", .word(of: ["none", "null"]), "null: windows in which a group said nothing have points too",
        standard: "none"),
      Parameter.format, Parameter.language,
    ] + Parameter.page(of: "points", standard: 10_000)

  let kpi: KPIDeclaration
  /// The question about aggregates that each term asks, but for its metric, its functions and its filter.
  let base: AggregatesQuery
  /// Tags that the asker names, which some device must have.
  let namedTags: [String]
  let limit: Int
  /// What the last point of the page before is ordered by; nil for the first page.
  let after: KPICells.Key?
  private let pairs: [(name: String, value: String)]

  /// - Throws: `QueryError`, for a name that there is not, too.
  init(
    _ name: String, _ parameters: QueryParameters, _ kpis: KPICatalogue, zone: TimeZone, now: Timestamp
  ) throws(QueryError) {
    kpi = try kpis.declaration(called: name)
    try parameters.requireKnown(Self.parameters)
    var pairs = parameters.pairs.filter { !["format", "lang", "limit", "cursor", "group_by"].contains($0.name) }
    if parameters.all("window").isEmpty { pairs.append(("window", kpi.window)) }
    if parameters.all("from").isEmpty {
      let to = try parameters.time("to", now: now, zone: zone) ?? now
      pairs.append(("from", QueryTime.utc(max(to - kpi.span, Timestamp.accepted.lowerBound))))
    }
    self.pairs = pairs
    let asked = parameters.words("group_by")
    let groupBy = asked.isEmpty ? kpi.groupBy : asked
    base = try AggregatesQuery(
      QueryParameters(pairs + [("metric", "any"), ("group_by", groupBy.joined(separator: ","))]), zone: zone, now: now)
    namedTags = asked.filter { !["device", "code"].contains($0) } + parameters.tagFilters.map(\.name)
    limit = try parameters.count("limit", in: 1...1_000_000) ?? 10_000
    after = try parameters.cursor(keyCount: base.groupBy.count + 1).map { cursor throws(QueryError) in
      guard let start = cursor.key.last.flatMap({ $0 }).flatMap({ Int64($0) }) else { throw PageCursor.leadsNowhere }
      return KPICells.Key(values: Array(cursor.key.dropLast()), start: start)
    }
  }

  /// The question that a term asks of `aggregates`.
  ///
  /// - Parameters:
  ///   - functions: all that is asked of the metric.
  ///   - fillsSilence: true where silent devices are to have points, whatever is asked for.
  func question(
    of source: KPISource, _ functions: [AggregateFunction], groupBy: [String], fillsSilence: Bool = false
  ) throws(QueryError) -> AggregatesQuery {
    var pairs = fillsSilence ? self.pairs.filter { $0.name != "fill" } + [("fill", "null")] : self.pairs
    pairs += source.filter.tags.map { ("tag.\($0.name)", $0.value) }
    pairs.append(("metric", source.metric))
    pairs.append(("fn", functions.map(\.rawValue).joined(separator: ",")))
    pairs.append(("group_by", groupBy.joined(separator: ",")))
    return try AggregatesQuery(QueryParameters(pairs), zone: base.zone, now: base.now)
  }

  func answer(_ snapshot: StoreSnapshot, _ scope: TagScope) throws -> KPIAnswer {
    var data = try KPIData(self, snapshot, scope)
    try data.requireNamedTags()
    let cells =
      switch kpi.formula {
      case .sum(let terms): try data.sums(terms)
      case .ratio(let part, let whole): try data.ratios(part, whole)
      case .devices(let condition, let devices): try data.shares(of: devices, where: condition)
      case .minutes(let limits): try data.minutes(within: limits)
      case .heard(let filter): try data.heard(filter)
      case .completeness(let filter): try data.completeness(filter)
      }
    return KPIAnswer(self, cells, keptFrom: data.keptFrom)
  }
}

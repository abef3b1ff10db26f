import Foundation
import Storage
import Telemetry

/// `GET /api/v1/aggregates` and `ganglion query aggregates`.
struct AggregatesQuery {
  static let parameters =
    [
      Parameter("metric", .names, "names of metrics, parted by commas", isNeeded: true, mayRepeat: true),
      Parameter(
        "window", .window(isStored: false), "the length of windows; others that divide a day too", standard: "1m"),
      Parameter("from", .time, "the windows from the one that holds it", standard: "an hour before 'to'"),
      Parameter("to", .time, "up to the one that holds the last moment before it", standard: "now"),
    ] + Parameter.devices + [
      Parameter.tags,
      Parameter("group_by", .names, "device, code, or names of tags, parted by commas", standard: "device"),
      Parameter(
        "fn", .word(of: AggregateFunction.allCases.map(\.rawValue), isList: true),
        "functions, parted by commas", standard: "those of the metric's kind"),
      Parameter(
        "fill", .word(of: ["none", "null"]), "null: windows in which a group said nothing have points too",
        standard: "none"),
      Parameter.format,
    ] + Parameter.page(of: "points", standard: 10_000)

  let metrics: [String]
  let grid: WindowGrid
  let zone: TimeZone
  let from: Timestamp
  let to: Timestamp
  let now: Timestamp
  let devices: DeviceChoice
  let tags: [(name: String, value: String)]
  let groupBy: [String]
  let functions: [AggregateFunction]
  /// Windows in which a group was expected and said nothing have points too.
  let fillsSilence: Bool
  /// Points of a page.
  let limit: Int
  /// The last point of the page before; nil for the first page.
  let after: AggregatesPage.Position?
  /// Points that all pages together may have.
  static let pointsInAll = 1_000_000

  /// What is read: whole windows, from the one that holds `from` to the one that holds the last moment before `to`.
  let span: Range<Int64>

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
    let from =
      try parameters.time("from", now: now, zone: zone) ?? max(to - .seconds(3600), Timestamp.accepted.lowerBound)
    guard from < to else { throw QueryError("'from' is not before 'to'") }
    let first = grid.window(of: from.seconds).lowerBound
    self.from = Timestamp(seconds: first)
    span = first..<grid.window(of: Timestamp(microseconds: to.microseconds - 1).seconds).upperBound
    self.grid = grid
    devices = DeviceChoice(parameters)
    tags = parameters.tagFilters
    let groupBy = parameters.words("group_by")
    self.groupBy = groupBy.isEmpty ? ["device"] : groupBy
    functions = try Self.functions(parameters.words("fn"))
    fillsSilence = try Self.fill(parameters.one("fill"))
    limit = try parameters.count("limit", in: 1...1_000_000) ?? 10_000
    let cursor = try parameters.cursor(keyCount: 4 + self.groupBy.count)
    after = try cursor.map { cursor throws(QueryError) in
      guard let position = AggregatesPage.Position(cursor) else { throw PageCursor.leadsNowhere }
      return position
    }
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

  func answer(_ snapshot: StoreSnapshot, _ scope: TagScope) throws -> AggregatesAnswer {
    let history = TagHistory(try snapshot.tags())
    let devices = try snapshot.devices().compactMap { scope.view(of: $0, history) }.filter(self.devices.includes)
    let wanted = Set(devices.map(\.id))
    let series = try snapshot.series(metrics: metrics).filter { wanted.contains($0.deviceID) }
    let profiles = try UnheardSeries(snapshot)
    let unheard = devices.flatMap { profiles.series(of: $0, metrics: metrics) }
    // What is refused may tell only of devices that the caller sees now.
    let seen = Set(devices.map(\.id).filter { scope.includes(history.current(of: $0)) })
    for metric in series + unheard where seen.contains(metric.deviceID) {
      if let function = functions.first(where: { !$0.kinds.contains(metric.kind) }) {
        throw QueryError(
          "fn=\(function.rawValue) is not for \(metric.metric), which is of the kind \(metric.kind.rawValue)")
      }
    }
    let asked = Set((series + unheard).map(\.deviceID))
    try requireTags(of: devices.filter { asked.contains($0.id) && seen.contains($0.id) }, in: history)
    return try AggregatesAnswer(
      self, sums(snapshot, series, unheard: unheard, devices, history, scope), stateNames: snapshot.stateNames())
  }

  /// What some series come to.
  ///
  /// - Parameter unheard: those of devices that have never spoken.
  func sums(
    _ snapshot: StoreSnapshot, _ series: [SeriesRecord], unheard: [SeriesRecord], _ devices: [DeviceRecord],
    _ history: TagHistory, _ scope: TagScope
  ) throws -> AggregateSums {
    let byNumber = devices.reduce(into: [:]) { $0[$1.id] = $1 }
    var sums = AggregateSums(self, heard: series, unheard: unheard, byNumber, history, scope)
    try sums.read(StoredWindows(snapshot, zone: zone))
    try sums.addExpectations()
    return sums
  }

  /// A misspelt tag would make one group of everything, or none of anything. Where no device has sent yet what is asked
  /// for, nobody knows its tags.
  private func requireTags(of devices: [DeviceRecord], in history: TagHistory) throws(QueryError) {
    guard !devices.isEmpty else { return }
    let plain = devices.contains { $0.listing?.code != nil } ? ["device", "code"] : ["device"]
    for name in groupBy.filter({ !plain.contains($0) }) + tags.map(\.name)
    where !devices.contains(where: { history.hasTag(name, of: $0.id) }) {
      let known = devices.reduce(into: Set(plain)) { $0.formUnion(history.current(of: $1.id).keys) }
      throw QueryError(
        "no device with \(metrics.joined(separator: ", ")) has a tag '\(name)'; expected one of \(known.sorted().joined(separator: ", "))"
      )
    }
  }

  /// What is asked of a metric.
  func functions(for kind: MetricKind) -> [AggregateFunction] {
    functions.isEmpty ? AggregateFunction.standard(for: kind) : functions.filter { $0.kinds.contains(kind) }
  }
}

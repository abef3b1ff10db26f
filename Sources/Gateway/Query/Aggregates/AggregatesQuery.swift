import Foundation
import Storage
import Telemetry

/// `GET /api/v1/aggregates` and `ganglion query aggregates`.
struct AggregatesQuery {
  static let parameters =
    [
      Parameter("metric", .names, "names of metrics, parted by commas", isNeeded: true, mayRepeat: true),
      Parameter(
        "window", .window(isStored: false), "the length of windows; others that divide a day or a year too",
        standard: "1m"),
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
      Parameter(
        "offset", .offset, "each point beside that of the window so much earlier, such as -7d or -1mo"),
      Parameter(
        "order", .order,
        "what groups come to over the span orders them: the least first, with '-' the most",
        standard: "metric and group"),
      Parameter(
        "top", .count(1...10_000),
        "only the first groups of each metric, by 'order', else the greatest"),
      Parameter.format, Parameter.language,
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
  /// With the windows of when each one is compared; nil for none.
  let offset: WindowOffset?
  /// By what groups are ordered, where not by their names.
  let ranking: GroupRanking?
  /// Points of a page.
  private(set) var limit: Int
  /// The last point of the page before; nil for the first page.
  let after: AggregatesPage.Position?
  /// Points that all pages together may have.
  static let pointsInAll = 1_000_000

  /// The answer is cut into pages, or is one that cannot be told in parts.
  let isPaged: Bool
  /// Its windows are some of those of another question, whose answer is told in parts.
  private(set) var isPart = false
  /// All of its windows have ended, and readings that are in time for them have come.
  var isClosed: Bool { Timestamp(seconds: span.upperBound + WindowState.secondsUntilClosed) <= now }

  /// What is read: whole windows, from the one that holds `from` to the one that holds the last moment before `to`.
  private(set) var span: Range<Int64>

  init(_ parameters: QueryParameters, zone: TimeZone, now: Timestamp) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
    metrics = parameters.words("metric")
    guard !metrics.isEmpty else {
      throw QueryError("'metric' is missing: name at least one, such as metric=weight_added")
    }
    let window = try parameters.one("window") ?? "1m"
    guard var grid = WindowGrid(window, zone: zone) else {
      throw QueryError("window='\(window)': expected \(WindowWord.expectation)")
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
    offset = try Self.offset(parameters.one("offset"), from: first, &grid)
    guard offset == nil || grid.count(in: span) <= Self.windowsCompared else {
      throw QueryError(
        "'offset' compares \(Self.windowsCompared) windows at most: narrow the span, or widen the window")
    }
    self.grid = grid
    devices = DeviceChoice(parameters)
    tags = parameters.tagFilters
    let groupBy = parameters.words("group_by")
    self.groupBy = groupBy.isEmpty ? ["device"] : groupBy
    functions = try Self.functions(parameters.words("fn"))
    fillsSilence = try Self.fill(parameters.one("fill"))
    let ranking = try GroupRanking(parameters, functions)
    self.ranking = ranking
    isPaged = ["limit", "cursor"].contains { !parameters.all($0).isEmpty } || ranking != nil
    limit = try parameters.count("limit", in: 1...1_000_000) ?? 10_000
    let cursor = try parameters.cursor(keyCount: 4 + self.groupBy.count)
    after = try cursor.map { cursor throws(QueryError) in
      guard ranking == nil, let position = AggregatesPage.Position(cursor) else { throw PageCursor.leadsNowhere }
      return position
    }
  }

  private static func offset(_ word: String?, from first: Int64, _ grid: inout WindowGrid) throws(QueryError)
    -> WindowOffset?
  {
    guard let word else { return nil }
    guard let offset = WindowOffset(word) else {
      throw QueryError("offset='\(word)' is no time before: expected such as -1h, -7d, -1w, -1mo, -1y")
    }
    guard first - offset.amount.seconds >= Timestamp.accepted.lowerBound.seconds else {
      throw QueryError("offset='\(word)' leads out of all years")
    }
    let earlier = grid.start(first, earlierBy: offset)
    guard grid.window(of: earlier).lowerBound == earlier else {
      throw QueryError("offset='\(word)' is no whole number of windows of \(grid.text)")
    }
    return offset
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
    let directory = try snapshot.directory()
    let history = directory.history
    let devices = directory.devices(self.devices).compactMap { scope.view(of: $0, history) }
      .filter(self.devices.includes)
    let wanted = Set(devices.map(\.id))
    let series = directory.series(metrics: metrics).filter { wanted.contains($0.deviceID) }
    let unheard = devices.flatMap { directory.unheard.series(of: $0, metrics: metrics) }
    // What is refused may tell only of devices that the caller sees now.
    let seen = Set(devices.map(\.id).filter { scope.includes(history.current(of: $0)) })
    for metric in series + unheard where seen.contains(metric.deviceID) {
      let functions = functions + (ranking?.function(for: metric.kind).map { [$0] } ?? [])
      if let function = functions.first(where: { !$0.kinds.contains(metric.kind) }) {
        throw QueryError(
          "\(function.rawValue) is not for \(metric.metric), which is of the kind \(metric.kind.rawValue)")
      }
    }
    let asked = Set((series + unheard).map(\.deviceID))
    try requireTags(of: devices.filter { asked.contains($0.id) && seen.contains($0.id) }, in: history)
    let former = try earlier().map { try $0.sums(snapshot, series, unheard: unheard, devices, history, scope) }
    return try AggregatesAnswer(
      self, sums(snapshot, series, unheard: unheard, devices, history, scope, beside: former), earlier: former,
      kinds: Set((series + unheard).map(\.kind)), stateNames: directory.stateNames)
  }

  /// The same question of the windows with which its own are compared; nil where they are with none.
  private func earlier() -> AggregatesQuery? {
    guard let offset else { return nil }
    var grid = grid
    var earlier = self
    // The last window as a whole: months differ in length.
    let last = grid.window(of: span.upperBound - 1).lowerBound
    let end = grid.window(of: grid.start(last, earlierBy: offset)).upperBound
    earlier.span = grid.start(span.lowerBound, earlierBy: offset)..<end
    return earlier
  }

  /// Points of a part, at most, unless there are more series.
  static let pointsAtOnce = 50_000
  /// Windows that `offset` compares at most.
  private static let windowsCompared = 100_000
  /// Windows of an answer that is told in parts.
  private static let windowsInParts = 1_000_000

  /// The same question of some of its windows, from one on: so many that nobody minds to hold what they come to.
  func part(from start: Int64, atOnce points: Int, _ snapshot: StoreSnapshot) throws -> AggregatesQuery {
    let directory = try snapshot.directory()
    let groups = max(1, directory.series(metrics: metrics).count)
    var part = self
    part.isPart = true
    part.limit = .max
    var grid = grid
    // There is nothing to be told before.
    let first =
      try [
        snapshot.firstWindowStart(), offset == nil ? nil : span.lowerBound,
        fillsSilence ? directory.devices.compactMap(\.expectedFrom?.seconds).min() : nil,
      ].compactMap { $0 }.min() ?? span.upperBound
    let start = max(start, grid.window(of: min(first, span.upperBound - 1)).lowerBound)
    guard grid.count(in: start..<span.upperBound) <= Self.windowsInParts else {
      throw QueryError("the answer has more than \(Self.windowsInParts) windows: narrow the span, or widen the window")
    }
    var end = start
    let windows = max(1, points / groups)
    for _ in 0..<windows where end < span.upperBound { end = grid.window(of: end).upperBound }
    part.span = start..<end
    return part
  }

  /// What some series come to.
  ///
  /// - Parameters:
  ///   - unheard: those of devices that have never spoken.
  ///   - earlier: what the windows came to with which these are compared: of each of them there is a point.
  func sums(
    _ snapshot: StoreSnapshot, _ series: [SeriesRecord], unheard: [SeriesRecord], _ devices: [DeviceRecord],
    _ history: TagHistory, _ scope: TagScope, beside earlier: AggregateSums? = nil
  ) throws -> AggregateSums {
    let byNumber = devices.reduce(into: [:]) { $0[$1.id] = $1 }
    var sums = AggregateSums(self, heard: series, unheard: unheard, byNumber, history, scope)
    try sums.read(StoredWindows(snapshot, zone: zone), snapshot.directory().closedGroups)
    if let earlier { try sums.addPoints(besideThoseOf: earlier) }
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

  /// What has to be known of a metric.
  func functionsRead(for kind: MetricKind) -> [AggregateFunction] {
    functions(for: kind) + (ranking?.function(for: kind).map { [$0] } ?? [])
  }

  /// What is asked of a metric.
  func functions(for kind: MetricKind) -> [AggregateFunction] {
    functions.isEmpty ? AggregateFunction.standard(for: kind) : functions.filter { $0.kinds.contains(kind) }
  }
}

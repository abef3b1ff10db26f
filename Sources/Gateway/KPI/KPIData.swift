import Storage
import Telemetry

/// What the store has for one question about a KPI: the terms' points, by the same aggregation as `aggregates`.
struct KPIData {
  /// A point, and the group that it is of.
  typealias Point = (group: SeriesGroups.Key, point: GroupPoint)

  let query: KPIQuery
  let snapshot: StoreSnapshot
  let scope: TagScope
  let history: TagHistory
  private let directory: Directory
  /// Those that the caller sees, and has asked for.
  let devices: [DeviceRecord]
  let stateNames: [Int64: String]
  private let profiles: UnheardSeries
  /// Windows that start before it have been let go, in seconds since 1970.
  var keptFrom = Int64.min

  init(_ query: KPIQuery, _ snapshot: StoreSnapshot, _ scope: TagScope) throws {
    self.query = query
    self.snapshot = snapshot
    self.scope = scope
    let directory = try snapshot.directory()
    self.directory = directory
    let history = directory.history
    self.history = history
    devices = directory.devices(query.base.devices).compactMap { scope.view(of: $0, history) }
      .filter(query.base.devices.includes)
    stateNames = directory.stateNames
    profiles = directory.unheard
  }

  /// The devices of a filter's profiles; its tags are looked at window by window.
  func devices(_ filter: KPIFilter) -> [DeviceRecord] { devices.filter { filter.includes(profile: $0.profile) } }

  /// The series of some devices: those that have windows, and those that are to come of devices that never spoke.
  ///
  /// - Parameter metrics: nil for all.
  func series(
    of devices: [DeviceRecord], metrics: [String]?
  ) throws -> (heard: [SeriesRecord], unheard: [SeriesRecord]) {
    let wanted = Set(devices.map(\.id))
    return (
      (metrics.map(directory.series(metrics:)) ?? directory.series).filter { wanted.contains($0.deviceID) },
      devices.flatMap { profiles.series(of: $0, metrics: metrics) }
    )
  }

  /// The points of a metric, by groups of which each has one kind and unit of it.
  ///
  /// - Parameter functions: what will be asked of them.
  mutating func points(
    of source: KPISource, _ functions: [AggregateFunction], groupBy: [String]? = nil
  ) throws -> [Point] {
    let question = try query.question(of: source, functions, groupBy: groupBy ?? query.base.groupBy)
    let devices = devices(source.filter)
    return try points(question, series(of: devices, metrics: [source.metric]), devices)
  }

  /// The points of some series of one metric.
  ///
  /// - Parameter devices: theirs, and maybe others.
  mutating func points(
    _ question: AggregatesQuery, _ series: (heard: [SeriesRecord], unheard: [SeriesRecord]), _ devices: [DeviceRecord]
  ) throws -> [Point] {
    let sums = try question.sums(snapshot, series.heard, unheard: series.unheard, devices, history, scope)
    keptFrom = max(keptFrom, sums.keptFrom)
    return sums.table.points.map { (sums.groups.keys[$0.group], $0) }
  }

  /// The names by which devices are told apart within the KPI's groups, and where the device stands among them.
  var byDevice: (groupBy: [String], place: Int) {
    let groupBy = query.base.groupBy
    if let place = groupBy.firstIndex(of: "device") { return (groupBy, place) }
    return (groupBy + ["device"], groupBy.count)
  }

  /// A misspelt tag would make one group of everything, or none of anything. Where the caller sees no device of the KPI,
  /// nobody knows their tags.
  ///
  /// - Throws: `QueryError`.
  func requireNamedTags() throws {
    guard !query.namedTags.isEmpty else { return }
    let filters = query.kpi.formula.filters
    let metrics = Set(query.kpi.formula.measures.map(\.source.metric)).sorted()
    let series = try series(of: devices, metrics: metrics.isEmpty ? nil : metrics)
    let measuring = Set((series.heard + series.unheard).map(\.deviceID))
    let seen = devices.filter { device in
      (measuring.contains(device.id) || metrics.isEmpty && device.listing != nil)
        && filters.contains { $0.includes(profile: device.profile) }
        && scope.includes(history.current(of: device.id))
    }
    guard !seen.isEmpty else { return }
    for name in query.namedTags where !seen.contains(where: { history.hasTag(name, of: $0.id) }) {
      let plain = seen.contains { $0.listing?.code != nil } ? ["device", "code"] : ["device"]
      let known = seen.reduce(into: Set(plain)) { $0.formUnion(history.current(of: $1.id).keys) }
      let words = known.sorted().joined(separator: ", ")
      throw QueryError("no device of the KPI \(query.kpi.name) has a tag '\(name)'; expected one of \(words)")
    }
  }
}

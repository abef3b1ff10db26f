import Telemetry

/// `heard_share` and `completeness`: which devices were heard, and how much of what they were to send.
///
/// Not every metric stands in every message, so that in each window a device counts by the metric that it sent most of.
extension KPIData {
  mutating func completeness(_ filter: KPIFilter) throws -> KPICells {
    var cells = try reception(filter).cells
    for (key, cell) in cells.all where cell.expected > 0 {
      try cells.change(key.values, cell.window) { $0.add(part: cell.received, whole: cell.expected) }
    }
    return cells
  }

  mutating func heard(_ filter: KPIFilter) throws -> KPICells {
    let (received, heard) = try reception(filter)
    var cells = received
    let listed = try listedDevices(filter)
    for (key, names) in listed.names {
      let part = names.intersection(heard[key] ?? []).count
      try cells.change(key.values, listed.windows[key]!) { $0.add(part: Double(part), whole: Double(names.count)) }
    }
    return cells
  }

  /// What came and was to come by group and window, and the names of the devices that sent something.
  private mutating func reception(
    _ filter: KPIFilter
  ) throws -> (cells: KPICells, heard: [KPICells.Key: Set<String>]) {
    let names = byDevice
    let devices = devices(filter)
    let byNumber = devices.reduce(into: [:]) { $0[$1.id] = $1 }
    let series = try series(of: devices, metrics: nil)
    let heardSeries = Dictionary(grouping: series.heard, by: \.metric)
    let unheardSeries = Dictionary(grouping: series.unheard, by: \.metric)
    var best: [KPICells.Key: GroupPoint] = [:]
    for metric in Set(heardSeries.keys).union(unheardSeries.keys).sorted() {
      let measuring = (heard: heardSeries[metric] ?? [], unheard: unheardSeries[metric] ?? [])
      // Devices that said nothing are counted too, so they need points of their own.
      let question = try query.question(
        of: KPISource(metric: metric, filter: filter), [.count], groupBy: names.groupBy, fillsSilence: true)
      let owners = Set((measuring.heard + measuring.unheard).map(\.deviceID)).compactMap { byNumber[$0] }
      for (group, point) in try points(question, measuring, owners) {
        let key = KPICells.Key(values: group.values, start: point.window.lowerBound)
        guard best[key].map({ $0.sent < point.sent }) ?? true else { continue }
        guard best[key] != nil || best.count < AggregatesQuery.pointsInAll else { throw KPICells.tooMany }
        best[key] = point
      }
    }
    var heard: [KPICells.Key: Set<String>] = [:]
    for (key, point) in best where point.sent.readings > 0 {
      let cell = KPICells.Key(values: Array(key.values.prefix(query.base.groupBy.count)), start: key.start)
      if let name = key.values[names.place] { heard[cell, default: []].insert(name) }
    }
    var cells = KPICells()
    // In an order of their own, so that sums come out the same each time.
    for (key, point) in best.sorted(by: { $0.key < $1.key }) {
      let values = Array(key.values.prefix(query.base.groupBy.count))
      guard query.base.fillsSilence || heard[KPICells.Key(values: values, start: key.start)] != nil else { continue }
      try cells.change(values, point.window) { $0.count(point) }
    }
    return (cells, heard)
  }
}

extension GroupPoint {
  /// Of two metrics of a device the greater was sent more often, or was to be.
  fileprivate var sent: (readings: Int64, expected: Double) {
    (aggregate.count + aggregate.badCount, expected)
  }
}

import Storage
import Telemetry

/// The devices that the registry lists, by group and window: in each under the tags that it has there, as in aggregates.
struct ListedDevices {
  fileprivate(set) var names: [KPICells.Key: Set<String>] = [:]
  fileprivate(set) var windows: [KPICells.Key: Range<Int64>] = [:]
}

extension KPIData {
  /// The listed devices of a filter; those of a window that was let go, or that is still to come, are not told.
  mutating func listedDevices(_ filter: KPIFilter) throws -> ListedDevices {
    let question = try query.question(
      of: KPISource(metric: "any", filter: filter), [.count], groupBy: query.base.groupBy)
    let devices = devices(filter)
    var grid = question.grid
    var groups = SeriesGroups(
      groupBy: question.groupBy, filter: question.tags, scope: scope,
      devices: devices.reduce(into: [:]) { $0[$1.id] = $1 }, history: history, seriesCount: devices.count)
    keptFrom = max(keptFrom, try StoredWindows(snapshot, zone: question.zone).keptFrom(grid.level))
    let first = max(question.span.lowerBound, keptFrom)
    let end = min(question.span.upperBound, question.now.seconds)
    var listed = ListedDevices()
    var count = 0
    for (place, device) in devices.enumerated() {
      guard let span = device.listing?.span else { continue }
      // A device is listed with all that it measures.
      let series = SeriesRecord(
        id: SeriesID(rawValue: 0), deviceID: device.id, metric: "", kind: .gauge, unit: "", interval: nil)
      let (from, to) = (max(first, span.lowerBound), min(end, span.upperBound))
      for piece in groups.spans(of: series, place: place, from: from, to: to, grid: &grid) {
        let values = groups.keys[piece.group].values
        var windows = grid
        try windows.forEachWindow(in: piece.span) { start, _ in
          let key = KPICells.Key(values: values, start: start)
          if listed.windows[key] == nil { listed.windows[key] = grid.window(of: start) }
          guard listed.names[key, default: []].insert(device.name).inserted else { return }
          count += 1
          guard count <= AggregatesQuery.pointsInAll else { throw KPICells.tooMany }
        }
      }
    }
    return listed
  }
}

extension DeviceListing {
  /// The seconds since 1970 in which it is listed, from the minute on in which it came into force.
  fileprivate var span: Range<Int64>? {
    let from = WindowLength.minute.start(of: listedAt)
    if isListed && expectedUntil == nil { return from..<Int64.max }
    guard let until = expectedUntil else { return nil }
    let end = WindowLength.minute.start(of: until)
    return from..<max(from, end)
  }
}

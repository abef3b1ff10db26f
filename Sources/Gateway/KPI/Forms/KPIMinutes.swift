import Storage
import Telemetry

/// `minute_share`: minutes in which all readings of a device lie within limits ÷ minutes in which it has any.
extension KPIData {
  mutating func minutes(within limits: KPILimits) throws -> KPICells {
    var cells = KPICells()
    for (group, point) in try points(of: limits.source, [.count]) {
      try cells.change(group.values, point.window) { $0.count(point) }
    }
    let question = try query.question(of: limits.source, [.count], groupBy: query.base.groupBy)
    let devices = devices(limits.source.filter)
    let series = try series(of: devices, metrics: [limits.source.metric]).heard.filter {
      $0.unit == limits.unit && AggregateFunction.min.kinds.contains($0.kind)
    }
    var groups = SeriesGroups(
      groupBy: question.groupBy, filter: question.tags, scope: scope,
      devices: devices.reduce(into: [:]) { $0[$1.id] = $1 }, history: history, seriesCount: series.count)
    var grid = question.grid
    let windows = try StoredWindows(snapshot, zone: question.zone)
    keptFrom = max(keptFrom, windows.keptFrom(.minute))
    let choice = windows.choice(series, sketch: false)
    for piece in try windows.pieces(.minute, in: question.span, of: choice) {
      try windows.read(piece, of: choice) { key, state, _, place in
        guard state.aggregate.count > 0,
          let group = groups.group(of: series[place], place: place, at: grid.levelStart(of: key.start))
        else { return }
        let isInside = limits.range.contains(state.aggregate.min) && limits.range.contains(state.aggregate.max)
        try cells.change(groups.keys[group].values, grid.window(of: key.start)) { cell in
          cell.add(part: isInside ? 1 : 0, whole: 1)
        }
      }
    }
    return cells
  }
}

import Telemetry

/// `sum`, `ratio` and `time_share`: terms added up, and divided.
extension KPIData {
  mutating func sums(_ terms: [KPITerm]) throws -> KPICells {
    var cells = KPICells()
    let points = try points(of: terms, &cells)
    for term in terms {
      try add(term, points, to: &cells) { cell, value in cell.part = (cell.part ?? 0) + value }
    }
    return cells
  }

  mutating func ratios(_ part: [KPITerm], _ whole: [KPITerm]) throws -> KPICells {
    var cells = KPICells()
    let points = try points(of: part + whole, &cells)
    for term in part {
      try add(term, points, to: &cells) { cell, value in cell.part = (cell.part ?? 0) + value }
    }
    for term in whole {
      try add(term, points, to: &cells) { cell, value in cell.whole = (cell.whole ?? 0) + value }
    }
    return cells
  }

  /// The points of all that terms measure, each source read once, and counted once in the cells' completeness.
  private mutating func points(of terms: [KPITerm], _ cells: inout KPICells) throws -> [KPISource: [Point]] {
    var points: [KPISource: [Point]] = [:]
    // In their order, so that sums come out the same each time.
    for source in terms.map(\.measure.source) where points[source] == nil {
      let functions = Set(terms.map(\.measure).filter { $0.source == source }.map(\.function))
      let found = try self.points(of: source, functions.sorted { $0.rawValue < $1.rawValue })
      for (group, point) in found { try cells.change(group.values, point.window) { $0.count(point) } }
      points[source] = found
    }
    return points
  }

  /// Adds what is known of a term to the cells.
  private func add(
    _ term: KPITerm, _ points: [KPISource: [Point]], to cells: inout KPICells, _ body: (inout KPICell, Double) -> Void
  ) throws {
    for (key, point) in folded(points[term.measure.source] ?? [], term.measure) {
      guard let value = number(term.measure, of: point) else { continue }
      try cells.change(key.values, point.window) { body(&$0, value * term.times) }
    }
  }

  /// The points that a measure can be asked of, one for each group and window: those of several kinds are added up.
  func folded(_ points: [Point], _ measure: KPIMeasure) -> [KPICells.Key: GroupPoint] {
    points.reduce(into: [:]) { folded, entry in
      let (group, point) = entry
      guard measure.function.kinds.contains(group.kind),
        group.kind == .state || measure.unit.map({ $0 == group.unit }) ?? true
      else { return }
      let key = KPICells.Key(values: group.values, start: point.window.lowerBound)
      if folded[key] == nil { folded[key] = point } else { folded[key]?.add(point) }
    }
  }

  /// What a measure says of a point; nil where nothing is known, or it is no number.
  private func number(_ measure: KPIMeasure, of point: GroupPoint) -> Double? {
    if measure.function == .seconds { return seconds(in: measure.states, of: point) }
    return switch value(measure, of: point, isState: false) {
    case .number(let number): number
    case .integer(let number): Double(number)
    default: nil
    }
  }

  /// - Parameter isState: numbers stand for states.
  func value(_ measure: KPIMeasure, of point: GroupPoint, isState: Bool) -> AnswerValue {
    if measure.function == .seconds { return AnswerValue(seconds(in: measure.states, of: point)) }
    let passed = min(point.window.upperBound, query.base.now.seconds) - point.window.lowerBound
    return measure.function.value(
      of: point, seconds: passed, stateName: { isState ? stateNames[Int64($0)] ?? "?" : nil })
  }

  /// The seconds in some states, nil for any; nil where no state lasted as far as anybody knows.
  private func seconds(in states: [String]?, of point: GroupPoint) -> Double? {
    let entries = point.aggregate.course.states.entries
    guard !entries.isEmpty else { return nil }
    let wanted = entries.filter { entry in
      states.map { $0.contains(stateNames[Int64(entry.state)] ?? "?") } ?? true
    }
    return Double(wanted.reduce(0) { $0 + $1.microseconds }) / 1e6
  }
}

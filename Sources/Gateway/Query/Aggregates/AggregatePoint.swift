import Foundation
import Telemetry

/// A point of an answer: its fields, in the order of their names.
struct AggregatePoint: JSONWritable {
  /// Of its window, in seconds since 1970.
  let start: Int64
  let fields: [(name: String, value: AnswerValue)]

  /// A field; of the window that it is compared with, behind `offset.`. Nil where it has none of that name.
  subscript(name: String) -> AnswerValue? {
    if let field = fields.first(where: { $0.name == name }) { return field.value }
    guard name.hasPrefix("offset."), case .object(let former)? = self["offset"] else { return nil }
    return former[String(name.dropFirst("offset.".count))]
  }

  func write(to text: inout JSONText) {
    text.object { text in for (name, value) in fields { text.field(name, value) } }
  }
}

/// Makes the points of an answer of what their windows came to.
struct PointWriter {
  private let query: AggregatesQuery
  private let stateNames: [Int64: String]
  private var grid: WindowGrid
  private var clock: ZoneClock
  /// By group and start: the points of the windows with which those of the question are compared.
  private let earlier: [SeriesGroups.Key: [Int64: GroupPoint]]

  init(_ query: AggregatesQuery, earlier: AggregateSums?, stateNames: [Int64: String]) {
    self.query = query
    self.stateNames = stateNames
    grid = query.grid
    clock = ZoneClock(query.zone)
    self.earlier =
      earlier.map { sums in
        sums.table.points.reduce(into: [:]) {
          $0[sums.groups.keys[$1.group], default: [:]][$1.window.lowerBound] = $1
        }
      } ?? [:]
  }

  /// What a point can tell, but for the one that it is compared with.
  private enum Field {
    case start, completeness, isOpen, isInexact, revision
    case function(AggregateFunction)

    var name: String {
      switch self {
      case .start: "start"
      case .completeness: "completeness"
      case .isOpen: "open"
      case .isInexact: "inexact"
      case .revision: "revision"
      case .function(let function): function.rawValue
      }
    }
  }

  /// - Parameter points: of one group.
  mutating func points(_ points: [GroupPoint], of group: SeriesGroups.Key) -> [AggregatePoint] {
    let figures = [Field.start, .completeness] + query.functions(for: group.kind).map(Field.function)
    let former = figures.map { (name: $0.name, field: Optional($0)) }
    // In the order of their names, which is found once for all points; nil for the point that they are compared with.
    let all =
      (former + [Field.isOpen, .isInexact, .revision].map { ($0.name, $0) } + [("offset", nil)])
      .sorted { $0.name.precedes($1.name) }
    let earlier = earlier[group] ?? [:]
    return points.map { point in
      var told: [(name: String, value: AnswerValue)] = []
      told.reserveCapacity(all.count)
      for (name, field) in all {
        let value =
          field.map { self.value($0, of: point, group.kind) } ?? comparison(point, earlier, former, group.kind)
        if let value { told.append((name, value)) }
      }
      return AggregatePoint(start: point.window.lowerBound, fields: told)
    }
  }

  /// The point with which one is compared; nil where none is asked for.
  private mutating func comparison(
    _ point: GroupPoint, _ earlier: [Int64: GroupPoint], _ fields: [(name: String, field: Field?)], _ kind: MetricKind
  ) -> AnswerValue? {
    guard let offset = query.offset else { return nil }
    let window = grid.window(of: grid.start(point.window.lowerBound, earlierBy: offset))
    let former = earlier[window.lowerBound] ?? GroupPoint(group: point.group, window: window)
    var told: [String: AnswerValue] = [:]
    for (name, field) in fields { told[name] = field.flatMap { value($0, of: former, kind) } }
    return .object(told)
  }

  /// Nil where a point does not tell it.
  private mutating func value(_ field: Field, of point: GroupPoint, _ kind: MetricKind) -> AnswerValue? {
    let window = point.window
    switch field {
    case .start: return .text(clock.text(window.lowerBound))
    case .completeness: return AnswerValue(point.completeness)
    case .function(let function):
      let passed = min(window.upperBound, query.now.seconds) - window.lowerBound
      return function.value(of: point, seconds: passed) { [stateNames] in
        kind == .state ? stateNames[Int64($0)] ?? "?" : nil
      }
    case .isOpen:
      return query.now < Timestamp(seconds: window.upperBound + WindowState.secondsUntilClosed) ? true : nil
    case .isInexact: return isInexact(point, kind) ? true : nil
    case .revision:
      return query.groupBy.contains("device") && point.onlySeries != nil ? .integer(point.revision) : nil
    }
  }

  private func isInexact(_ point: GroupPoint, _ kind: MetricKind) -> Bool {
    if point.aggregate.isInexact { return true }
    // A sketch that some readings came before, or some devices have not, is of the others.
    guard let sketch = point.aggregate.sketch, sketch.count != point.aggregate.count else { return false }
    return query.functions(for: kind).contains(where: \.needsSketch)
  }
}

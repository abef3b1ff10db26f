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

  /// - Parameter points: of one group.
  mutating func points(_ points: [GroupPoint], of group: SeriesGroups.Key) -> [AggregatePoint] {
    let functions = query.functions(for: group.kind).map { (name: $0.rawValue, function: $0) }
      .sorted { $0.name.precedes($1.name) }
    let earlier = earlier[group] ?? [:]
    let hasRevision = query.groupBy.contains("device")
    return points.map { point in
      var fields: [(name: String, value: AnswerValue)] = []
      fields.reserveCapacity(functions.count + 6)
      fields += values(of: point, functions, group.kind)
      if query.now < Timestamp(seconds: point.window.upperBound + WindowState.secondsUntilClosed) {
        fields.append(("open", true))
      }
      // A sketch that some readings came before, or some devices have not, is of the others.
      let isPart = point.aggregate.sketch.map { $0.count != point.aggregate.count } ?? false
      if point.aggregate.isInexact || isPart && functions.contains(where: \.function.needsSketch) {
        fields.append(("inexact", true))
      }
      if hasRevision, point.onlySeries != nil { fields.append(("revision", .integer(point.revision))) }
      if let offset = query.offset {
        let window = grid.window(of: grid.start(point.window.lowerBound, earlierBy: offset))
        let former = earlier[window.lowerBound] ?? GroupPoint(group: point.group, window: window)
        fields.append(("offset", .object(Dictionary(values(of: former, functions, group.kind)) { $1 })))
      }
      fields.sort { $0.name.precedes($1.name) }
      return AggregatePoint(start: point.window.lowerBound, fields: fields)
    }
  }

  /// What is told of the point of a question, and of one that it is compared with.
  private mutating func values(
    of point: GroupPoint, _ functions: [(name: String, function: AggregateFunction)], _ kind: MetricKind
  ) -> [(String, AnswerValue)] {
    let window = point.window
    let passed = min(window.upperBound, query.now.seconds) - window.lowerBound
    let names = stateNames
    return [("start", .text(clock.text(window.lowerBound))), ("completeness", AnswerValue(point.completeness))]
      + functions.map { name, function in
        (
          name,
          function.value(of: point, seconds: passed) { kind == .state ? names[Int64($0)] ?? "?" : nil }
        )
      }
  }
}

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

  /// What a point can tell.
  private enum Field {
    case start, completeness, isOpen, isInexact, revision, offset
    case function(AggregateFunction)

    var name: String {
      switch self {
      case .start: "start"
      case .completeness: "completeness"
      case .isOpen: "open"
      case .isInexact: "inexact"
      case .revision: "revision"
      case .offset: "offset"
      case .function(let function): function.rawValue
      }
    }

    /// In the order of their names, which is found once for all points.
    static func inOrder(_ fields: [Field]) -> [(name: String, field: Field)] {
      fields.map { ($0.name, $0) }.sorted { $0.0.precedes($1.0) }
    }
  }

  /// - Parameter points: of one group.
  mutating func points(_ points: [GroupPoint], of group: SeriesGroups.Key) -> [AggregatePoint] {
    let values = [Field.start, .completeness] + query.functions(for: group.kind).map(Field.function)
    let former = Field.inOrder(values)
    let fields = Field.inOrder(values + [.isOpen, .isInexact, .revision, .offset])
    let earlier = earlier[group] ?? [:]
    return points.map { point in
      var told: [(name: String, value: AnswerValue)] = []
      told.reserveCapacity(fields.count)
      for (name, field) in fields {
        if case .offset = field {
          guard let offset = query.offset else { continue }
          let window = grid.window(of: grid.start(point.window.lowerBound, earlierBy: offset))
          let point = earlier[window.lowerBound] ?? GroupPoint(group: point.group, window: window)
          let pairs = former.compactMap { name, field in value(field, of: point, group.kind).map { (name, $0) } }
          told.append((name, .object(Dictionary(pairs) { $1 })))
        } else if let value = value(field, of: point, group.kind) {
          told.append((name, value))
        }
      }
      return AggregatePoint(start: point.window.lowerBound, fields: told)
    }
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
    case .offset: return nil
    }
  }

  private func isInexact(_ point: GroupPoint, _ kind: MetricKind) -> Bool {
    if point.aggregate.isInexact { return true }
    // A sketch that some readings came before, or some devices have not, is of the others.
    guard let sketch = point.aggregate.sketch, sketch.count != point.aggregate.count else { return false }
    return query.functions(for: kind).contains(where: \.needsSketch)
  }
}

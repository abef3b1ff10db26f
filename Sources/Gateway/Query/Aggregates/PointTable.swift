import Storage
import Telemetry

/// What one group has in one window.
struct GroupPoint {
  let group: Int
  /// Seconds since 1970.
  let window: Range<Int64>
  var aggregate = Aggregate()
  var revision: Int64 = 0
  /// Readings that were to come.
  var expected = 0.0
  /// Some of it is known: a good reading, or what lasts between two.
  private(set) var isKnown = false
  /// The only series in it; nil for none or several.
  private(set) var onlySeries: SeriesID?
  private var hasSeveralSeries = false

  init(group: Int, window: Range<Int64>) {
    self.group = group
    self.window = window
  }

  /// A point of several windows is as often revised as all of them together.
  mutating func take(_ state: WindowState, _ id: SeriesID, expected: Double) {
    aggregate.addUp(state.aggregate)
    isKnown = isKnown || state.aggregate.count > 0
    revision += state.revision
    hasSeveralSeries = hasSeveralSeries || onlySeries != nil && onlySeries != id
    onlySeries = hasSeveralSeries ? nil : id
    self.expected += expected
  }

  /// What happened between two readings.
  mutating func take(_ course: Course) {
    aggregate.course.add(course)
    isKnown = true
  }

  /// Takes in a point of the same group that is of other series, or of another window.
  mutating func add(_ other: GroupPoint) {
    aggregate.addUp(other.aggregate)
    expected += other.expected
    isKnown = isKnown || other.isKnown
    (onlySeries, hasSeveralSeries) = (nil, true)
  }

  /// Readings that came, good and bad, in proportion to those that were to come; nil where nobody knows.
  var completeness: Double? {
    expected > 0 ? Double(aggregate.count + aggregate.badCount) / expected : nil
  }
}

/// The points of an answer, by group and window.
struct PointTable {
  private(set) var points: [GroupPoint] = []
  private var grid: WindowGrid
  private var indices: [Key: Int] = [:]
  /// Rows come in the order of time, so nearly all of them belong to the window of the row before: its points by group.
  private var window: Range<Int64> = 0..<0
  private var inWindow: [Int] = []
  private let limit: Int

  private struct Key: Hashable {
    let group: Int
    let start: Int64
  }

  /// - Parameter limit: points that it may have.
  init(_ grid: WindowGrid, limit: Int) {
    self.grid = grid
    self.limit = limit
  }

  /// The window that holds a second.
  mutating func window(of second: Int64) -> Range<Int64> {
    window.contains(second) ? window : grid.window(of: second)
  }

  /// The index of the point of a group in the window that holds a second; made where it is new.
  mutating func index(group: Int, at second: Int64) throws(QueryError) -> Int {
    if !window.contains(second) {
      window = grid.window(of: second)
      inWindow.removeAll(keepingCapacity: true)
    }
    if group < inWindow.count, inWindow[group] >= 0 { return inWindow[group] }
    if group >= inWindow.count { inWindow.append(contentsOf: repeatElement(-1, count: group + 1 - inWindow.count)) }
    let key = Key(group: group, start: window.lowerBound)
    let index = indices[key] ?? points.count
    if index == points.count {
      guard points.count < limit else {
        throw QueryError(
          "the answer has more than \(limit) points: narrow the span, or widen the window")
      }
      points.append(GroupPoint(group: group, window: window))
      indices[key] = index
    }
    inWindow[group] = index
    return index
  }

  subscript(index: Int) -> GroupPoint {
    _read { yield points[index] }
    _modify { yield &points[index] }
  }
}

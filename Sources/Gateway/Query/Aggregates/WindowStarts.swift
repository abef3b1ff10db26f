/// The windows that an answer has points for, by group: a span of years costs no more than the points that lie in it.
struct WindowStarts {
  private var grid: WindowGrid
  private let starts: [Int: [Int64]]

  init(_ points: [GroupPoint], of grid: WindowGrid) {
    self.grid = grid
    starts = Dictionary(grouping: points, by: \.group).mapValues { $0.map(\.window.lowerBound).sorted() }
  }

  /// The windows of a group that share seconds with a span, and how many.
  mutating func windows(in span: Range<Int64>, of group: Int) -> [(start: Int64, seconds: Int64)] {
    guard let starts = starts[group] else { return [] }
    let first = grid.window(of: span.lowerBound).lowerBound
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] < first { low = middle + 1 } else { high = middle }
    }
    return starts[low...].prefix { $0 < span.upperBound }.map { ($0, grid.seconds(of: span, inWindow: $0)) }
  }
}

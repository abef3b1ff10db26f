import Telemetry

/// The points of one page: those behind the cursor, group by group and window by window, as many as it may have.
struct AggregatesPage {
  /// A point of an answer.
  struct Position {
    let group: SeriesGroups.Key
    /// Of its window, in seconds since 1970.
    let start: Int64

    /// Nil for a key that is none of an answer's.
    init?(_ cursor: PageCursor) {
      guard let start = cursor.key.last.flatMap({ $0 }).flatMap({ Int64($0) }),
        let group = SeriesGroups.Key(cursorKey: cursor.key.dropLast())
      else { return nil }
      self.group = group
      self.start = start
    }
  }

  private let after: Position?
  private let now: Timestamp
  private var room: Int
  private var last: [String?] = []
  /// Where the next page begins; nil where nothing is left.
  private(set) var next: PageCursor?

  init(_ query: AggregatesQuery) {
    after = query.after
    now = query.now
    room = query.limit
  }

  /// - Parameters:
  ///   - points: all of a group, in the order of time.
  ///   - group: greater than those before.
  mutating func take(_ points: [GroupPoint], of group: SeriesGroups.Key) -> [GroupPoint] {
    var taken: [GroupPoint] = []
    for point in points where isBehindCursor(point, group) {
      if room == 0 {
        if next == nil { next = PageCursor(now, key: last) }
        break
      }
      room -= 1
      last = group.cursorKey + ["\(point.window.lowerBound)"]
      taken.append(point)
    }
    return taken
  }

  /// An order that changes with every reading has no place from which a next page could go on.
  ///
  /// - Throws: `QueryError` where the points do not fit into one page.
  func requireRoom(for points: Int) throws(QueryError) {
    guard points <= room else {
      throw QueryError(
        """
        the answer has \(points) points, and one that is ordered by a value has one page of 'limit', \(room): raise it, \
        or lower 'top'
        """)
    }
  }

  private func isBehindCursor(_ point: GroupPoint, _ group: SeriesGroups.Key) -> Bool {
    guard let after else { return true }
    return after.group == group ? point.window.lowerBound > after.start : after.group < group
  }
}

extension SeriesGroups.Key: Comparable {
  /// The order of answers.
  static func < (left: SeriesGroups.Key, right: SeriesGroups.Key) -> Bool {
    if left.metric != right.metric { return left.metric < right.metric }
    for (a, b) in zip(left.values, right.values) where a != b { return (a ?? "") < (b ?? "") }
    return (left.unit, left.kind.rawValue) < (right.unit, right.kind.rawValue)
  }

  fileprivate var cursorKey: [String?] { [metric, kind.rawValue, unit] + values }

  /// Nil for a key of another form.
  fileprivate init?(cursorKey: ArraySlice<String?>) {
    let key = Array(cursorKey)
    guard key.count >= 3, let metric = key[0], let kind = key[1].flatMap({ MetricKind(rawValue: $0) }),
      let unit = key[2]
    else { return nil }
    self.init(metric: metric, kind: kind, unit: unit, values: Array(key[3...]))
  }
}

import Telemetry

/// What a KPI comes to in one group and window.
struct KPICell {
  /// Seconds since 1970.
  let window: Range<Int64>
  /// What is added up, or divided; nil where nothing is known.
  var part: Double?
  /// What it is divided by; nil where nothing is known, and for sums.
  var whole: Double?
  /// Readings that came, and that were to come, of all that the KPI rests on.
  var received = 0.0
  var expected = 0.0
  /// Some of it is known only about.
  var isInexact = false

  init(window: Range<Int64>) {
    self.window = window
  }

  /// Nil where nobody knows how many readings were to come.
  var completeness: Double? { expected > 0 ? received / expected : nil }

  /// Counts what came and what was to come; adds nothing to the figure.
  mutating func count(_ point: GroupPoint) {
    received += Double(point.aggregate.count + point.aggregate.badCount)
    expected += point.expected
    isInexact = isInexact || point.aggregate.isInexact
  }
}

/// The points of a KPI, by group and window.
struct KPICells {
  struct Key: Hashable, Comparable {
    /// In the order of `group_by`; nil for a tag that is missing.
    let values: [String?]
    /// Of the window, in seconds since 1970.
    let start: Int64

    /// The order of answers: that of `aggregates`.
    static func < (left: Key, right: Key) -> Bool {
      for (a, b) in zip(left.values, right.values) where a != b { return (a ?? "") < (b ?? "") }
      return left.start < right.start
    }
  }

  private(set) var all: [Key: KPICell] = [:]

  /// Changes the cell of a group in a window, which is made where it is new.
  ///
  /// - Throws: `QueryError` where there would be more than an answer may have.
  mutating func change(
    _ values: [String?], _ window: Range<Int64>, _ body: (inout KPICell) -> Void
  ) throws(QueryError) {
    let key = Key(values: values, start: window.lowerBound)
    if all[key] == nil {
      guard all.count < AggregatesQuery.pointsInAll else { throw KPICells.tooMany }
      all[key] = KPICell(window: window)
    }
    body(&all[key]!)
  }

  static let tooMany = QueryError(
    "the answer rests on more than \(AggregatesQuery.pointsInAll) points: narrow the span, or widen the window")
}

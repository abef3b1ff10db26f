import Storage
import Telemetry

/// Adds up the stored windows of a question, group by group and window by window.
///
/// Invariants
/// - The windows of one series are joined in the order of time: between the last reading of one and the first of the
///   next lies a step, and each window of the question gets its part of it. Series are added, never joined.
/// - A stored window counts under the tags at its start; so does what of a step lies in a window of the question.
struct AggregateSums {
  private(set) var groups: SeriesGroups
  private(set) var table: PointTable
  /// Windows that start before it have been let go, in seconds since 1970: nobody knows what was expected in them.
  private(set) var keptFrom = Int64.min
  private let query: AggregatesQuery
  private let series: [SeriesRecord]
  /// How many of them have windows, those in front; the others are of devices that have never spoken.
  private let heard: Int
  private let rules: [SeriesRule]
  private let expectation: Expectation
  private var grid: WindowGrid
  /// By series: whether anything is asked of what happened between readings.
  private let needsCourse: [Bool]
  /// By series: its last reading so far.
  private var last: [TimedValue?]
  /// By group: what the windows of one start come to, while they are read to be remembered.
  private var collected: [Int: GroupPoint]?
  private let scope: TagScope

  init(
    _ query: AggregatesQuery, heard: [SeriesRecord], unheard: [SeriesRecord], _ devices: [Int64: DeviceRecord],
    _ history: TagHistory, _ scope: TagScope
  ) {
    self.query = query
    self.scope = scope
    let series = heard + unheard
    self.series = series
    self.heard = heard.count
    rules = series.map(\.rule)
    needsCourse =
      heard.map { query.functionsRead(for: $0.kind).contains(where: \.needsCourse) } + unheard.map { _ in false }
    last = Array(repeating: nil, count: series.count)
    grid = query.grid
    expectation = Expectation(now: query.now, spanEnd: query.span.upperBound, series, devices)
    table = PointTable(query.grid, limit: AggregatesQuery.pointsInAll)
    groups = SeriesGroups(
      groupBy: query.groupBy, filter: query.tags, scope: scope, devices: devices, history: history,
      seriesCount: series.count)
  }

  // MARK: Readings

  /// - Parameter memory: of what groups came to in windows that have ended.
  mutating func read(_ windows: StoredWindows, _ memory: ClosedGroups) throws {
    var stored = windows
    keptFrom = stored.keptFrom(grid.level)
    let needsSketch = Set(series.map(\.kind)).contains { query.functionsRead(for: $0).contains(where: \.needsSketch) }
    let choice = windows.choice(series.prefix(heard), sketch: needsSketch)
    // What a device did is in its own windows, and what lies between them depends on others.
    let shape =
      needsSketch || needsCourse.contains(true) || query.groupBy.contains("device")
      ? nil : ClosedGroups.Shape(query, series.prefix(heard).map(\.id), scope)
    for piece in try windows.pieces(grid.level, in: query.span, of: choice) {
      guard let shape, case .start(let length, let start) = piece, start + length.seconds <= expectation.end else {
        try windows.read(piece, of: choice) { try take($1, $0, $2, $3, &stored) }
        continue
      }
      let times = try windows.timesChanged(length, start)
      var groups = memory.groups(shape, length: length, start: start, times: times)
      if groups == nil {
        collected = [:]
        try windows.read(piece, of: choice) { try take($1, $0, $2, $3, &stored) }
        groups = collected?.sorted { $0.key < $1.key }.map { (self.groups.keys[$0.key], $0.value) }
        collected = nil
        memory.remember(groups ?? [], shape, length: length, start: start, times: times)
      }
      for (key, point) in groups ?? [] {
        table[try table.index(group: self.groups.number(of: key), at: start)].add(point)
      }
    }
    for place in series.indices where needsCourse[place] { try takeEnd(of: place, &stored) }
  }

  private mutating func take(
    _ state: WindowState, _ key: WindowKey, _ length: WindowLength, _ place: Int, _ stored: inout StoredWindows
  ) throws {
    if needsCourse[place], state.aggregate.count > 0 {
      try takeStep(to: state.aggregate.earliest, in: key, place, &stored)
      last[place] = state.aggregate.latest
    }
    let record = series[place]
    guard state.hasReadings, let group = groups.group(of: record, place: place, at: grid.levelStart(of: key.start))
    else { return }
    let correction = expectation.correction(of: state, start: key.start, length: length, place: place)
    if collected == nil {
      table[try table.index(group: group, at: key.start)].take(state, key.series, expected: correction)
    } else {
      collected?[group, default: GroupPoint(group: group, window: key.start..<key.start + length.seconds)]
        .take(state, key.series, expected: correction)
    }
  }

  /// The step to a window's first reading from the one before it, looked for behind the span where the window is the
  /// first in it.
  private mutating func takeStep(
    to first: TimedValue, in key: WindowKey, _ place: Int, _ stored: inout StoredWindows
  ) throws {
    let former =
      try last[place]
      ?? stored.reading(
        before: query.span.lowerBound, of: key.series, reach: series[place].kind == .counter ? nil : reach(of: place))
    guard let former else { return }
    try share(Step(from: former, to: first), place)
  }

  /// What lasts behind a series' last reading in the span: until the next reading, or until now.
  private mutating func takeEnd(of place: Int, _ stored: inout StoredWindows) throws {
    let id = series[place].id
    let former =
      try last[place]
      ?? (series[place].kind == .counter
        ? nil : stored.reading(before: query.span.lowerBound, of: id, reach: reach(of: place)))
    guard let former else { return }
    if let next = try stored.reading(from: query.span.upperBound, of: id, reach: reach(of: place)) {
      try share(Step(from: former, to: next), place)
    } else if series[place].kind != .counter, query.now > former.time {
      try share(Step(from: former, to: TimedValue(time: query.now, value: former.value)), place)
    }
  }

  /// How long a reading's value lasts at most, in whole seconds.
  private func reach(of place: Int) -> Int64 { rules[place].holdMicroseconds / 1_000_000 + 60 }

  /// Gives each window of the question its part of a step.
  private mutating func share(_ step: Step, _ place: Int) throws {
    let rule = rules[place]
    let isLong = step.to.time.microseconds - step.from.time.microseconds > rule.holdMicroseconds
    // Over a long silence a counter's growth counts where it was heard again, and a value lasts for its time.
    var second = isLong && rule.kind == .counter ? step.to.time.seconds : step.from.time.seconds
    let end =
      isLong && rule.kind != .counter
      ? Timestamp(microseconds: step.from.time.microseconds + rule.holdMicroseconds).seconds : step.to.time.seconds
    second = max(second, query.span.lowerBound)
    while second <= end, second < query.span.upperBound {
      let window = table.window(of: second)
      let part = (window.lowerBound * 1_000_000)..<(window.upperBound * 1_000_000)
      var course = Course()
      course.follow(step, in: part, rule)
      // A counter that stands still is known to, where silent windows are told.
      if course != Course() || query.fillsSilence && !isLong,
        let group = groups.group(of: series[place], place: place, at: grid.levelStart(of: second))
      {
        table[try table.index(group: group, at: second)].take(course)
      }
      second = window.upperBound
    }
  }

  // MARK: Comparison

  /// Has a point for each one that the windows have with which these are compared: who said nothing now, but did then,
  /// is told.
  mutating func addPoints(besideThoseOf earlier: AggregateSums) throws {
    guard let offset = query.offset, !earlier.table.points.isEmpty else { return }
    var starts: [Int64: [Int64]] = [:]
    var grid = grid
    // So many windows at most that they can be counted: see `AggregatesQuery.windowsCompared`.
    grid.forEachWindow(in: query.span) { start, _ in
      var grid = self.grid
      starts[grid.window(of: grid.start(start, earlierBy: offset)).lowerBound, default: []].append(start)
    }
    for point in earlier.table.points {
      let group = groups.number(of: earlier.groups.keys[point.group])
      for start in starts[point.window.lowerBound] ?? [] { _ = try table.index(group: group, at: start) }
    }
  }

  // MARK: Expectations

  mutating func addExpectations() throws {
    // Most series of a group are expected in the same span: all of it.
    var perSecond: [Spell: Double] = [:]
    for (place, record) in series.enumerated() {
      guard let standing = expectation.standing(of: place) else { continue }
      let from = max(query.span.lowerBound, standing.span.lowerBound, keptFrom)
      for (span, group) in groups.spans(
        of: record, place: place, from: from, to: standing.span.upperBound, grid: &grid)
      {
        perSecond[Spell(group: group, span: span), default: 0] += standing.perSecond
      }
    }
    var starts = WindowStarts(table.points, of: grid)
    var grid = grid
    for (spell, rate) in perSecond.sorted(by: { $0.key < $1.key }) {
      if query.fillsSilence {
        try grid.forEachWindow(in: spell.span) { try expect(Double($1) * rate, of: spell.group, at: $0) }
      } else {
        for piece in starts.windows(in: spell.span, of: spell.group) {
          try expect(Double(piece.seconds) * rate, of: spell.group, at: piece.start)
        }
      }
    }
  }

  private mutating func expect(_ readings: Double, of group: Int, at start: Int64) throws {
    table[try table.index(group: group, at: start)].expected += readings
  }

  /// A span in which series of a group are expected.
  private struct Spell: Hashable, Comparable {
    let group: Int
    let span: Range<Int64>

    static func < (left: Spell, right: Spell) -> Bool {
      (left.group, left.span.lowerBound, left.span.upperBound)
        < (right.group, right.span.lowerBound, right.span.upperBound)
    }
  }
}

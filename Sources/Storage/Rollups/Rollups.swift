import GRDB
import Telemetry

/// Makes hours from minutes, and days from hours, and keeps them right.
///
/// Invariants
/// - A made window equals its parts, joined in time order, at every commit: what changes a minute below `madeThrough`
///   corrects its hour and its day in the same transaction.
/// - Making goes forward metric by metric, in steps of `seriesAtOnce` series; each step is whole in its transaction.
/// - Once parts are gone, late readings are joined into the longer window directly.
struct Rollups {
  private var days: ZoneDays
  private(set) var levels: Levels
  /// By series number; series that the store knows.
  private var series: [Series?] = []
  private var lastMetric: Int64 = 0

  private struct Series {
    let rule: SeriesRule
    /// The number of its metric.
    let metric: Int64
  }

  /// Series, of all metrics, over which one step goes.
  static let seriesAtOnce: Int64 = 1024

  init(days: ZoneDays, _ db: Database) throws {
    self.days = days
    levels = try Levels(db)
    let numbers = try StoreSnapshot(db).metricNumbers()
    for record in try StoreSnapshot(db).series() { learn(record, metric: numbers[record.metric] ?? 0) }
  }

  /// - Parameter metric: the number of its metric.
  mutating func learn(_ record: SeriesRecord, metric: Int64) {
    let index = Int(record.id.rawValue)
    if index >= series.count { series.append(contentsOf: repeatElement(nil, count: index + 1 - series.count)) }
    series[index] = Series(rule: record.rule, metric: metric)
    lastMetric = max(lastMetric, metric)
  }

  private func known(_ id: SeriesID) -> Series? {
    let index = Int(id.rawValue)
    return index < series.count ? series[index] : nil
  }

  private func rule(of id: SeriesID) -> SeriesRule { known(id)?.rule ?? SeriesRule(kind: .event) }

  private func metric(of id: SeriesID) -> Int64 { known(id)?.metric ?? 0 }

  // MARK: Corrections

  /// Writes windows of the shortest length, and what follows from them for longer ones.
  ///
  /// - Parameter windows: in the order of the key.
  mutating func write(_ windows: [(key: WindowKey, state: WindowState)], _ db: Database) throws {
    var writer = try WindowWriter(db)
    var hours: [WindowKey] = []
    var late: [WindowKey: [WindowState]] = [:]
    for index in inKeyOrder(windows) {
      let (key, state) = windows[index]
      if key.start < levels.minute.keptFrom {
        let hour = WindowKey(start: days.window(of: key.start, seconds: 3600).lowerBound, series: key.series)
        late[hour, default: []].append(state)
        continue
      }
      try writer.write(key, state, length: .minute, metric: metric(of: key.series))
      guard key.start < levels.hour.madeThrough + 3600 else { continue }
      let hour = WindowKey(start: days.window(of: key.start, seconds: 3600).lowerBound, series: key.series)
      if isMade(hour, levels.hour), hours.last != hour { hours.append(hour) }
    }
    if !hours.isEmpty { try correct(Array(Set(hours)).sorted(), &writer, db) }
    if !late.isEmpty { try merge(late, &writer, db) }
  }

  /// The places of windows in the order of the table's key, so that neighbours are written after each other.
  private func inKeyOrder(_ windows: [(key: WindowKey, state: WindowState)]) -> [Int] {
    var keys: [(start: Int64, metric: Int64, place: Int)] = []
    keys.reserveCapacity(windows.count)
    for (place, window) in windows.enumerated() {
      keys.append((window.key.start, metric(of: window.key.series), place))
    }
    // They come by start and series.
    keys.sort { ($0.start, $0.metric, $0.place) < ($1.start, $1.metric, $1.place) }
    return keys.map(\.place)
  }

  private func isMade(_ key: WindowKey, _ level: Level) -> Bool {
    if key.start != level.madeThrough { return key.start < level.madeThrough }
    return (metric(of: key.series), Int64(key.series.rawValue)) < (level.nextMetric, level.nextSeries)
  }

  private mutating func correct(_ hours: [WindowKey], _ writer: inout WindowWriter, _ db: Database) throws {
    var changedDays: Set<WindowKey> = []
    for hour in hours {
      try remake(hour, .hour, &writer, db)
      let day = WindowKey(start: days.day(of: hour.start).lowerBound, series: hour.series)
      if isMade(day, levels.day) { changedDays.insert(day) }
    }
    for day in changedDays.sorted() { try remake(day, .day, &writer, db) }
  }

  /// Makes a window anew from its parts, as its next revision.
  private mutating func remake(
    _ key: WindowKey, _ length: WindowLength, _ writer: inout WindowWriter, _ db: Database
  ) throws {
    // Parts of the day are gone: what its hours say now was joined into it when it changed.
    if length == .day, key.start < levels.hour.keptFrom { return }
    guard var state = try made(key, length, db) else { return }
    try Self.revise(&state, after: WindowReader(db).window(key, length: length))
    try writer.write(key, state, length: length, metric: metric(of: key.series))
  }

  /// Makes a window the next revision of what stood in its place; what was only sent again is none.
  private static func revise(_ state: inout WindowState, after former: WindowState?) {
    guard let former else {
      state.revision = 1
      return
    }
    (state.revision, state.lateRevisions) = (former.revision, former.lateRevisions)
    if state.differsByRepeats(from: former) { return }
    state.revision += 1
    state.recordLateRevision()
  }

  /// A window as its parts make it; nil where it has none.
  mutating func made(_ key: WindowKey, _ length: WindowLength, _ db: Database) throws -> WindowState? {
    let part: WindowLength = length == .hour ? .minute : .hour
    let span = days.window(of: key.start, seconds: length.seconds)
    let reader = WindowReader(db)
    let rule = rule(of: key.series)
    var state: WindowState?
    for start in stride(from: span.lowerBound, to: span.upperBound, by: Int(part.seconds)) {
      guard let next = try reader.window(WindowKey(start: start, series: key.series), length: part) else { continue }
      state = WindowState.joined(state, next, rule)
    }
    return state
  }

  /// Makes a window of a damaged store what its parts come to, where some of them, or it itself, are gone.
  mutating func mend(_ key: WindowKey, _ length: WindowLength, _ db: Database) throws {
    let stored = try WindowReader(db).window(key, length: length)
    guard var state = try made(key, length, db) else {
      try db.execute(
        sql: "DELETE FROM aggregate WHERE length_s = ? AND start_s = ? AND series_id = ?",
        arguments: [length.seconds, key.start, Int64(key.series.rawValue)])
      return
    }
    if stored?.aggregate.count == state.aggregate.count { return }
    Self.revise(&state, after: stored)
    var writer = try WindowWriter(db)
    try writer.write(key, state, length: length, metric: metric(of: key.series))
  }

  /// Takes readings in whose minutes are not kept any more: into their hours, and into the days where those are made.
  ///
  /// - Parameter late: the minutes of each hour, in the order of time.
  private mutating func merge(
    _ late: [WindowKey: [WindowState]], _ writer: inout WindowWriter, _ db: Database
  ) throws {
    var days: [WindowKey: [WindowState]] = [:]
    for (hour, minutes) in late.sorted(by: { $0.key < $1.key }) {
      if hour.start >= levels.hour.keptFrom { try merge(minutes, into: hour, .hour, &writer, db) }
      let day = WindowKey(start: self.days.day(of: hour.start).lowerBound, series: hour.series)
      if day.start >= levels.day.keptFrom, isMade(day, levels.day) { days[day, default: []] += minutes }
    }
    for (day, minutes) in days.sorted(by: { $0.key < $1.key }) {
      if day.start >= levels.hour.keptFrom {
        try remake(day, .day, &writer, db)
      } else {
        try merge(minutes, into: day, .day, &writer, db)
      }
    }
  }

  private func merge(
    _ minutes: [WindowState], into key: WindowKey, _ length: WindowLength, _ writer: inout WindowWriter, _ db: Database
  ) throws {
    let former = try WindowReader(db).window(key, length: length)
    var state = former ?? WindowState()
    for minute in minutes { state.joinLate(minute, rule(of: key.series)) }
    state.hasSamples = false
    Self.revise(&state, after: former)
    try writer.write(key, state, length: length, metric: metric(of: key.series))
  }

  /// The start of the window of a length that holds a second.
  mutating func start(of second: Int64, _ length: WindowLength) -> Int64 {
    days.window(of: second, seconds: length.seconds).lowerBound
  }

  // MARK: Making

  /// Makes the next windows that have ended, of some series.
  ///
  /// - Parameter closedBefore: windows that end at or before it, in seconds since 1970, are closed.
  /// - Returns: false where there is nothing to make now.
  mutating func makeSome(closedBefore: Int64, _ db: Database) throws -> Bool {
    if try makeSome(of: \.hour, from: .minute, closedBefore: closedBefore, db) { return true }
    return try makeSome(of: \.day, from: .hour, closedBefore: closedBefore, db)
  }

  private mutating func makeSome(
    of path: WritableKeyPath<Levels, Level>, from part: WindowLength, closedBefore: Int64, _ db: Database
  ) throws -> Bool {
    var level = levels[keyPath: path]
    let reader = WindowReader(db)
    if level.nextMetric == 0 {
      // The next window that has anything.
      guard let first = try reader.firstStart(length: part, from: level.madeThrough) else { return false }
      level.madeThrough = days.window(of: first, seconds: level.length.seconds).lowerBound
      level.nextMetric = 1
    }
    let span = days.window(of: level.madeThrough, seconds: level.length.seconds)
    guard span.upperBound <= closedBefore else { return false }
    if part == .hour, try !areHoursMade(in: span, reader) { return false }
    let block = level.nextSeries..<level.nextSeries + Self.seriesAtOnce
    try make(span, part, level.nextMetric, block, level.length, db)
    if Int(block.upperBound) < series.count {
      level.nextSeries = block.upperBound
    } else if level.nextMetric < lastMetric {
      (level.nextMetric, level.nextSeries) = (level.nextMetric + 1, 0)
    } else {
      (level.madeThrough, level.nextMetric, level.nextSeries) = (span.upperBound, 0, 0)
    }
    try Levels.write(level, db)
    levels[keyPath: path] = level
    return true
  }

  /// Whether no hour of a day is still to be made.
  private func areHoursMade(in day: Range<Int64>, _ reader: WindowReader) throws -> Bool {
    if levels.hour.madeThrough >= day.upperBound { return true }
    guard levels.hour.nextMetric == 0 else { return false }
    let next = try reader.firstStart(length: .minute, from: max(levels.hour.madeThrough, day.lowerBound))
    return next.map { $0 >= day.upperBound } ?? true
  }

  private mutating func make(
    _ span: Range<Int64>, _ part: WindowLength, _ metric: Int64, _ block: Range<Int64>, _ length: WindowLength,
    _ db: Database
  ) throws {
    var states = [WindowState?](repeating: nil, count: block.count)
    let reader = WindowReader(db)
    for start in stride(from: span.lowerBound, to: span.upperBound, by: Int(part.seconds)) {
      try reader.forEach(length: part, start: start, metric: metric, series: block) { id, state in
        let index = Int(Int64(id.rawValue) - block.lowerBound)
        states[index] = WindowState.joined(states[index], state, rule(of: id))
      }
    }
    var writer = try WindowWriter(db)
    for (index, state) in states.enumerated() {
      guard var state else { continue }
      let key = WindowKey(
        start: span.lowerBound, series: SeriesID(rawValue: UInt32(truncatingIfNeeded: block.lowerBound + Int64(index))))
      try Self.revise(&state, after: reader.window(key, length: length))
      try writer.write(key, state, length: length, metric: metric)
      // An hour of a day that was made before it had any hour then.
      guard length == .hour else { continue }
      let day = WindowKey(start: days.day(of: key.start).lowerBound, series: key.series)
      if isMade(day, levels.day) { try remake(day, .day, &writer, db) }
    }
  }

  // MARK: Retention

  /// Lets windows of a level that start before a second go, as far as longer ones stand for them.
  ///
  /// - Parameter second: seconds since 1970.
  /// - Returns: whether it changed anything.
  mutating func keep(_ path: WritableKeyPath<Levels, Level>, from second: Int64, _ db: Database) throws -> Bool {
    var level = levels[keyPath: path]
    var from = second
    switch level.length {
    case .minute: from = min(days.window(of: from, seconds: 3600).lowerBound, levels.hour.madeThrough)
    case .hour: from = min(days.day(of: from).lowerBound, levels.day.madeThrough, levels.minute.keptFrom)
    default: from = min(days.day(of: from).lowerBound, levels.hour.keptFrom)
    }
    // Nothing is made yet, or the shorter ones are all there.
    guard from > level.keptFrom, from != Levels.none else { return false }
    if level.length == .hour { from = days.day(of: from).lowerBound }
    guard from > level.keptFrom else { return false }
    level.keptFrom = from
    try Levels.write(level, db)
    try db.execute(
      sql: "DELETE FROM window_change WHERE length_s = ? AND start_s < ?", arguments: [level.length.seconds, from])
    levels[keyPath: path] = level
    return true
  }
}

extension WindowState {
  /// A longer window with the next of its parts.
  static func joined(_ state: WindowState?, _ next: WindowState, _ rule: SeriesRule) -> WindowState {
    var joined = state ?? WindowState()
    joined.join(next, rule)
    joined.hasSamples = false
    return joined
  }
}

import Foundation
import Storage
import Telemetry

/// Where the windows of a question are read from: the longest stored ones that divide its own, as far as they are made,
/// and shorter ones behind.
struct StoredWindows {
  private let snapshot: StoreSnapshot
  private let directory: Directory
  private let lookup: WindowLookup
  private let levels: Levels
  private var days: ZoneDays
  /// The start of the first window of any length, and of the last one; there is nothing before it, nor after.
  private let earliest: Int64
  private let latest: Int64

  /// Where fewer than one of so many series are asked for, each window is looked up by its key.
  private static let seriesToOneLookedUp = 25
  /// Up to so many starts and metrics, each is looked at; beyond, the whole span is walked over.
  private static let lookUps = 50_000
  /// How far a counter is traced back, in days.
  private static let daysTraced = 400

  init(_ snapshot: StoreSnapshot, zone: TimeZone) throws {
    self.snapshot = snapshot
    directory = try snapshot.directory()
    lookup = try snapshot.windowLookup()
    levels = try snapshot.levels()
    days = ZoneDays(zone)
    let starts = try [.minute, .hour, .day].compactMap { try snapshot.windowStarts(length: $0) }
    earliest = starts.map(\.lowerBound).min() ?? .max
    latest = starts.map(\.upperBound).max() ?? .min
  }

  /// What is asked of the windows of some series.
  struct Choice {
    fileprivate let series: [SeriesID]
    /// By series: its place among them; -1 for others.
    fileprivate let places: [Int32]
    /// By the place of a series: the number of its metric.
    fileprivate let metricOfSeries: [Int64]
    /// The numbers of all their metrics.
    fileprivate let metrics: [Int64]
    /// Quantiles are asked for.
    fileprivate let sketch: Bool

    fileprivate func place(of id: SeriesID) -> Int? {
      id.rawValue < UInt32(places.count) && places[Int(id.rawValue)] >= 0 ? Int(places[Int(id.rawValue)]) : nil
    }
  }

  /// Some of the windows that are read, and how they are found. Pieces follow each other in time.
  enum Piece {
    /// All of one start.
    case start(WindowLength, Int64)
    /// All that start in a span, for which there are too many starts to look at each.
    case span(WindowLength, Range<Int64>)
  }

  /// - Parameter sketch: quantiles are asked for.
  func choice(_ series: some Collection<SeriesRecord>, sketch: Bool) -> Choice {
    let ids = series.map(\.id)
    var places = [Int32](repeating: -1, count: (ids.max().map { Int($0.rawValue) } ?? -1) + 1)
    for (place, id) in ids.enumerated() { places[Int(id.rawValue)] = Int32(place) }
    let metricOfSeries = series.map { directory.metricNumbers[$0.metric] ?? 0 }
    return Choice(
      series: ids, places: places, metricOfSeries: metricOfSeries, metrics: Set(metricOfSeries).sorted(), sketch: sketch
    )
  }

  /// What has to be read for a span, in the order of time.
  ///
  /// - Parameters:
  ///   - level: the longest windows to be read.
  ///   - span: seconds since 1970; begins where a window of `level` does.
  func pieces(_ level: WindowLength, in span: Range<Int64>, of choice: Choice) throws -> [Piece] {
    guard !choice.series.isEmpty else { return [] }
    var pieces: [Piece] = []
    var from = span.lowerBound
    for (length, made) in segments(level) {
      let end = min(span.upperBound, made)
      guard from < end else { continue }
      if let stored = try snapshot.windowStarts(length: length) {
        let first = max(from, stored.lowerBound, keptFrom(length))
        let last = min(end, stored.upperBound + 1)
        if first < last {
          let starts = starts(length, first..<last)
          pieces +=
            choice.metrics.count * starts.count < Self.lookUps
            ? starts.map { .start(length, $0) } : [.span(length, first..<last)]
        }
      }
      from = end
    }
    return pieces
  }

  /// Every stored window of a piece.
  ///
  /// - Parameter body: gets the window, its length, and the place of its series in the choice.
  func read(
    _ piece: Piece, of choice: Choice, _ body: (WindowKey, WindowState, WindowLength, Int) throws -> Void
  ) throws {
    switch piece {
    case .start(let length, let start):
      if choice.series.count * Self.seriesToOneLookedUp < Int(directory.series.last?.id.rawValue ?? 0) {
        for (place, id) in choice.series.enumerated() {
          let state = try lookup.window(
            length: length, start: start, metric: choice.metricOfSeries[place], series: id, sketch: choice.sketch)
          if let state { try body(WindowKey(start: start, series: id), state, length, place) }
        }
      } else {
        for metric in choice.metrics {
          try snapshot.forEachWindow(length: length, start: start, metric: metric, sketch: choice.sketch) { id, state in
            guard let place = choice.place(of: id) else { return }
            try body(WindowKey(start: start, series: id), state, length, place)
          }
        }
      }
    case .span(let length, let starts):
      try snapshot.forEachWindow(
        length: length, starts: starts, sketch: choice.sketch, isWanted: { choice.place(of: $0) != nil }
      ) { key, state in try body(key, state, length, Int(choice.places[Int(key.series.rawValue)])) }
    }
  }

  /// See `StoreSnapshot.timesChanged`.
  func timesChanged(_ length: WindowLength, _ start: Int64) throws -> Int64 {
    try snapshot.timesChanged(length: length, start: start)
  }

  /// The levels that are read, and how far each.
  private func segments(_ level: WindowLength) -> [(length: WindowLength, end: Int64)] {
    var segments: [(length: WindowLength, end: Int64)] = []
    if level == .day { segments.append((.day, levels.day.madeThrough)) }
    if level != .minute { segments.append((.hour, levels.hour.madeThrough)) }
    return segments + [(.minute, .max)]
  }

  /// Windows of a stored length that start before it have been let go, in seconds since 1970.
  func keptFrom(_ length: WindowLength) -> Int64 {
    switch length {
    case .day: levels.day.keptFrom
    case .hour: levels.hour.keptFrom
    default: levels.minute.keptFrom
    }
  }

  /// The starts of windows in a span that begins with one; more of them than can be looked up are not told.
  private func starts(_ length: WindowLength, _ span: Range<Int64>) -> [Int64] {
    if length == .minute {
      let first = WindowLength.minute.start(of: Timestamp(seconds: span.lowerBound))
      return Array(stride(from: first, to: min(span.upperBound, first + Int64(Self.lookUps + 1) * 60), by: 60))
    }
    var days = days
    var starts: [Int64] = []
    var start = days.window(of: span.lowerBound, seconds: length.seconds).lowerBound
    while start < span.upperBound, starts.count <= Self.lookUps {
      starts.append(start)
      start = days.window(of: start, seconds: length.seconds).upperBound
    }
    return starts
  }

  // MARK: Neighbours

  /// The last good reading of a series before a second; nil where there is none in reach.
  ///
  /// - Parameter reach: how far back, in seconds; nil for as far as counters are traced.
  mutating func reading(before second: Int64, of series: SeriesID, reach: Int64?) throws -> TimedValue? {
    let floor = second - (reach ?? Int64(Self.daysTraced) * 86400)
    var end = second
    while end > floor {
      // The longest made window that ends here.
      let (start, length) = windowEnding(at: end)
      if end <= earliest { return nil }
      if start >= keptFrom(length),
        let state = try snapshot.window(WindowKey(start: start, series: series), length: length),
        state.aggregate.count > 0
      {
        return state.aggregate.latest
      }
      end = start
    }
    return nil
  }

  private mutating func windowEnding(at second: Int64) -> (start: Int64, length: WindowLength) {
    let day = days.day(of: second - 1)
    if day.upperBound == second, second <= levels.day.madeThrough { return (day.lowerBound, .day) }
    let hour = days.window(of: second - 1, seconds: 3600)
    if hour.upperBound == second, second <= levels.hour.madeThrough { return (hour.lowerBound, .hour) }
    return (WindowLength.minute.start(of: Timestamp(seconds: second - 1)), .minute)
  }

  /// The first good reading of a series from a second on; nil where there is none in reach.
  ///
  /// - Parameter reach: how far, in seconds.
  mutating func reading(from second: Int64, of series: SeriesID, reach: Int64) throws -> TimedValue? {
    let ceiling = second + reach
    var start = second
    while start < ceiling, start <= latest {
      let (end, length) = windowStarting(at: start)
      if start >= keptFrom(length),
        let state = try snapshot.window(WindowKey(start: start, series: series), length: length),
        state.aggregate.count > 0
      {
        return state.aggregate.earliest
      }
      start = end
    }
    return nil
  }

  private mutating func windowStarting(at second: Int64) -> (end: Int64, length: WindowLength) {
    let day = days.day(of: second)
    if day.lowerBound == second, day.upperBound <= levels.day.madeThrough { return (day.upperBound, .day) }
    let hour = days.window(of: second, seconds: 3600)
    if hour.lowerBound == second, hour.upperBound <= levels.hour.madeThrough { return (hour.upperBound, .hour) }
    return (WindowLength.minute.start(of: Timestamp(seconds: second)) + 60, .minute)
  }
}

import Foundation
import Storage
import Telemetry

/// Where the windows of a question are read from: the longest stored ones that divide its own, as far as they are made,
/// and shorter ones behind.
struct StoredWindows {
  private let snapshot: StoreSnapshot
  private let levels: Levels
  private var days: ZoneDays
  /// The start of the first window of any length, and of the last one; there is nothing before it, nor after.
  private let earliest: Int64
  private let latest: Int64

  /// Where fewer than one of so many series are asked for, each window is looked up by its key.
  private static let seriesToOneLookedUp = 25
  /// Up to so many starts and metrics, each is looked up; beyond, the whole span is walked over.
  private static let lookUps = 50_000
  /// How far a counter is traced back, in days.
  private static let daysTraced = 400

  init(_ snapshot: StoreSnapshot, zone: TimeZone) throws {
    self.snapshot = snapshot
    levels = try snapshot.levels()
    days = ZoneDays(zone)
    let starts = try [.minute, .hour, .day].compactMap { try snapshot.windowStarts(length: $0) }
    earliest = starts.map(\.lowerBound).min() ?? .max
    latest = starts.map(\.upperBound).max() ?? .min
  }

  /// Every stored window of some series in a span, in the order of time.
  ///
  /// - Parameters:
  ///   - level: the longest windows to be read.
  ///   - span: seconds since 1970; begins where a window of `level` does.
  ///   - metrics: the names of their metrics.
  ///   - body: gets the window, its length, and the place of its series in `series`.
  func forEach(
    _ level: WindowLength, in span: Range<Int64>, series: [SeriesID], metrics: [String], sketch: Bool,
    _ body: (WindowKey, WindowState, WindowLength, Int) throws -> Void
  ) throws {
    guard let last = series.max() else { return }
    let metrics = try metricNumbers(of: metrics)
    var places = [Int32](repeating: -1, count: Int(last.rawValue) + 1)
    for (place, id) in series.enumerated() { places[Int(id.rawValue)] = Int32(place) }
    var from = span.lowerBound
    for (length, made) in segments(level) {
      let end = min(span.upperBound, made)
      guard from < end else { continue }
      try read(length, from..<end, series, places, metrics, sketch: sketch, body)
      from = end
    }
  }

  private func metricNumbers(of names: [String]) throws -> [Int64] {
    let numbers = try snapshot.directory().metricNumbers
    return Set(names).compactMap { numbers[$0] }.sorted()
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

  private func read(
    _ length: WindowLength, _ span: Range<Int64>, _ series: [SeriesID], _ places: [Int32], _ metrics: [Int64],
    sketch: Bool,
    _ body: (WindowKey, WindowState, WindowLength, Int) throws -> Void
  ) throws {
    guard let stored = try snapshot.windowStarts(length: length) else { return }
    let first = max(span.lowerBound, stored.lowerBound, keptFrom(length))
    let end = min(span.upperBound, stored.upperBound + 1)
    guard first < end else { return }
    func place(of id: SeriesID) -> Int? {
      id.rawValue < UInt32(places.count) && places[Int(id.rawValue)] >= 0 ? Int(places[Int(id.rawValue)]) : nil
    }
    let starts = starts(length, first..<end)
    if series.count * Self.seriesToOneLookedUp < Int(try snapshot.directory().series.last?.id.rawValue ?? 0),
      series.count * starts.count < Self.lookUps
    {
      for start in starts {
        for (place, id) in series.enumerated() {
          let key = WindowKey(start: start, series: id)
          if let state = try snapshot.window(key, length: length) { try body(key, state, length, place) }
        }
      }
    } else if metrics.count * starts.count < Self.lookUps {
      for start in starts {
        for metric in metrics {
          try snapshot.forEachWindow(length: length, start: start, metric: metric, sketch: sketch) { id, state in
            guard let place = place(of: id) else { return }
            try body(WindowKey(start: start, series: id), state, length, place)
          }
        }
      }
    } else {
      try snapshot.forEachWindow(
        length: length, starts: first..<end, sketch: sketch, isWanted: { place(of: $0) != nil }
      ) { key, state in try body(key, state, length, Int(places[Int(key.series.rawValue)])) }
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

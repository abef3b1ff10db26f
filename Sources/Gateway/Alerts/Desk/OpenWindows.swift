import Alerting
import Storage
import Telemetry

/// The hours and days that have not ended, of series whose rules look at them: made from their minutes.
///
/// Invariants
/// - What stands here of a window is what its minutes in the store come to, joined in the order of time.
struct OpenWindows {
  private struct Key: Hashable {
    let series: SeriesID
    let length: WindowLength
  }

  private struct Open {
    /// Seconds since 1970.
    var span: Range<Int64>
    /// What the minutes before `minute` come to; nil for nothing.
    var before: Aggregate?
    var minute: Int64
    var last: Aggregate
  }

  /// What rules ask of a series.
  struct Asked {
    /// How its windows are joined.
    let rule: SeriesRule
    /// From the shortest on; not empty.
    let lengths: [WindowLength]
  }

  private var days: ZoneDays
  private var open: [Key: Open] = [:]

  init(_ days: ZoneDays) {
    self.days = days
  }

  /// Takes minutes in that are in the store.
  ///
  /// - Parameter asked: nil for a series whose windows no rule looks at.
  /// - Returns: the windows that they change.
  mutating func changes(
    _ minutes: some Sequence<(key: WindowKey, aggregate: Aggregate)>, _ snapshot: StoreSnapshot,
    asked: (SeriesID) -> Asked?
  ) throws -> [WindowChange] {
    var changes: [WindowChange] = []
    // Read anew once each, however many of their minutes are late.
    var late: [Key: SeriesRule] = [:]
    for (key, aggregate) in minutes where aggregate.count > 0 {
      guard let asked = asked(key.series) else { continue }
      for length in asked.lengths {
        if length == .minute {
          changes.append(
            WindowChange(
              series: key.series, length: length, start: key.start, end: key.start + length.seconds,
              aggregate: aggregate))
        } else {
          changes += try take(key.start, aggregate, of: key.series, asked.rule, in: length, &late, snapshot)
        }
      }
    }
    for key in late.keys.sorted(by: {
      ($0.series.rawValue, $0.length.seconds) < ($1.series.rawValue, $1.length.seconds)
    }) {
      changes += try reload(key, &late, snapshot)
    }
    return changes
  }

  /// - Parameter late: windows that are to be read anew.
  /// - Returns: the window that a minute is in; nothing for one before that which is open, or which is late.
  private mutating func take(
    _ minute: Int64, _ aggregate: Aggregate, of series: SeriesID, _ rule: SeriesRule, in length: WindowLength,
    _ late: inout [Key: SeriesRule], _ snapshot: StoreSnapshot
  ) throws -> [WindowChange] {
    let key = Key(series: series, length: length)
    let span = days.window(of: minute, seconds: length.seconds)
    if let known = open[key] {
      if span.lowerBound < known.span.lowerBound { return [] }
      if known.span == span, minute >= known.minute {
        var next = known
        if minute > known.minute {
          next.before = Self.joined(known.before, known.last, rule)
          next.minute = minute
        }
        next.last = aggregate
        return [put(next, key, rule)]
      }
      if known.span == span {
        late[key] = rule
        return []
      }
    }
    let former = try reload(key, &late, snapshot)
    let before = try Self.load(span.lowerBound..<minute, of: series, rule, snapshot)
    return former + [put(Open(span: span, before: before, minute: minute, last: aggregate), key, rule)]
  }

  /// What came before the last minute of a window is read anew, where it is late.
  private mutating func reload(
    _ key: Key, _ late: inout [Key: SeriesRule], _ snapshot: StoreSnapshot
  ) throws -> [WindowChange] {
    guard let rule = late.removeValue(forKey: key), var window = open[key] else { return [] }
    window.before = try Self.load(window.span.lowerBound..<window.minute, of: key.series, rule, snapshot)
    return [put(window, key, rule)]
  }

  private mutating func put(_ window: Open, _ key: Key, _ rule: SeriesRule) -> WindowChange {
    open[key] = window
    return WindowChange(
      series: key.series, length: key.length, start: window.span.lowerBound, end: window.span.upperBound,
      aggregate: Self.joined(window.before, window.last, rule))
  }

  private static func joined(_ before: Aggregate?, _ next: Aggregate, _ rule: SeriesRule) -> Aggregate {
    guard var joined = before else { return next }
    joined.join(next, rule)
    return joined
  }

  private static func load(
    _ span: Range<Int64>, of series: SeriesID, _ rule: SeriesRule, _ snapshot: StoreSnapshot
  ) throws -> Aggregate? {
    var joined: Aggregate?
    for start in stride(from: span.lowerBound, to: span.upperBound, by: Int(WindowLength.minute.seconds)) {
      let state = try snapshot.window(WindowKey(start: start, series: series), length: .minute)
      if let state, state.aggregate.count > 0 { joined = Self.joined(joined, state.aggregate, rule) }
    }
    return joined
  }
}

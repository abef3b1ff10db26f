import Telemetry

/// Windows that rules wait for, by the moment at which they are closed.
struct ClosingWindows {
  struct Key: Hashable, Comparable {
    var series: Int
    var level: UInt64
    /// Seconds since 1970.
    var start: Int64

    static func < (left: Key, right: Key) -> Bool {
      (left.series, left.level, left.start) < (right.series, right.level, right.start)
    }
  }

  struct Figure {
    /// Nil where nothing good came.
    var value: Double?
    /// Seconds since 1970.
    var end: Int64
  }

  private var byClosing: [Int64: [Key: Figure]] = [:]

  /// The moments at which windows are closed, on the axis of deadlines.
  var moments: [Int64] { Array(byClosing.keys) }

  /// - Returns: true where nothing was to be closed at that moment before.
  mutating func set(_ figure: Figure, _ key: Key, closing: Int64) -> Bool {
    let isNew = byClosing[closing] == nil
    byClosing[closing, default: [:]][key] = figure
    return isNew
  }

  /// Waits for a window of which nothing has come yet.
  mutating func expect(_ key: Key, end: Int64, closing: Int64) -> Bool {
    if byClosing[closing]?[key] != nil { return false }
    return set(Figure(value: nil, end: end), key, closing: closing)
  }

  /// What is closed at a moment, in order.
  mutating func take(closing: Int64) -> [(key: Key, figure: Figure)] {
    (byClosing.removeValue(forKey: closing) ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

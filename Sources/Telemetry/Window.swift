/// A half-open span of event time, `[start, start + length)`, aligned to 1970 UTC.
public struct WindowLength: Hashable, Sendable {
  public let seconds: Int64

  /// - Parameter seconds: more than 0.
  public init(seconds: Int64) {
    precondition(seconds > 0)
    self.seconds = seconds
  }

  public static let minute = WindowLength(seconds: 60)

  /// The start, in seconds since 1970, of the window that holds a moment.
  @inlinable
  public func start(of moment: Timestamp) -> Int64 {
    let second = moment.seconds
    let into = second % seconds
    return second - (into < 0 ? into + seconds : into)
  }
}

/// One window of one series.
public struct WindowKey: Hashable, Comparable, Sendable {
  /// Seconds since 1970.
  public var start: Int64
  public var series: SeriesID

  @inlinable
  public init(start: Int64, series: SeriesID) {
    self.start = start
    self.series = series
  }

  /// By start, then by series: the order of the store's key.
  @inlinable
  public static func < (left: WindowKey, right: WindowKey) -> Bool {
    (left.start, left.series) < (right.start, right.series)
  }
}

/// A window's summary with the number of times a checkpoint has stored a change of it.
public struct WindowState: Equatable, Sendable {
  public var aggregate: Aggregate
  public var revision: Int64
  /// Readings that the series' interval made one expect when the window was last stored; 0 without an interval.
  public var expected: Double

  public init(aggregate: Aggregate = Aggregate(), revision: Int64 = 0, expected: Double = 0) {
    self.aggregate = aggregate
    self.revision = revision
    self.expected = expected
  }
}

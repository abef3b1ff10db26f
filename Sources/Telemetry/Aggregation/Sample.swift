/// The number of a series in its store: 1 and up, never reused.
public struct SeriesID: RawRepresentable, Hashable, Comparable, Sendable {
  public let rawValue: UInt32

  @inlinable
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  @inlinable
  public static func < (left: SeriesID, right: SeriesID) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// A reading as the aggregation sees it: its series by number, its value in the series' canonical unit.
///
/// The value of a state is the number of its name in the store; the value of a bad reading means nothing.
public struct Sample: Sendable {
  public var series: SeriesID
  public var quality: Quality
  /// It had come before and was not counted again; found out by the window it belongs to.
  public var isRepeat = false
  public var time: Timestamp
  public var value: Double

  @inlinable
  public init(series: SeriesID, quality: Quality, time: Timestamp, value: Double) {
    self.series = series
    self.quality = quality
    self.time = time
    self.value = value
  }
}

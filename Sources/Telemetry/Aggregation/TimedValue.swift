/// A good reading of a series, without the series.
///
/// Readings stand in the order of time, and those of one time in the order in which they came: a device whose clock has
/// whole seconds sends them in the order in which they happened.
public struct TimedValue: Equatable, Sendable {
  public var time: Timestamp
  public var value: Double

  @inlinable
  public init(time: Timestamp, value: Double) {
    self.time = time
    self.value = value
  }
}

/// Two readings of a series with nothing between them.
public struct Step: Equatable, Sendable {
  public var from: TimedValue
  public var to: TimedValue

  @inlinable
  public init(from: TimedValue, to: TimedValue) {
    self.from = from
    self.to = to
  }

  /// The microseconds, from the first reading on, in which its value is taken to last.
  @inlinable
  func heldMicroseconds(atMost hold: Int64) -> Int64 {
    Swift.min(to.time.microseconds - from.time.microseconds, hold)
  }

  /// How much of the time in which the first value lasts lies in a span.
  ///
  /// - Parameter span: microseconds since 1970.
  func heldMicroseconds(atMost hold: Int64, in span: Range<Int64>) -> Int64 {
    let end = from.time.microseconds + heldMicroseconds(atMost: hold)
    return Swift.max(0, Swift.min(end, span.upperBound) - Swift.max(from.time.microseconds, span.lowerBound))
  }
}

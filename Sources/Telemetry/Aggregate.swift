/// The mergeable summary of one series in one window.
///
/// Invariants
/// - Bad readings raise `badCount` and nothing else; the other fields speak of the good ones.
/// - While `count` is 0 the other fields of good readings are 0 and mean nothing.
/// - `first` is the value with the smallest time, `last` the one with the greatest; of values with equal times the
///   smaller is the first and the greater the last, so that no order of arrival can be told from another.
/// - `merge` is commutative, and associative up to the rounding of `sum`.
public struct Aggregate: Equatable, Sendable {
  public var count: Int64 = 0
  public var badCount: Int64 = 0
  public var sum = 0.0
  public var min = 0.0
  public var max = 0.0
  public var first = 0.0
  public var firstAt = Timestamp(microseconds: 0)
  public var last = 0.0
  public var lastAt = Timestamp(microseconds: 0)

  @inlinable
  public init() {}

  /// The aggregate of one good reading.
  @inlinable
  public init(value: Double, at time: Timestamp) {
    count = 1
    sum = value
    min = value
    max = value
    first = value
    firstAt = time
    last = value
    lastAt = time
  }

  /// The arithmetic mean of the good readings; nil without any.
  @inlinable
  public var mean: Double? {
    count > 0 ? sum / Double(count) : nil
  }

  /// Takes one reading in.
  @inlinable
  public mutating func add(_ sample: Sample) {
    if sample.quality == .good {
      merge(Aggregate(value: sample.value, at: sample.time))
    } else {
      badCount += 1
    }
  }

  /// Takes another summary of the same series in.
  @inlinable
  public mutating func merge(_ other: Aggregate) {
    badCount += other.badCount
    guard other.count > 0 else { return }
    guard count > 0 else {
      let bad = badCount
      self = other
      badCount = bad
      return
    }
    count += other.count
    sum += other.sum
    if other.min < min { min = other.min }
    if other.max > max { max = other.max }
    if (other.firstAt, other.first) < (firstAt, first) {
      firstAt = other.firstAt
      first = other.first
    }
    if (other.lastAt, other.last) > (lastAt, last) {
      lastAt = other.lastAt
      last = other.last
    }
  }
}

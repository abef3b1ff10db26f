/// The mergeable summary of one series in one window, or of several of either.
///
/// Invariants
/// - Bad readings raise `badCount` and nothing else; the other fields speak of the good ones.
/// - While `count` is 0 the other fields of good readings are 0 and mean nothing.
/// - `first` is the value with the smallest time, `last` the one with the greatest; of values of one series with equal
///   times, the one that came first and the one that came last. Of several devices, which have no common order, the
///   smaller is the first and the greater the last.
/// - `course` is what the series did between first and last. It rests on the order of the readings; all else does not.
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
  /// The sum of squared distances from the mean.
  public var m2 = 0.0
  public var course = Course()
  /// Of metrics that ask for quantiles.
  public var sketch: QuantileSketch?
  /// Readings came too late, or overlap in time, so that the course, or what was sent twice, is known only about.
  public var isInexact = false

  @inlinable
  public init() {}

  /// The aggregate of one good reading.
  @inlinable
  public init(_ sample: TimedValue, _ rule: SeriesRule) {
    count = 1
    sum = sample.value
    min = sample.value
    max = sample.value
    first = sample.value
    firstAt = sample.time
    last = sample.value
    lastAt = sample.time
    if rule.wantsQuantiles {
      var sketch = QuantileSketch()
      sketch.add(sample.value)
      self.sketch = sketch
    }
  }

  @inlinable
  public var earliest: TimedValue { TimedValue(time: firstAt, value: first) }

  @inlinable
  public var latest: TimedValue { TimedValue(time: lastAt, value: last) }

  // MARK: One reading

  /// Takes in a reading that is the latest of all, and came last where others have its time.
  @inlinable
  public mutating func append(_ sample: TimedValue, _ rule: SeriesRule) {
    guard count > 0 else {
      let bad = badCount
      self = Aggregate(sample, rule)
      badCount = bad
      return
    }
    course.follow(Step(from: latest, to: sample), rule)
    last = sample.value
    lastAt = sample.time
    addValue(sample.value)
  }

  /// Takes in a reading that is not the latest, and leaves the course to be made anew.
  mutating func insertValue(_ sample: TimedValue) {
    addValue(sample.value)
    if sample.time < firstAt { (firstAt, first) = (sample.time, sample.value) }
  }

  /// What a reading changes whatever its time.
  @inlinable
  mutating func addValue(_ value: Double) {
    m2 += Moments.growth(of: value, count: count, sum: sum)
    count += 1
    sum += value
    if value < min { min = value }
    if value > max { max = value }
    sketch?.add(value)
  }

  // MARK: Other summaries

  /// Takes in a summary of the same series: joined where one ends before the other begins. Where they overlap the
  /// course of the one that spans more time stands for both, and the result is inexact.
  ///
  /// - Parameter other: what came later, where both have readings of one time.
  public mutating func join(_ other: Aggregate, _ rule: SeriesRule) {
    guard count > 0, other.count > 0 else { return mergeValues(other) { $0.add($1) } }
    let (mine, its) = (self, other)
    mergeValues(other) { _, _ in }
    if its.firstAt < mine.firstAt { (firstAt, first) = (its.firstAt, its.first) }
    if mine.lastAt <= its.lastAt { (lastAt, last) = (its.lastAt, its.last) }
    if mine.lastAt <= its.firstAt {
      course.follow(Step(from: mine.latest, to: its.earliest), rule)
      course.add(its.course)
    } else if its.lastAt < mine.firstAt {
      var joined = its.course
      joined.follow(Step(from: its.latest, to: mine.earliest), rule)
      joined.add(mine.course)
      course = joined
    } else {
      if (its.lastAt - its.firstAt, its.count) > (mine.lastAt - mine.firstAt, mine.count) { course = its.course }
      // Nothing follows from the order of events.
      if rule.kind != .event { isInexact = true }
    }
  }

  /// Takes in a summary of another device, or what was derived of the same one: courses add up.
  public mutating func addUp(_ other: Aggregate) {
    let mine = self
    mergeValues(other) { $0.add($1) }
    guard mine.count > 0, other.count > 0 else { return }
    if (other.firstAt, other.first) < (firstAt, first) { (firstAt, first) = (other.firstAt, other.first) }
    if (lastAt, last) < (other.lastAt, other.last) { (lastAt, last) = (other.lastAt, other.last) }
  }

  /// All but what is first and last, where both have readings.
  private mutating func mergeValues(_ other: Aggregate, courses: (inout Course, Course) -> Void) {
    badCount += other.badCount
    isInexact = isInexact || other.isInexact
    courses(&course, other.course)
    guard other.count > 0 else { return }
    guard count > 0 else {
      let (bad, inexact, course) = (badCount, isInexact, course)
      self = other
      (badCount, isInexact, self.course) = (bad, inexact, course)
      return
    }
    m2 += other.m2 + Moments.between(count, sum, other.count, other.sum)
    count += other.count
    sum += other.sum
    if other.min < min { min = other.min }
    if other.max > max { max = other.max }
    if let sketch = other.sketch {
      if self.sketch == nil { self.sketch = QuantileSketch() }
      self.sketch?.merge(sketch)
    }
  }

  // MARK: What follows

  /// The arithmetic mean of the good readings; nil without any.
  @inlinable
  public var mean: Double? {
    count > 0 ? sum / Double(count) : nil
  }

  /// The standard deviation of the good readings, as of a whole population; nil without any.
  public var standardDeviation: Double? {
    count > 0 ? (Swift.max(0, m2) / Double(count)).squareRoot() : nil
  }

  /// The mean in which each value weighs as long as it lasted; without any time to weigh by, the arithmetic one.
  public var timeWeightedAverage: Double? {
    course.heldMicroseconds > 0 ? course.integral / (Double(course.heldMicroseconds) / 1e6) : mean
  }

  /// The value below which a part of the readings lies, at most 1 % off; nil where no sketch is kept.
  public func quantile(_ part: Double) -> Double? {
    sketch?.quantile(part).map { Swift.min(Swift.max($0, min), max) }
  }
}

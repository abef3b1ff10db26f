/// All that is kept of one series in one window: its summary, and how it came to be.
public struct WindowState: Equatable, Sendable {
  public var aggregate: Aggregate
  /// How many checkpoints have stored a change of it.
  public var revision: Int64
  /// Readings that the series' interval made one expect when the window was last stored; 0 without an interval.
  public var expected: Double
  /// When the last reading that changed it was received.
  public var changedAt = Timestamp(microseconds: 0)
  /// The number of the profile version that decoded the last change; 0 for none.
  public var profileVersion: UInt32 = 0
  /// Readings that came after the window was closed.
  public var late: UInt32 = 0
  /// Readings that had come before, and were not counted again.
  public var repeated: UInt32 = 0
  /// Bad readings by their quality.
  public var badCounts = BadCounts()
  /// All of the window's samples are kept, for as long as `exact_for` since the last change.
  public var hasSamples = false
  /// Windows that this one was made from; 0 where it was made from readings.
  public var parts: Int64 = 0
  /// The last changes after the window was closed, oldest first.
  public var lateRevisions: [LateRevision] = []

  public init(aggregate: Aggregate = Aggregate(), revision: Int64 = 0, expected: Double = 0) {
    self.aggregate = aggregate
    self.revision = revision
    self.expected = expected
  }

  /// A change of a closed window.
  public struct LateRevision: Equatable, Sendable {
    public var revision: Int64
    /// When the reading that made it was received.
    public var at: Timestamp

    public init(revision: Int64, at: Timestamp) {
      self.revision = revision
      self.at = at
    }
  }

  /// A window is closed this long after its end.
  public static let secondsUntilClosed: Int64 = 30
  static let lateRevisionsKept = 8

  /// Remembers that a reading changed the closed window, as its present revision.
  public mutating func recordLateRevision() {
    lateRevisions.append(LateRevision(revision: revision, at: changedAt))
    if lateRevisions.count > Self.lateRevisionsKept { lateRevisions.removeFirst() }
  }

  mutating func countBad(_ quality: Quality) {
    aggregate.badCount += 1
    badCounts.add(1, quality)
  }

  /// Takes in the window of the same series that follows, for a longer window made of both.
  public mutating func join(_ next: WindowState, _ rule: SeriesRule) {
    aggregate.join(next.aggregate, rule)
    if next.hasReadings {
      expected += next.expected
      parts += Swift.max(1, next.parts)
    }
    changedAt = Swift.max(changedAt, next.changedAt)
    if next.profileVersion != 0 { profileVersion = next.profileVersion }
    late &+= next.late
    repeated &+= next.repeated
    badCounts.add(next.badCounts)
  }

  /// Takes in readings that came when nobody knew any more which parts this longer window was made from: what was
  /// expected in it stays, and where they may have been counted before it is inexact.
  public mutating func joinLate(_ readings: WindowState, _ rule: SeriesRule) {
    let (hadReadings, hadGood, expected, parts) = (hasReadings, aggregate.count > 0, expected, parts)
    join(readings, rule)
    if hadReadings { (self.expected, self.parts) = (expected, parts) }
    if hadGood, readings.aggregate.count > 0, rule.dropsRepeats { aggregate.isInexact = true }
  }

  /// False where all that came had come before, and for a window of nothing.
  public var hasReadings: Bool { aggregate.count > 0 || aggregate.badCount > 0 }

  /// True where both tell the same of the readings; their revisions and their making may differ.
  public func tellsTheSame(as other: WindowState) -> Bool {
    var (left, right) = (self, other)
    (left.revision, right.revision) = (0, 0)
    (left.lateRevisions, right.lateRevisions) = ([], [])
    (left.hasSamples, right.hasSamples) = (false, false)
    return left == right
  }

  /// True where all that sets this window off from another is how often readings were sent again.
  public func differsByRepeats(from other: WindowState) -> Bool {
    var same = self
    same.repeated = other.repeated
    return same.tellsTheSame(as: other)
  }
}

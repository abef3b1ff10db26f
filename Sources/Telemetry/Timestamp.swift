/// A moment: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Finer digits of a device's time stamp are cut off. The range is ±292,000 years, so no arithmetic on accepted times
/// overflows: decoders refuse what lies outside the years 0001 to 9999.
public struct Timestamp: Hashable, Comparable, Sendable {
  public var microseconds: Int64

  @inlinable
  public init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  @inlinable
  public init(seconds: Int64) {
    self.microseconds = seconds * 1_000_000
  }

  /// Whole seconds, rounded towards the past.
  @inlinable
  public var seconds: Int64 {
    microseconds / 1_000_000 - (microseconds % 1_000_000 < 0 ? 1 : 0)
  }

  /// The first and the last moment that are accepted: the years 0001 to 9999.
  public static let accepted: ClosedRange<Timestamp> =
    Timestamp(seconds: -62_135_596_800)...Timestamp(microseconds: 253_402_300_799_999_999)

  @inlinable
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.microseconds < right.microseconds
  }

  @inlinable
  public static func + (moment: Timestamp, span: Duration) -> Timestamp {
    Timestamp(microseconds: moment.microseconds + span.microseconds)
  }

  @inlinable
  public static func - (moment: Timestamp, span: Duration) -> Timestamp {
    Timestamp(microseconds: moment.microseconds - span.microseconds)
  }

  /// The span from `earlier` to `later`.
  @inlinable
  public static func - (later: Timestamp, earlier: Timestamp) -> Duration {
    .microseconds(later.microseconds - earlier.microseconds)
  }
}

extension Duration {
  /// The whole microseconds in it.
  @inlinable
  public var microseconds: Int64 {
    components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }

  /// The seconds in it.
  @inlinable
  public var seconds: Double {
    Double(microseconds) / 1e6
  }
}

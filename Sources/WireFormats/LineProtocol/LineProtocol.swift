import Telemetry

/// InfluxDB line protocol: `measurement,tag=value field=1.5,other=2i 1700000000000000000`, one record a line.
///
/// Source: "Line protocol", https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/; where that is
/// silent, what InfluxData's decoder takes for right (https://github.com/influxdata/line-protocol).
///
/// A record's fields
/// - The measurement, a text named `_measurement`. Names that begin with `_` are InfluxDB's own, so no right device uses
///   it for a key.
/// - The line's fields under their keys: a number is a double, `1i` an integer, `1u` an integer too, or unsigned beyond
///   it; `t`, `T`, `true`, `True`, `TRUE` and their opposites are booleans; `"…"` is a text.
/// - The tags under their keys, as texts.
/// - No two of one name: the measurement goes before a field and a field before a tag, since what was measured must not
///   be hidden by what describes it; of two fields or two tags the first stays. It is bad as soon as one of them is.
/// - The time: the line's time stamp, rounded towards the past to microseconds; `unknown` where it has none.
///
/// What a bad line does
/// - A value that is none costs itself: quality `type`, or `overflow` where 64 bits do not hold it, or `missing` where
///   nothing stands. A text that is not UTF-8 is one of them.
/// - A time stamp that is none costs its line's fields, since nobody knows when they were measured: quality `type`, or
///   `overflow` for one beyond the accepted years. The record's time is unknown then. Its tags stay good.
/// - Anything else that is not line protocol refuses the message: a blank or a quote that is not escaped shifts what
///   stands behind it, and a text may hold line ends, so the other lines could be parts of it.
///
/// Lines end in LF, CR LF, or with the payload. Empty lines and comments, which begin with `#`, are let go; a
/// payload of nothing else has no records. A byte order mark is let go too. Control characters are allowed in texts and
/// in the values of tags, and a tab in a comment.
public struct LineProtocol: WireFormat {
  /// What one unit of a time stamp is.
  public enum Precision: String, CaseIterable, Sendable {
    case nanoseconds = "ns"
    case microseconds = "us"
    case milliseconds = "ms"
    case seconds = "s"

    /// The moment a number of units after 1970, rounded towards the past; nil outside the accepted years.
    func timestamp(_ units: Int64) -> Timestamp? {
      let (microseconds, isOver) =
        switch self {
        case .nanoseconds: (units / 1000 - (units % 1000 < 0 ? 1 : 0), false)
        case .microseconds: (units, false)
        case .milliseconds: units.multipliedReportingOverflow(by: 1000)
        case .seconds: units.multipliedReportingOverflow(by: 1_000_000)
        }
      let moment = Timestamp(microseconds: microseconds)
      return isOver || !Timestamp.accepted.contains(moment) ? nil : moment
    }
  }

  /// The name of the field that holds the measurement.
  public static let measurementName: StaticString = "_measurement"
  /// The fields and tags that a line may have.
  public static let mostNames = 1024

  public let precision: Precision

  public init(precision: Precision = .nanoseconds) { self.precision = precision }

  public var hasTimes: Bool { true }

  public func read(_ payload: UnsafeRawBufferPointer, into records: FieldRecords) -> Refusal? {
    guard payload.count > 0 else { return Refusal(.empty, "the payload is empty") }
    var reader = LineProtocolReader(payload, precision: precision, into: records)
    do {
      try reader.readLines()
      return nil
    } catch {
      return error
    }
  }
}

import Telemetry
import WireFormats

/// How a device writes its time stamps.
public enum TimeFormat: String, CaseIterable, Sendable {
  /// With a zone, or in the gateway's zone where the text has none.
  case iso8601
  case unixSeconds = "unix-s"
  case unixMilliseconds = "unix-ms"
  case unixMicroseconds = "unix-us"
  case unixNanoseconds = "unix-ns"
  /// Like `iso8601`; says that the device writes the gateway's local time.
  case local

  /// Units of this format in a second; nil for texts.
  private var perSecond: Int64? {
    switch self {
    case .unixSeconds: 1
    case .unixMilliseconds: 1000
    case .unixMicroseconds: 1_000_000
    case .unixNanoseconds: 1_000_000_000
    case .iso8601, .local: nil
    }
  }

  /// Less than this many seconds since 1970 are an uptime and no time: the year 2001.
  private static let leastSeconds: Int64 = 1_000_000_000

  /// The moment that a value names, or nil where it names none.
  func timestamp(_ value: RawValue, zone: Zone) -> Timestamp? {
    guard let perSecond else {
      guard let text = value.text else { return nil }
      return CivilTime.parse(text)?.timestamp(zoneOffset: zone.offset)
    }
    let microseconds: Int64?
    switch value {
    case .integer(let count): microseconds = TimeFormat.microseconds(count, perSecond)
    case .double(let count): microseconds = Int64(exactly: (count * (1e6 / Double(perSecond))).rounded(.down))
    case .text(let text):
      microseconds = Int64(String(decoding: text, as: UTF8.self)).flatMap { TimeFormat.microseconds($0, perSecond) }
    default: microseconds = nil
    }
    guard let microseconds else { return nil }
    let moment = Timestamp(microseconds: microseconds)
    guard Timestamp.accepted.contains(moment), moment.seconds >= TimeFormat.leastSeconds else { return nil }
    return moment
  }

  private static func microseconds(_ count: Int64, _ perSecond: Int64) -> Int64? {
    if perSecond > 1_000_000 { return count / (perSecond / 1_000_000) }
    let (product, overflow) = count.multipliedReportingOverflow(by: 1_000_000 / perSecond)
    return overflow ? nil : product
  }
}

/// The gateway's time zone, for time stamps without one.
public struct Zone: Sendable {
  /// Seconds east of UTC at a wall clock time, given in seconds since 1970 of that clock.
  public let offset: @Sendable (Int64) -> Int64

  public init(offset: @escaping @Sendable (Int64) -> Int64) {
    self.offset = offset
  }

  public static let utc = Zone { _ in 0 }
}

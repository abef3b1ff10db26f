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
  /// Like `iso8601`, or a number whose size says what it counts.
  case any

  /// Less than this many seconds since 1970 are an uptime and no time: the year 2001.
  private static let leastSeconds: Int64 = 1_000_000_000

  /// The moment that a value names, or nil where it names none.
  func timestamp(_ value: WireFormats.RawValue, zone: Zone) -> Timestamp? {
    let moment: Timestamp? =
      switch self {
      case .iso8601, .local: TimeFormat.civil(value, zone)
      case .unixSeconds: TimeFormat.epoch(value, perSecond: 1)
      case .unixMilliseconds: TimeFormat.epoch(value, perSecond: 1000)
      case .unixMicroseconds: TimeFormat.epoch(value, perSecond: 1_000_000)
      case .unixNanoseconds: TimeFormat.epoch(value, perSecond: 1_000_000_000)
      case .any: TimeFormat.epoch(value, perSecond: nil) ?? TimeFormat.civil(value, zone)
      }
    guard let moment, Timestamp.accepted.contains(moment), moment.seconds >= TimeFormat.leastSeconds else { return nil }
    return moment
  }

  private static func civil(_ value: WireFormats.RawValue, _ zone: Zone) -> Timestamp? {
    value.text.flatMap { CivilTime.parse($0)?.timestamp(zoneOffset: zone.offset) }
  }

  /// - Parameter perSecond: units in a second; nil where the number's size says it.
  private static func epoch(_ value: WireFormats.RawValue, perSecond: Int64?) -> Timestamp? {
    let microseconds: Int64?
    switch value {
    case .integer(let count): microseconds = TimeFormat.microseconds(count, perSecond ?? units(Double(count)))
    case .double(let count):
      microseconds = Int64(exactly: (count * (1e6 / Double(perSecond ?? units(count)))).rounded(.down))
    case .text(let text):
      microseconds = Int64(String(decoding: text, as: UTF8.self)).flatMap {
        TimeFormat.microseconds($0, perSecond ?? units(Double($0)))
      }
    default: microseconds = nil
    }
    return microseconds.map(Timestamp.init(microseconds:))
  }

  /// The units in a second of which so many have passed since 1970. Seconds reach 1e12 in the year 33658, and below 1e12
  /// milliseconds are an uptime, so that no number is of two units; so it goes on for the smaller ones.
  private static func units(_ count: Double) -> Int64 {
    var perSecond: Int64 = 1
    var next = Double(leastSeconds) * 1000
    while count >= next, perSecond < 1_000_000_000 {
      perSecond *= 1000
      next *= 1000
    }
    return perSecond
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

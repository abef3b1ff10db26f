import Storage
import Telemetry

/// The tags of all devices through time.
struct TagHistory {
  private let values: [Int64: [String: [(validFrom: Timestamp, value: String)]]]
  /// By device: the values in force now.
  private let currentValues: [Int64: [String: String]]
  /// By device: the first whole seconds in which changes are in force, in their order.
  private let changeSeconds: [Int64: [Int64]]

  /// - Parameter records: oldest first within a device and tag.
  init(_ records: [TagRecord]) {
    var values: [Int64: [String: [(validFrom: Timestamp, value: String)]]] = [:]
    for record in records {
      values[record.deviceID, default: [:]][record.name, default: []].append((record.validFrom, record.value))
    }
    self.values = values
    currentValues = values.mapValues { $0.compactMapValues { Self.told($0.last?.value) } }
    changeSeconds = values.mapValues { tags in
      Set(tags.values.joined().map { Self.firstSecond(of: $0.validFrom) }).sorted()
    }
  }

  private static func firstSecond(of change: Timestamp) -> Int64 {
    change.microseconds > .min + 999_999 ? Timestamp(microseconds: change.microseconds + 999_999).seconds : .min
  }

  /// The value in force at a moment; nil where the device has no such tag.
  func value(of name: String, device: Int64, at moment: Timestamp) -> String? {
    Self.told(values[device]?[name]?.last { $0.validFrom <= moment }?.value)
  }

  /// An empty value ends the one before it.
  private static func told(_ value: String?) -> String? { value?.isEmpty == true ? nil : value }

  /// Whether a device has, or had, a tag.
  func hasTag(_ name: String, of device: Int64) -> Bool { values[device]?[name] != nil }

  /// The moments at which a tag of a device took another value.
  func changes(of device: Int64) -> [Timestamp] {
    values[device]?.values.flatMap { $0.map(\.validFrom) } ?? []
  }

  /// The seconds around one of them in which no tag of a device changed.
  func unchangedSpan(of device: Int64, around second: Int64) -> Range<Int64> {
    var span = Int64.min..<Int64.max
    for from in changeSeconds[device] ?? [] {
      guard from <= second else { return span.lowerBound..<from }
      span = from..<span.upperBound
    }
    return span
  }

  /// The values in force at a moment.
  func values(of device: Int64, at moment: Timestamp) -> [String: String] {
    values[device]?.compactMapValues { Self.told($0.last { $0.validFrom <= moment }?.value) } ?? [:]
  }

  /// The values in force now.
  func current(of device: Int64) -> [String: String] { currentValues[device] ?? [:] }
}

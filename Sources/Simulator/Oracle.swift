import Foundation
import Telemetry

/// What the gateway must know in the end, per series and window, from what the broker acknowledged.
///
/// It is slow and obvious on purpose: it keeps every reading, and adds up when asked.
public struct Oracle: Sendable {
  public struct Key: Hashable, Comparable, Sendable {
    public let device: String
    public let metric: String
    /// Seconds since 1970.
    public let windowStart: Int64

    public init(device: String, metric: String, windowStart: Int64) {
      self.device = device
      self.metric = metric
      self.windowStart = windowStart
    }

    public static func < (left: Key, right: Key) -> Bool {
      (left.device, left.metric, left.windowStart) < (right.device, right.metric, right.windowStart)
    }
  }

  /// One series in one window.
  public struct Window: Sendable {
    public private(set) var good: [(time: Timestamp, value: KnownReading.Value)] = []
    public fileprivate(set) var badCount = 0
    private var known: Set<Known> = []

    private struct Known: Hashable {
      let time: Timestamp
      let value: KnownReading.Value
    }

    /// The fleet's profiles have time stamps: a reading of the same time and value as another is the same one again.
    fileprivate mutating func add(_ value: KnownReading.Value, at time: Timestamp) {
      if known.insert(Known(time: time, value: value)).inserted { good.append((time, value)) }
    }
  }

  public private(set) var windows: [Key: Window] = [:]
  /// Messages acknowledged, and those of them that cannot be decoded.
  public private(set) var messages = 0
  public private(set) var undecodable = 0

  public init() {}

  public mutating func add(_ message: SimulatedMessage) {
    messages += 1
    if message.fate == .refused { undecodable += 1 }
    for reading in message.readings {
      let seconds = reading.time.microseconds / 1_000_000
      let key = Key(device: reading.device, metric: reading.metric, windowStart: seconds / 60 * 60)
      if reading.value == .bad {
        windows[key, default: Window()].badCount += 1
      } else {
        windows[key, default: Window()].add(reading.value, at: reading.time)
      }
    }
  }

  /// NDJSON: one line per series and window, sorted.
  public func ndjson() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var lines = Data()
    for (key, window) in windows.sorted(by: { $0.key < $1.key }) {
      lines += try encoder.encode(OracleLine(key, window)) + Data("\n".utf8)
    }
    return lines
  }
}

/// One line of an oracle. Of states only counts, first and last are known.
public struct OracleLine: Codable, Sendable {
  public let device: String
  public let metric: String
  /// RFC 3339, UTC.
  public let start: String
  public let count: Int
  public let badCount: Int
  public let sum: Double?
  public let min: Double?
  public let max: Double?
  public let mean: Double?
  /// A number, or a state's name.
  public let first: String?
  public let last: String?

  private enum CodingKeys: String, CodingKey {
    case device, metric, start, count
    case badCount = "bad_count"
    case sum, min, max, mean, first, last
  }

  init(_ key: Oracle.Key, _ window: Oracle.Window) {
    device = key.device
    metric = key.metric
    start = CivilTime(Timestamp(seconds: key.windowStart), zoneOffset: 0).text
    count = window.good.count
    badCount = window.badCount
    let numbers = window.good.compactMap { reading -> Double? in
      if case .number(let number) = reading.value { number } else { nil }
    }
    sum = numbers.isEmpty ? nil : numbers.reduce(0, +)
    min = numbers.min()
    max = numbers.max()
    mean = sum.map { $0 / Double(numbers.count) }
    first = window.first.map(OracleLine.text)
    last = window.last.map(OracleLine.text)
  }

  private static func text(_ value: KnownReading.Value) -> String {
    switch value {
    case .number(let number): "\(number)"
    case .state(let name): name
    case .bad: "bad"
    }
  }
}

extension Oracle.Window {
  /// The earliest value; of several at one time the one that was sent first.
  public var first: KnownReading.Value? {
    let time = good.map(\.time).min()
    return good.first { $0.time == time }?.value
  }

  /// The latest value; of several at one time the one that was sent last.
  public var last: KnownReading.Value? {
    let time = good.map(\.time).max()
    return good.last { $0.time == time }?.value
  }
}

import Foundation
import Telemetry

extension Oracle {
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

import DeviceCatalog
import Telemetry

/// A reading as `ganglion decode` tells it, one JSON object a line.
public struct ReadingLine: Encodable, Sendable {
  private let reading: MessageDecoder.Reading
  private let receivedAt: Timestamp

  /// - Parameter receivedAt: the reading's time where the message has none.
  public init(_ reading: MessageDecoder.Reading, receivedAt: Timestamp) {
    self.reading = reading
    self.receivedAt = receivedAt
  }

  private enum CodingKeys: CodingKey { case device, metric, kind, value, unit, time, quality, reason }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(reading.device, forKey: .device)
    try container.encode(reading.metric.name, forKey: .metric)
    try container.encode(reading.metric.kind, forKey: .kind)
    switch reading.value {
    case .number(let number): try container.encode(WholeNumber(number), forKey: .value)
    case .state(let name): try container.encode(name, forKey: .value)
    case nil: try container.encodeNil(forKey: .value)
    }
    try container.encode(reading.metric.canonicalUnit, forKey: .unit)
    try container.encode(QueryTime.text(reading.time ?? receivedAt), forKey: .time)
    try container.encode(reading.reason == nil ? "good" : "bad", forKey: .quality)
    if let reason = reading.reason { try container.encode(reason, forKey: .reason) }
  }

  /// The value in words, for tables: with its unit, or why it is bad.
  public var valueText: String { reading.valueText }
}

/// A number in JSON with all its digits.
private struct WholeNumber: Encodable {
  private let number: Number

  init(_ number: Number) {
    self.number = number
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let integer = Int64(number.text) {
      try container.encode(integer)
    } else if let integer = UInt64(number.text) {
      try container.encode(integer)
    } else {
      try container.encode(number.value)
    }
  }
}

import Telemetry

/// What a message says, as the one who made it knows it: a value in the canonical unit, a state, or a bad reading.
public struct KnownReading: Sendable {
  public enum Value: Hashable, Sendable {
    case number(Double)
    case state(String)
    case bad
  }

  public let device: String
  public let metric: String
  public let time: Timestamp
  public let value: Value

  public init(device: String, metric: String, time: Timestamp, value: Value) {
    self.device = device
    self.metric = metric
    self.time = time
    self.value = value
  }
}

/// By what a gateway tells that something was sent again: the `identity` of a profile.
public enum MessageIdentity: Sendable {
  /// A reading of the same series, time and value is the same.
  case time
  /// A message with the same id of the same device is the same.
  case message
  /// Nothing: everything counts.
  case none
}

/// A message on its way to the broker.
public struct SimulatedMessage: Sendable {
  /// What becomes of it at a gateway with the built-in profiles.
  public enum Fate: Sendable {
    case decoded
    /// A dead letter.
    case refused
    /// It says something, but holds no readings: the birth of a Sparkplug node.
    case ignored
  }

  public let topic: String
  public let payload: [UInt8]
  /// Those that count; empty where none is made of it.
  public internal(set) var readings: [KnownReading]
  public let fate: Fate
  public internal(set) var identity = MessageIdentity.time
  /// The readings' times are those of the receipt, which only the gateway knows.
  public internal(set) var isTimedByReceipt = false

  public init(topic: String, payload: [UInt8], readings: [KnownReading], fate: Fate? = nil) {
    self.topic = topic
    self.payload = payload
    self.readings = readings
    self.fate = fate ?? (readings.isEmpty ? .refused : .decoded)
  }

  public init(topic: String, payload: String, readings: [KnownReading]) {
    self.init(topic: topic, payload: Array(payload.utf8), readings: readings)
  }
}

/// A number with a fixed count of decimals, kept as it is written, so that what is sent and what is known are the same.
struct Decimal {
  let text: String
  let value: Double

  /// The number `units / 10^decimals`.
  init(_ units: Int, decimals: Int) {
    var digits = String(abs(units))
    while digits.count <= decimals { digits = "0" + digits }
    let point = digits.index(digits.endIndex, offsetBy: -decimals)
    text = (units < 0 ? "-" : "") + digits[..<point] + (decimals > 0 ? "." : "") + digits[point...]
    value = Double(text)!
  }
}

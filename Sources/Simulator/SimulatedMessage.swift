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

/// A message on its way to the broker.
public struct SimulatedMessage: Sendable {
  public let topic: String
  public let payload: String
  /// Empty where the gateway can only refuse the message.
  public let readings: [KnownReading]

  public init(topic: String, payload: String, readings: [KnownReading]) {
    self.topic = topic
    self.payload = payload
    self.readings = readings
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

import Telemetry

@testable import Simulator

/// A device that counts its messages and says when each was made.
struct Ticker: SimulatedDevice {
  let name: String
  let interval: Duration
  var traits = DeviceTraits()
  private var count = 0

  init(_ name: String, every interval: Duration, _ traits: DeviceTraits = DeviceTraits()) {
    self.name = name
    self.interval = interval
    self.traits = traits
  }

  mutating func message(at time: Timestamp, using random: inout RandomSource) -> SimulatedMessage {
    count += 1
    return SimulatedMessage(
      topic: name, payload: "\(count) \(time.microseconds)",
      readings: [KnownReading(device: name, metric: "count", time: time, value: .number(Double(count)))])
  }
}

/// What a ticker's message says.
struct Tick: Hashable {
  let name: String
  let count: Int
  let madeAt: Timestamp

  /// Nil for a garbled message.
  init?(_ message: SimulatedMessage) {
    let words = String(decoding: message.payload, as: UTF8.self).split(separator: " ")
    guard message.fate == .decoded, words.count == 2, let count = Int(words[0]), let microseconds = Int64(words[1])
    else { return nil }
    name = message.topic
    self.count = count
    madeAt = Timestamp(microseconds: microseconds)
  }
}

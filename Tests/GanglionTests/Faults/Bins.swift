import Simulator
import Telemetry

/// Bins that say one weight in each message. No two messages have the same time, so that each is told from every other.
struct Bins: Fleet {
  static let filter = "city/+/waste/+/up"

  private static let began = Timestamp(microseconds: Timestamp.now.microseconds / 1000 * 1000) - .seconds(600)
  private let bins: Int
  private var index: Int

  /// - Parameters:
  ///   - bins: how many; they speak in turn.
  ///   - first: the number of the first message. Those of one number are the same message.
  init(_ bins: Int = 10, from first: Int = 0) {
    self.bins = bins
    index = first
  }

  static func name(_ index: Int) -> String { "bin-\(index)" }

  static func topic(_ index: Int) -> String { "city/licheng/waste/\(name(index))/up" }

  mutating func nextMessage(at _: Timestamp) -> SimulatedMessage {
    defer { index += 1 }
    return message(index)
  }

  func message(_ number: Int) -> SimulatedMessage {
    let time = Self.began + .milliseconds(number)
    let weight = number % 100 + 1
    return SimulatedMessage(
      topic: Self.topic(number % bins),
      payload: #"{"ts":\#(time.microseconds / 1000),"weigh":{"kg":\#(weight)}}"#,
      readings: [
        KnownReading(
          device: Self.name(number % bins), metric: "weight_added", time: time, value: .number(Double(weight)))
      ])
  }

  /// Publishes so many messages and waits until the broker has them all.
  ///
  /// - Parameter change: of the publisher's settings.
  func publish(
    _ count: Int, to broker: PrivateBroker, _ change: (inout Publisher.Settings) -> Void = { _ in }
  ) async throws -> Oracle {
    var settings = Publisher.Settings(host: "127.0.0.1", port: broker.port)
    settings.messageLimit = count
    change(&settings)
    let publisher = Publisher(settings, fleet: self)
    return try await onThread { try publisher.run() }
  }
}

import Foundation
import LoopbackBroker
import Simulator
import Telemetry

/// What is pushed of a fleet: its messages with the usual faults, made before; event time goes on by five minutes.
struct BenchFleetLoad {
  let pusher: Pusher
  let readingsPerMessage: Double
  let bytesPerMessage: Double
  let topics: Int
  /// Processor time to make a message, the pushed packet included.
  let makingMicroseconds: Double

  /// The same in every run.
  private static let seed: UInt64 = 1

  init(_ name: FleetName, messages: Int) {
    let before = ProcessUsage.now
    let span = BenchSpan()
    var fleet = name.fleet(seed: Self.seed)
    var readings = 0
    var bytes = 0
    var topics: Set<String> = []
    pusher = Pusher(messages: messages, qos: 1) { index in
      let message = fleet.nextMessage(at: span.time(index, of: messages))
      readings += message.readings.count
      bytes += message.payload.count
      topics.insert(message.topic)
      return (message.topic, message.payload)
    }
    readingsPerMessage = Double(readings) / Double(messages)
    bytesPerMessage = Double(bytes) / Double(messages)
    self.topics = topics.count
    makingMicroseconds = (ProcessUsage.now.cpuSeconds - before.cpuSeconds) * 1e6 / Double(messages)
  }
}

/// The five minutes of event time through which a run goes.
struct BenchSpan {
  private static let lengthMilliseconds: Int64 = 300_000
  /// In an hour that is not over: an hour that is made, or corrected, meanwhile costs as much as the messages.
  private let beganAtMilliseconds: Int64

  init() {
    let now = Int64(Date().timeIntervalSince1970 * 1000)
    beganAtMilliseconds = max(now - 2 * Self.lengthMilliseconds, now / 3_600_000 * 3_600_000)
  }

  func milliseconds(_ index: Int, of messages: Int) -> Int64 {
    beganAtMilliseconds + Int64(index) * Self.lengthMilliseconds / Int64(messages)
  }

  func time(_ index: Int, of messages: Int) -> Timestamp {
    Timestamp(microseconds: milliseconds(index, of: messages) * 1000)
  }
}

import Foundation
import LoopbackBroker
import Simulator
import Telemetry
import TestSupport
import Testing

/// Messages that a broker sends too large, too old, or too many of.
@Suite(.exclusive)
struct BrokerFaultMessageTests {
  private let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
  }

  /// One message of so many bytes that is a reading, but for its size.
  private struct LargeMessage: Fleet {
    let bytes: Int

    mutating func nextMessage(at now: Timestamp) -> SimulatedMessage {
      let message = Bins().message(0)
      let space = [UInt8](repeating: UInt8(ascii: " "), count: bytes - message.payload.count)
      return SimulatedMessage(topic: message.topic, payload: message.payload + space, readings: [])
    }
  }

  private func publish(_ bytes: Int, to broker: PrivateBroker) async throws {
    var settings = Publisher.Settings(host: "127.0.0.1", port: broker.port)
    settings.messageLimit = 1
    let publisher = Publisher(settings, fleet: LargeMessage(bytes: bytes))
    _ = try await onThread { try publisher.run() }
  }

  @Test("A message larger than mqtt.max_packet is a dead letter; one that the broker may not send costs nothing else")
  func oversize() async throws {
    let broker = try PrivateBroker(directory: try scratch.directory("broker"))
    defer { broker.stop() }
    let gateway = try FaultedGateway("url: mqtt://127.0.0.1:\(broker.port)", "max_packet: 64KiB", in: scratch)
    try await gateway.isSubscribed()
    _ = try await Bins().publish(1, to: broker)
    for bytes in [(64 << 10) + 1, 10 << 20, 17 << 20, 64 << 10] { try await publish(bytes, to: broker) }
    _ = try await Bins(from: 1).publish(1, to: broker)
    try await gateway.aggregates(2)
    let line =
      #/messages are larger than mqtt.max_packet, 65536 bytes \([12] so far\), and become dead letters: `ganglion dead-letters list --reason oversize` shows from where\n/#
    #expect(gateway.log.matches(of: line).count == 1, "\(gateway.log)")
    #expect(
      try await gateway.metric(
        "ganglion_messages_total{route=\"city/{district}/waste/{device}/up\",outcome=\"dead-lettered\",reason=\"oversize\"}"
      ) == 2)
    // The first is the largest that is taken, and says again what the first message said.
    #expect(
      try gateway.stop()
        == FaultedGateway.Counts(
          received: 5, messages: ["decoded": 3, "dead-lettered {oversize}": 2],
          readings: ["aggregated": 2, "duplicate": 1]))
  }

  @Test("A flood of retained messages is told and aggregated nowhere; it does not come again with a reconnect")
  func retainedFlood() async throws {
    let broker = try PrivateBroker(directory: try scratch.directory("broker"))
    defer { broker.stop() }
    _ = try await Bins(5000).publish(5000, to: broker) { $0.isRetained = true }
    let gateway = try FaultedGateway("url: mqtt://127.0.0.1:\(broker.port)", in: scratch)
    try await gateway.isSubscribed()
    try await gateway.metric("ganglion_session_retained_total", becomes: 5000)
    broker.stop()
    try broker.start()
    try await gateway.isSubscribed(times: 2)
    _ = try await Bins(5000, from: 5000).publish(100, to: broker)
    try await gateway.aggregates(100)
    #expect(try await gateway.metric("ganglion_session_retained_total") == 5000)
    let line =
      #/retained messages come \(\d+ so far\): they are not aggregated, for they were counted when they were published; those with a time stamp of their own set latest values\n/#
    #expect(gateway.log.matches(of: line).count == 1, "\(gateway.log)")
    let counts = try gateway.stop()
    // The last acknowledgements may have been on the way when the broker went.
    #expect(counts.received - (counts.messages["duplicate"] ?? 0) == 5100)
    #expect(counts.messages["decoded"] == 5100)
    #expect(counts.readings == ["aggregated": 100, "rejected {retained}": 5000])
  }

  @Test("A flood at QoS 0 is taken whole, as fast as it goes, in bounded memory, and told")
  func qos0Flood() async throws {
    let flood = 100_000
    let broker = try LoopbackBroker()
    let gateway = try FaultedGateway(
      "url: mqtt://127.0.0.1:\(broker.port)", "protocol: '3.1.1'", in: scratch, pipeline: "{ ring_capacity: 8192 }")
    let pusher = Pusher(messages: flood, qos: 0) { number in
      let message = Bins(100).message(number)
      return (message.topic, message.payload)
    }
    async let pushed: Void = onThread { try pusher.serve(broker) }
    try await gateway.isSubscribed()
    try await gateway.aggregates(flood, within: .seconds(60))
    let line =
      #/messages come at QoS 0 \(\d+ so far\): what the broker drops of them, and what comes while the gateway is away, is lost unseen; devices that publish at QoS 1 lose nothing\n/#
    #expect(gateway.log.matches(of: line).count == 1, "\(gateway.log)")
    #expect(try await gateway.metric("ganglion_messages_received_qos0_total") == flood)
    let peak = try gateway.peakMemoryMiB()
    print("\(flood) messages at QoS 0: \(peak) MiB at most")
    #expect(peak < 200)
    #expect(
      try gateway.stop()
        == FaultedGateway.Counts(
          received: Int64(flood), messages: ["decoded": Int64(flood)], readings: ["aggregated": Int64(flood)]))
    try await pushed
  }
}

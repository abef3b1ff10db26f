import Telemetry
import Testing
import WireFormats

@testable import Sparkplug

/// All nodes together: their limits, and what there is to be shown.
@Suite struct HostApplicationTests {
  private func birth(_ count: Int, seq: UInt64 = 0) -> WirePayload {
    WirePayload(
      seq: seq, at: nil, (0..<count).map { WireMetric("m\($0)", alias: UInt64($0), .int32, .intValue(1)) })
  }

  private func data(seq: UInt64) -> WirePayload { WirePayload(seq: seq, WireMetric(alias: 0, nil, .intValue(7))) }

  @Test("So many nodes are kept; a message of one more is refused, and those that are known go on")
  func mostNodes() throws {
    var host = HostApplication(SparkplugTiming(), mostNodes: 2, mostDefinitions: 100)
    for node in ["n", "m"] { #expect(host.hear("spBv1.0/g/NBIRTH/\(node)", birth(1)).outcome == .birth) }
    #expect(host.hear("spBv1.0/g/NBIRTH/o", birth(1)).refusal == HostApplication.tooManyNodes)
    #expect(host.hear("spBv1.0/g/NDATA/m", data(seq: 1)) == Heard(.values, "m0=7"))
    #expect(HostApplication.tooManyNodes == Refusal(.deviceLimit, "more than 10000 Sparkplug nodes"))
    let topic = try #require(SparkplugTopic("spBv1.0/g/DDATA/m/d"))
    #expect(host.node(of: topic) == 1)
  }

  @Test("So many metrics of births are kept; a birth that would make them more is refused, one in its place is not")
  func mostDefinitions() {
    var host = HostApplication(SparkplugTiming(), mostNodes: 9, mostDefinitions: 10)
    #expect(host.hear("spBv1.0/g/NBIRTH/n", birth(4)).outcome == .birth)
    #expect(host.hear("spBv1.0/g/DBIRTH/n/d", birth(4, seq: 1)).outcome == .birth)
    #expect(host.hear("spBv1.0/g/DBIRTH/n/e", birth(3, seq: 2)).refusal?.reason == .deviceLimit)
    #expect(host.hear("spBv1.0/g/NBIRTH/m", birth(3)).refusal?.reason == .deviceLimit)
    #expect(host.hear("spBv1.0/g/DBIRTH/n/d", birth(6, seq: 3)).outcome == .birth)
    #expect(host.hear("spBv1.0/g/DBIRTH/n/d", birth(7, seq: 4)).refusal?.reason == .deviceLimit)
    #expect(host.hear("spBv1.0/g/NBIRTH/n", birth(10)).outcome == .birth)
    #expect(host.hear("spBv1.0/g/NBIRTH/m", birth(1)).refusal?.reason == .deviceLimit)
    #expect(host.hear("spBv1.0/g/NBIRTH/n", birth(9)).outcome == .birth)
    #expect(host.hear("spBv1.0/g/NBIRTH/m", birth(1)).outcome == .birth)
  }

  @Test("Metrics that were stored count, and the parts of metrics count")
  func definitionsOfOthers() throws {
    var host = HostApplication(SparkplugTiming(), mostNodes: 9, mostDefinitions: 10)
    var template = WireTemplate()
    template.metrics = [WireMetric("a", .int8, .intValue(1)), WireMetric("b", .int8, .intValue(1))]
    _ = host.hear("spBv1.0/g/NBIRTH/n", WirePayload(seq: 0, WireMetric("t", .template, .templateValue(template))))
    var restored = HostApplication(SparkplugTiming(), mostNodes: 9, mostDefinitions: 10)
    for node in host.unsaved() { try restored.restore(node) }
    for var host in [host, restored] {
      #expect(host.hear("spBv1.0/g/NBIRTH/m", birth(8)).refusal?.reason == .deviceLimit)
      #expect(host.hear("spBv1.0/g/NBIRTH/m", birth(7)).outcome == .birth)
    }
  }

  @Test("A birth that is refused for its size ends what its aliases meant")
  func refusedBirth() {
    var host = HostApplication(SparkplugTiming(), mostNodes: 9, mostDefinitions: 10)
    _ = host.hear("spBv1.0/g/NBIRTH/n", birth(2))
    #expect(host.hear("spBv1.0/g/NBIRTH/n", birth(11)).refusal?.reason == .deviceLimit)
    #expect(host.hear("spBv1.0/g/NDATA/n", data(seq: 1)).refusal?.reason == .birth)
    #expect(host.hear("spBv1.0/g/NBIRTH/n", birth(10)).outcome == .birth)
    #expect(host.hear("spBv1.0/g/NDATA/n", data(seq: 1)) == Heard(.values, "m0=7"))
  }

  @Test("A message has so many metrics")
  func mostMetrics() {
    var host = HostApplication()
    let most = SparkplugPayload.mostMetrics
    #expect(host.hear("spBv1.0/g/NBIRTH/n", birth(most)).outcome == .birth)
    #expect(
      host.hear("spBv1.0/g/NBIRTH/n", birth(most + 1)).refusal
        == Refusal(.malformed, "more than \(most) metrics"))
  }

  @Test("A refusal says where a payload stops to be one")
  func whereItIsBroken() {
    var host = HostApplication()
    func refusal(_ bytes: [UInt8]) -> Refusal? { host.hear("spBv1.0/g/NDATA/n", bytes).refusal }
    #expect(
      refusal([0x08, 1, 0x18, 2, 0x1B])
        == Refusal(.malformed, "the payload is no Sparkplug B message from byte 4 on"))
    #expect(
      refusal([0x12, 2, 0x10, 1, 0x12, 1, 0x08])
        == Refusal(.malformed, "metric 2 of the payload is no Sparkplug B metric"))
  }

  @Test("The status counts nodes, those that are alive, and what aliases did not mean")
  func status() {
    var host = HostApplication()
    #expect(host.status == HostApplication.Status())
    _ = host.hear("spBv1.0/g/NBIRTH/n", birth(1))
    _ = host.hear("spBv1.0/g/NBIRTH/m", birth(1))
    _ = host.hear("spBv1.0/g/NDEATH/m", WirePayload())
    let unknown = WireMetric(alias: 5, nil, .intValue(7))
    _ = host.hear("spBv1.0/g/NDATA/n", WirePayload(seq: 1, unknown, unknown))
    _ = host.asks(at: 0)
    var expected = HostApplication.Status()
    expected.nodes = 2
    expected.nodesAlive = 1
    expected.unknownAliases = 2
    expected.rebirthsRequested = 1
    #expect(host.status == expected)
  }

  @Test("A node is known by its group and its name, not by its device or the letter of a type")
  func names() throws {
    var host = HostApplication()
    let topics = ["spBv1.0/g/NDATA/n", "spBv1.0/g/DDATA/n/d", "spBv1.0/h/NDATA/n", "spBv1.0/g/NDATA/m"]
    let numbers = try topics.map { host.node(of: try #require(SparkplugTopic($0))) }
    #expect(numbers == [0, 0, 1, 2])
  }
}

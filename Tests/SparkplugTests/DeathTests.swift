import Telemetry
import Testing

@testable import Sparkplug

/// What deaths mean.
@Suite struct DeathTests {
  private func born(bdSeq: WireMetric? = .bdSeq(4)) -> HostApplication {
    var host = HostApplication()
    let speed = WireMetric("speed", alias: 1, .int16, .intValue(100))
    _ = host.hear("spBv1.0/g/NBIRTH/n", WirePayload(seq: 0, at: nil, (bdSeq.map { [$0] } ?? []) + [speed]))
    for (seq, device) in ["d", "c", ""].enumerated() {
      _ = host.hear(
        "spBv1.0/g/DBIRTH/n/\(device)",
        WirePayload(seq: UInt64(seq) + 1, WireMetric("level", alias: UInt64(seq) + 2, .double, .doubleValue(0.5))))
    }
    return host
  }

  @Test("A node's death makes it and its living devices stale, once, at the time of the receipt")
  func nodeDies() {
    var host = born()
    #expect(
      host.hear("spBv1.0/g/DDEATH/n/d", WirePayload(seq: 4, at: 77_000)).outcome
        == .death(of: ["d"], at: Timestamp(seconds: 77)))
    #expect(
      host.hear("spBv1.0/g/NDEATH/n", WirePayload(at: 88_000, .bdSeq(4)))
        == Heard(.death(of: [nil, "", "c"], at: nil)))
    #expect(host.status.nodesAlive == 0)
    #expect(host.hear("spBv1.0/g/NDEATH/n", WirePayload(.bdSeq(4))) == Heard(.nothing))
    #expect(host.hear("spBv1.0/g/DDEATH/n/c", WirePayload(seq: 5)) == Heard(.nothing))
  }

  @Test("A device's death is at its time, or at its receipt, and happens once")
  func deviceDies() {
    var host = born()
    #expect(host.hear("spBv1.0/g/DDEATH/n/d", WirePayload(seq: 4)).outcome == .death(of: ["d"], at: nil))
    #expect(host.hear("spBv1.0/g/DDEATH/n/d", WirePayload(seq: 5)) == Heard(.nothing))
    #expect(host.hear("spBv1.0/g/DDEATH/n/never", WirePayload(seq: 6)) == Heard(.nothing))
    #expect(
      host.hear("spBv1.0/g/DDEATH/n/c", WirePayload(seq: 7, at: .max)).outcome
        == .death(of: ["c"], at: Timestamp.accepted.upperBound))
    #expect(host.asks(at: 100) == [])
  }

  @Test("What is stale is what the birth named, and the parts of what it named")
  func staleValues() {
    var host = HostApplication()
    var machine = WireTemplate()
    machine.metrics = [WireMetric("rpm", .int32, .intValue(1))]
    _ = host.hear(
      "spBv1.0/g/NBIRTH/n",
      WirePayload(
        seq: 0, at: 5000, WireMetric("speed", alias: 1, .int16, .intValue(100)),
        WireMetric("machine", .template, .templateValue(machine))))
    _ = host.hear("spBv1.0/g/NDATA/n", WirePayload(seq: 1, WireMetric("more", .int16, .intValue(100))))
    _ = host.hear("spBv1.0/g/NDEATH/n", WirePayload())
    #expect(host.stale("spBv1.0/g/NDATA/n") == ["speed=null!stale machine=null!stale machine/rpm=null!stale"])
    #expect(host.birthTopic(of: nil, ofNode: 0).text == "spBv1.0/g/NBIRTH/n")
    #expect(host.birthTopic(of: "d", ofNode: 0).text == "spBv1.0/g/DBIRTH/n/d")
  }

  @Test("The will of another session than that of the last birth means nothing")
  func otherSession() {
    var host = born()
    for other: UInt64 in [3, 5, 260] {
      #expect(host.hear("spBv1.0/g/NDEATH/n", WirePayload(.bdSeq(other))) == Heard(.nothing))
    }
    #expect(host.status.nodesAlive == 1)
  }

  @Test("Where the birth or the will names no session, the will holds")
  func noSession() {
    var host = born(bdSeq: nil)
    #expect(
      host.hear("spBv1.0/g/NDEATH/n", WirePayload(.bdSeq(3))).outcome == .death(of: [nil, "", "c", "d"], at: nil))
    for metric in [WireMetric("other", .int64, .longValue(3)), .bdSeq(3).with { $0.value = .stringValue("3") }] {
      host = born()
      #expect(
        host.hear("spBv1.0/g/NDEATH/n", WirePayload(metric)).outcome == .death(of: [nil, "", "c", "d"], at: nil))
    }
  }

  @Test("A session's number may stand in 32 bits")
  func sessionIn32Bits() {
    var host = born(bdSeq: WireMetric("bdSeq", .uint8, .intValue(4)))
    #expect(host.hear("spBv1.0/g/NDEATH/n", WirePayload(.bdSeq(5))) == Heard(.nothing))
    #expect(host.hear("spBv1.0/g/NDEATH/n", WirePayload(.bdSeq(4))).outcome != .nothing)
  }

  @Test("After a death aliases mean nothing, and names what they meant")
  func dataAfterDeath() {
    var host = born()
    _ = host.hear("spBv1.0/g/DDEATH/n/d", WirePayload(seq: 4))
    let alias = WirePayload(seq: 5, WireMetric(alias: 2, nil, .doubleValue(1)))
    #expect(host.hear("spBv1.0/g/DDATA/n/d", alias).refusal?.reason == .birth)
    _ = host.hear("spBv1.0/g/NDEATH/n", WirePayload(.bdSeq(4)))
    let own = WirePayload(seq: 6, WireMetric(alias: 1, nil, .intValue(1)))
    #expect(host.hear("spBv1.0/g/NDATA/n", own).refusal?.reason == .birth)
    let named = WirePayload(seq: 7, WireMetric("speed", nil, .intValue(0xFFFF)))
    #expect(host.hear("spBv1.0/g/NDATA/n", named) == Heard(.values, "speed=-1"))
    #expect(host.asks(at: 0) == ["no-birth g/n"])
  }

  @Test("A death ends the devices of a node whose own birth was missed")
  func devicesWithoutNode() {
    var host = HostApplication()
    _ = host.hear("spBv1.0/g/DBIRTH/n/d", WirePayload(seq: 1, WireMetric("level", .double, .doubleValue(0.5))))
    #expect(host.hear("spBv1.0/g/NDEATH/n", WirePayload(.bdSeq(4))).outcome == .death(of: ["d"], at: nil))
  }

  @Test("A node that was never heard of may die")
  func unknownNode() {
    var host = HostApplication()
    #expect(host.hear("spBv1.0/g/NDEATH/n", WirePayload(.bdSeq(4))) == Heard(.nothing))
    #expect(host.asks(at: 100) == [])
  }
}

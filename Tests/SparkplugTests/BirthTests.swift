import Telemetry
import Testing
import WireFormats

@testable import Sparkplug

/// What births mean for the data that follow them.
@Suite struct BirthTests {
  private let speed = WireMetric("speed", alias: 1, .int16, .intValue(100))
  private let level = WireMetric("level", alias: 2, .double, .doubleValue(0.5))

  private func born() -> HostApplication {
    var host = HostApplication()
    _ = host.hear("spBv1.0/g/NBIRTH/n", WirePayload(seq: 0, .bdSeq(4), speed))
    _ = host.hear("spBv1.0/g/DBIRTH/n/d", WirePayload(seq: 1, level))
    return host
  }

  private func alias(_ alias: UInt64, _ value: WireMetric.OneOf_Value, seq: UInt64) -> WirePayload {
    WirePayload(seq: seq, WireMetric(alias: alias, nil, value))
  }

  @Test("A birth has the values that stand now")
  func values() {
    var host = HostApplication()
    let heard = host.hear("spBv1.0/g/NBIRTH/n", WirePayload(seq: 0, at: 9000, .bdSeq(4), speed))
    #expect(heard == Heard(.birth, "9000: bdSeq=4 speed=100"))
    #expect(host.status.nodesAlive == 1)
  }

  @Test("An alias has the name and the type that the birth gave it")
  func aliasData() {
    var host = born()
    #expect(host.hear("spBv1.0/g/NDATA/n", alias(1, .intValue(0xFFFF), seq: 2)) == Heard(.values, "speed=-1"))
    #expect(host.hear("spBv1.0/g/DDATA/n/d", alias(2, .doubleValue(2), seq: 3)) == Heard(.values, "level=2.0"))
  }

  @Test("A name has the type that the birth gave it, unless the message says another; an unknown one stands as it is")
  func namedData() {
    var host = born()
    let heard = host.hear(
      "spBv1.0/g/NDATA/n",
      WirePayload(
        seq: 2, WireMetric("speed", nil, .intValue(0xFFFF)), WireMetric("speed", .uint16, .intValue(0xFFFF)),
        WireMetric("other", nil, .intValue(0xFFFF))))
    #expect(heard == Heard(.values, "speed=-1 speed=65535 other=65535"))
    #expect(host.status.unknownAliases == 0)
  }

  @Test("Before any birth names are good, and aliases mean nothing")
  func beforeBirth() {
    var host = HostApplication()
    let named = host.hear("spBv1.0/g/NDATA/n", WirePayload(seq: 2, WireMetric("speed", .int16, .intValue(7))))
    #expect(named == Heard(.values, "speed=7"))
    let refusal = host.hear("spBv1.0/g/NDATA/n", alias(1, .intValue(7), seq: 3)).refusal
    #expect(refusal?.reason == .birth)
    #expect(refusal?.detail == "its metrics are aliases, and no birth of the node g/n is in force")
    #expect(host.status.unknownAliases == 1)
    #expect(host.status.nodesAlive == 0)
  }

  @Test("An alias that no birth names costs the other metrics of its message nothing")
  func unknownAlias() {
    var host = born()
    let mixed = host.hear(
      "spBv1.0/g/NDATA/n",
      WirePayload(seq: 2, WireMetric(alias: 9, nil, .intValue(1)), WireMetric(alias: 1, nil, .intValue(2))))
    #expect(mixed == Heard(.values, "speed=2"))
    #expect(host.status.unknownAliases == 1)
    #expect(host.hear("spBv1.0/g/NDATA/n", alias(9, .intValue(1), seq: 3)).refusal?.reason == .birth)
    #expect(host.asks(at: 0) == ["alias g/n"])
  }

  @Test("A message without metrics has no values, and is none the worse")
  func noMetrics() {
    var host = born()
    #expect(host.hear("spBv1.0/g/NDATA/n", WirePayload(seq: 2, at: 1)) == Heard(.values))
    #expect(host.hear("spBv1.0/g/NDATA/n", WirePayload(seq: 3, WireMetric())).refusal?.reason == .birth)
  }

  @Test("A device that was not born has names, and no aliases")
  func deviceWithoutBirth() {
    var host = born()
    let refusal = host.hear("spBv1.0/g/DDATA/n/e", alias(2, .intValue(7), seq: 2)).refusal
    #expect(refusal?.detail == "its metrics are aliases, and no birth of the device g/n/e is in force")
    #expect(host.asks(at: 0) == ["no-birth g/n"])
  }

  @Test("A device that is born before its node has its aliases once the node is born, and it is born again")
  func deviceBeforeNode() {
    var host = HostApplication()
    #expect(host.hear("spBv1.0/g/DBIRTH/n/d", WirePayload(seq: 1, level)).outcome == .birth)
    #expect(host.hear("spBv1.0/g/DDATA/n/d", alias(2, .doubleValue(7), seq: 2)).refusal?.reason == .birth)
    #expect(host.asks(at: 0) == ["no-birth g/n"])
    _ = host.hear("spBv1.0/g/NBIRTH/n", WirePayload(seq: 0, speed))
    #expect(host.hear("spBv1.0/g/DDATA/n/d", alias(2, .doubleValue(7), seq: 1)).refusal?.reason == .birth)
    _ = host.hear("spBv1.0/g/DBIRTH/n/d", WirePayload(seq: 2, level))
    #expect(host.hear("spBv1.0/g/DDATA/n/d", alias(2, .doubleValue(7), seq: 3)) == Heard(.values, "level=7.0"))
  }

  @Test("A device's birth takes the place of the one before, all of it")
  func deviceIsBornAgain() {
    var host = born()
    _ = host.hear("spBv1.0/g/DBIRTH/n/d", WirePayload(seq: 2, WireMetric("depth", alias: 3, .int8, .intValue(1))))
    #expect(host.hear("spBv1.0/g/DDATA/n/d", alias(2, .doubleValue(2), seq: 3)).refusal?.reason == .birth)
    #expect(host.hear("spBv1.0/g/DDATA/n/d", alias(3, .intValue(255), seq: 4)) == Heard(.values, "depth=-1"))
  }

  @Test("A node's birth ends those of its devices")
  func nodeIsBornAgain() {
    var host = born()
    _ = host.hear("spBv1.0/g/NBIRTH/n", WirePayload(seq: 0, speed))
    #expect(host.hear("spBv1.0/g/DDATA/n/d", alias(2, .doubleValue(2), seq: 1)).refusal?.reason == .birth)
    #expect(host.stale("spBv1.0/g/DDATA/n/d") == [])
  }

  @Test("Devices that share an alias, as they should not, have it each for themselves")
  func sharedAlias() {
    var host = born()
    _ = host.hear("spBv1.0/g/DBIRTH/n/e", WirePayload(seq: 2, WireMetric("flow", alias: 2, .int8, .intValue(1))))
    #expect(host.hear("spBv1.0/g/DDATA/n/d", alias(2, .doubleValue(2), seq: 3)) == Heard(.values, "level=2.0"))
    #expect(host.hear("spBv1.0/g/DDATA/n/e", alias(2, .intValue(255), seq: 4)) == Heard(.values, "flow=-1"))
    #expect(host.hear("spBv1.0/g/NDATA/n", alias(2, .intValue(255), seq: 5)).refusal?.reason == .birth)
  }

  @Test("NDATA with a device level is the device's")
  func deviceLevelInNodeData() {
    var host = born()
    #expect(host.hear("spBv1.0/g/NDATA/n/d", alias(2, .doubleValue(2), seq: 2)) == Heard(.values, "level=2.0"))
  }

  @Test("An empty body is refused, but for a death's; a command is nothing to a host, whatever is in it")
  func emptyBodies() {
    var host = born()
    for topic in ["spBv1.0/g/NDATA/n", "spBv1.0/g/NDATA/n/d", "spBv1.0/g/DBIRTH/n/d"] {
      #expect(host.hear(topic, []).refusal == Refusal(.empty, "the payload is empty"))
    }
    #expect(host.hear("spBv1.0/g/NCMD/n", []) == Heard(.nothing))
    #expect(host.hear("spBv1.0/g/DCMD/n/d", [0xFF]) == Heard(.nothing))
    #expect(host.hear("spBv1.0/g/NDEATH/n", []) == Heard(.death(of: [nil, "d"], at: nil)))
  }

  @Test("A birth that cannot be read ends what aliases meant, and no more")
  func unreadableBirth() {
    var host = born()
    #expect(host.hear("spBv1.0/g/DBIRTH/n/d", [0x08]).refusal?.reason == .malformed)
    #expect(host.hear("spBv1.0/g/DDATA/n/d", alias(2, .doubleValue(2), seq: 2)).refusal?.reason == .birth)
    #expect(host.hear("spBv1.0/g/NDATA/n", alias(1, .intValue(2), seq: 3)) == Heard(.values, "speed=2"))
    #expect(host.hear("spBv1.0/g/NBIRTH/n", [0x08]).refusal?.reason == .malformed)
    #expect(host.hear("spBv1.0/g/NDATA/n", alias(1, .intValue(2), seq: 4)).refusal?.reason == .birth)
    #expect(host.asks(at: 0) == ["alias g/n"])
    #expect(host.stale("spBv1.0/g/DDATA/n/d") == ["level=null!stale"])
  }
}

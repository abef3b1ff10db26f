import SwiftProtobuf
import Telemetry
import Testing

@testable import Sparkplug

/// When nodes are asked for their births.
@Suite struct RebirthTests {
  private let speed = WireMetric("speed", alias: 1, .int16, .intValue(100))

  private func born() -> HostApplication {
    var host = HostApplication()
    _ = host.hear("spBv1.0/g/NBIRTH/n", birth)
    return host
  }

  private var birth: WirePayload { WirePayload(seq: 0, .bdSeq(4), speed) }

  private func data(_ seq: UInt64?, alias: UInt64 = 1) -> WirePayload {
    WirePayload(seq: seq, at: nil, [WireMetric(alias: alias, nil, .intValue(7))])
  }

  @Test("The request is a command that sets Node Control/Rebirth, without a number and without an alias")
  func request() throws {
    var host = HostApplication()
    _ = host.hear("spBv1.0/g/NDATA/n", data(1))
    let request = try #require(host.rebirthRequests(at: .after(1)).first)
    #expect(request.topic == "spBv1.0/g/NCMD/n")
    #expect(request.cause == .noBirth)
    #expect(request.node == EdgeNodeName(group: "g", node: "n"))
    let payload = try WirePayload(serializedBytes: request.payload)
    #expect(payload.timestamp == 1_763_700_001_000)
    #expect(!payload.hasSeq)
    #expect(
      payload.metrics == [WireMetric("Node Control/Rebirth", at: 1_763_700_001_000, .boolean, .booleanValue(true))])
    #expect(host.status.rebirthsRequested == 1)
  }

  @Test("A number that is passed over may come for a while; then the node is asked for its births, which end the wait")
  func gap() {
    var host = born()
    _ = host.hear("spBv1.0/g/NDATA/n", data(1), at: 1)
    #expect(host.hear("spBv1.0/g/NDATA/n", data(3), at: 2) == Heard(.values, "speed=7"))
    _ = host.hear("spBv1.0/g/NDATA/n", data(5), at: 6)
    #expect(host.asks(at: 6.9) == [])
    #expect(host.asks(at: 7) == ["gap g/n"])
    #expect(host.asks(at: 7) == [])
    _ = host.hear("spBv1.0/g/NBIRTH/n", birth)
    #expect(host.asks(at: 10_000) == [])
  }

  @Test("Numbers that come late, and all of them, end the wait")
  func lateNumbers() {
    var host = born()
    _ = host.hear("spBv1.0/g/NDATA/n", data(3), at: 2)
    _ = host.hear("spBv1.0/g/NDATA/n", data(2), at: 3)
    #expect(host.asks(at: 6.9) == [])
    _ = host.hear("spBv1.0/g/NDATA/n", data(1), at: 6.9)
    #expect(host.asks(at: 100) == [])
    _ = host.hear("spBv1.0/g/NDATA/n", data(5), at: 200)
    #expect(host.asks(at: 204) == [])
    #expect(host.asks(at: 205) == ["gap g/n"])
  }

  @Test("As long as no birth comes the node is asked again, each time after twice as long, up to an hour")
  func lessAndLessOften() {
    var host = born()
    _ = host.hear("spBv1.0/g/NDATA/n", data(2))
    var asked: [Int] = []
    for second in 0..<30_000 where !host.asks(at: Double(second)).isEmpty { asked.append(second) }
    let waits = zip(asked, asked.dropFirst()).map { $1 - $0 }
    #expect(asked.first == 5)
    #expect(waits == [60, 120, 240, 480, 960, 1920] + Array(repeating: 3600, count: 7))
  }

  @Test("A node whose births leave an alias out is not born without end")
  func births() {
    var host = born()
    var asked: [Int] = []
    for second in 0..<300 {
      _ = host.hear("spBv1.0/g/NDATA/n", data(1, alias: 9), at: Double(second))
      guard !host.asks(at: Double(second)).isEmpty else { continue }
      asked.append(second)
      _ = host.hear("spBv1.0/g/NBIRTH/n", birth, at: Double(second))
    }
    #expect(asked == [0, 60, 120, 180, 240])
  }

  @Test("A clock that is set back silences nothing")
  func clock() {
    var host = born()
    _ = host.hear("spBv1.0/g/NDATA/n", data(2), at: 1000)
    #expect(host.asks(at: 500) == ["gap g/n"])
    #expect(host.asks(at: 510) == [])
    #expect(host.asks(at: 100) == ["gap g/n"])
  }

  @Test("A gap over 0, where a birth may have been, makes aliases not hold; it waits like any other")
  func gapOverBirth() {
    var host = born()
    for seq in 1...254 { _ = host.hear("spBv1.0/g/NDATA/n", data(UInt64(seq))) }
    #expect(host.hear("spBv1.0/g/NDATA/n", data(1), at: 1).refusal?.reason == .birth)
    #expect(host.asks(at: 5) == [])
    #expect(host.hear("spBv1.0/g/NDATA/n", data(0), at: 5) == Heard(.values, "speed=7"))
    #expect(host.hear("spBv1.0/g/NDATA/n", data(255), at: 5) == Heard(.values, "speed=7"))
    #expect(host.asks(at: 100) == [])
    #expect(host.hear("spBv1.0/g/NDATA/n", data(4), at: 100) == Heard(.values, "speed=7"))
  }

  @Test("Numbers that come twice, that are missing or beyond 255, say nothing")
  func noNumbers() {
    var host = born()
    for seq in [1, 1, nil, 256, 2, .max, 2, 3] as [UInt64?] {
      #expect(host.hear("spBv1.0/g/NDATA/n", data(seq)) == Heard(.values, "speed=7"))
    }
    #expect(host.asks(at: 100) == [])
  }

  @Test("Devices count with their node; commands and a node's death do not")
  func whoCounts() {
    var host = born()
    _ = host.hear("spBv1.0/g/DBIRTH/n/d", WirePayload(seq: 1, WireMetric("level", .int8, .intValue(1))))
    _ = host.hear("spBv1.0/g/NDATA/n", data(2))
    _ = host.hear("spBv1.0/g/NCMD/n", data(77))
    _ = host.hear("spBv1.0/g/NDEATH/n", WirePayload(seq: 99, .bdSeq(3)))
    _ = host.hear("spBv1.0/g/DDEATH/n/d", WirePayload(seq: 3))
    _ = host.hear("spBv1.0/g/NDATA/n", data(4))
    #expect(host.asks(at: 100) == [])
  }

  @Test("A death ends the wait: what is dead is born by itself")
  func death() {
    var host = born()
    _ = host.hear("spBv1.0/g/NDATA/n", data(5))
    _ = host.hear("spBv1.0/g/NDEATH/n", WirePayload(.bdSeq(4)))
    #expect(host.asks(at: 100) == [])
  }

  @Test("Where births may have passed unheard, the living nodes are asked at once")
  func doubt() {
    var host = born()
    _ = host.hear("spBv1.0/g/NBIRTH/dead", birth)
    _ = host.hear("spBv1.0/g/NDEATH/dead", WirePayload(.bdSeq(4)))
    host.doubtBirths(at: .after(10))
    #expect(host.asks(at: 10) == ["no-birth g/n"])
    #expect(host.asks(at: 10) == [])
  }

  @Test("Each node is asked for itself")
  func nodes() {
    var host = born()
    _ = host.hear("spBv1.0/g/NDATA/m", data(1))
    _ = host.hear("spBv1.0/h/NDATA/n", data(1))
    #expect(host.asks(at: 0) == ["no-birth g/m", "no-birth h/n"])
    _ = host.hear("spBv1.0/g/NBIRTH/m", birth)
    #expect(host.asks(at: 60) == ["no-birth h/n"])
    #expect(host.status.rebirthsRequested == 3)
  }
}

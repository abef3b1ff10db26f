import Testing

@testable import Ingest

@Suite
struct RedeliveryWatchTests {
  @Test("Deliveries with DUP are told until the first QoS 1 delivery without it")
  func watches() {
    var watch = RedeliveryWatch()
    func delivery(dup: Int, qos: Int) -> Bool {
      watch.heard("Client x received PUBLISH (d\(dup), q\(qos), r0, m5, 'a', ... (3 bytes))")
      watch.heard("Client x sending PUBACK (m5, rc0)")
      return watch.takeDuplicate(isQoS1: qos == 1)
    }
    let beforeIt = delivery(dup: 1, qos: 1)
    #expect(!beforeIt)
    watch.begin()
    let told = [delivery(dup: 1, qos: 1), delivery(dup: 0, qos: 0), delivery(dup: 1, qos: 1)]
    #expect(told == [true, false, true])
    #expect(watch.isActive)
    let after = [delivery(dup: 0, qos: 1), delivery(dup: 1, qos: 1)]
    #expect(after == [false, false])
    #expect(!watch.isActive)
  }
}

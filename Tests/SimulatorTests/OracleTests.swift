import Telemetry
import Testing

@testable import Simulator

@Suite
struct OracleTests {
  private static let noon = Timestamp(seconds: 1_763_697_600)

  private func message(
    _ values: KnownReading.Value..., identity: MessageIdentity = .time, isTimedByReceipt: Bool = false
  ) -> SimulatedMessage {
    var message = SimulatedMessage(
      topic: "a", payload: "a",
      readings: values.map { KnownReading(device: "d", metric: "m", time: Self.noon, value: $0) })
    message.identity = identity
    message.isTimedByReceipt = isTimedByReceipt
    return message
  }

  private func oracle(of messages: SimulatedMessage...) -> Oracle {
    var oracle = Oracle()
    for message in messages { oracle.add(message) }
    return oracle
  }

  private static let key = Oracle.Key(device: "d", metric: "m", windowStart: noon.microseconds / 1_000_000)

  @Test("By time a reading of the same time and value is a repeat, a bad one never")
  func byTime() throws {
    let one = message(.number(1), .number(2), .bad)
    let window = try #require(oracle(of: one, one.again).windows[Self.key])
    #expect(window.good.map(\.value) == [.number(1), .number(2)])
    #expect(window.badCount == 2)
    #expect(window.first == .number(1) && window.last == .number(2))
  }

  @Test("By message id the whole message is a repeat, and equal readings of two messages both count")
  func byMessage() throws {
    let one = message(.number(1), .bad, identity: .message)
    let window = try #require(oracle(of: one, one.again, one).windows[Self.key])
    #expect(window.good.count == 2 && window.badCount == 2)
  }

  @Test("Without identity everything counts")
  func withoutIdentity() throws {
    let one = message(.number(1), .bad, identity: .none)
    let window = try #require(oracle(of: one, one.again).windows[Self.key])
    #expect(window.good.count == 2 && window.badCount == 2)
  }

  @Test("What is timed by the receipt has totals and no windows")
  func timedByReceipt() {
    let one = message(.number(1), .bad, identity: .none, isTimedByReceipt: true)
    let oracle = oracle(of: one, one.again)
    #expect(oracle.windows.isEmpty)
    var total = Oracle.Total()
    (total.goodCount, total.badCount) = (2, 2)
    #expect(oracle.totals == [Oracle.Series(device: "d", metric: "m"): total])
  }

  @Test("An oracle of counts only keeps nothing else")
  func countsOnly() {
    var oracle = Oracle(keepsReadings: false)
    oracle.add(message(.number(1), .bad))
    oracle.add(message(.number(1)).refused)
    #expect(oracle.messages == 2 && oracle.undecodable == 1 && oracle.readings == 2)
    #expect(oracle.windows.isEmpty && oracle.totals.isEmpty)
  }
}

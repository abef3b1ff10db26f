import Telemetry
import Testing

@Suite
struct LedgerTests {
  private func account(_ entered: Int64, _ outcomes: [(String, String?, Int64)]) -> Account {
    Account(
      entered: entered,
      outcomes: Dictionary(uniqueKeysWithValues: outcomes.map { (Account.Entry(word: $0.0, reason: $0.1), $0.2) }))
  }

  @Test("A ledger whose sums come out has no imbalance")
  func balances() {
    let ledger = Ledger(
      messages: ["a": account(5, [("decoded", nil, 4), ("dead-lettered", "malformed", 1)])],
      readings: ["bin": account(8, [("aggregated", nil, 7), ("bad", "range", 1)])], received: 7, pending: 2,
      receivedAtQoS0: 0)
    #expect(ledger.imbalances().isEmpty)
  }

  @Test("Each sum that does not come out is told")
  func tellsImbalances() {
    let ledger = Ledger(
      messages: ["a": account(5, [("decoded", nil, 4)])], readings: ["bin": account(8, [("aggregated", nil, 7)])],
      received: 9, pending: 2, receivedAtQoS0: 0)
    #expect(
      ledger.imbalances() == [
        "messages: 9 received, but 4 settled and 2 pending", "messages of a: 5 taken in, but 4 settled",
        "readings of bin: 8 made, but 7 settled",
      ])
  }

  @Test("A time is judged by its receipt alone")
  func eventTimeRule() {
    let rule = EventTimeRule(futureLimit: .seconds(300), pastLimit: .seconds(86400))
    let receipt = Timestamp(seconds: 1_700_000_000)
    #expect(rule.refusal(of: receipt + .seconds(300), receivedAt: receipt...receipt) == nil)
    #expect(rule.refusal(of: receipt + .milliseconds(300_001), receivedAt: receipt...receipt) == .future)
    #expect(rule.refusal(of: receipt - .seconds(86400), receivedAt: receipt...receipt) == nil)
    #expect(rule.refusal(of: Timestamp(seconds: 0), receivedAt: receipt...receipt) == .past)
  }
}

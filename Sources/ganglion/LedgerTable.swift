import Gateway

/// The ledger as a table for people.
struct LedgerTable {
  let text: String

  init(_ ledger: LedgerAnswer) {
    var lines = ["messages"]
    lines.append(Self.row("received", ledger.messages.received))
    lines += ledger.messages.total.outcomes.map { Self.row(Self.name($0), $0.count) }
    lines.append(Self.row("pending", ledger.messages.pending))
    lines.append("readings")
    lines.append(Self.row("made", ledger.readings.total.entered))
    lines += ledger.readings.total.outcomes.map { Self.row(Self.name($0), $0.count) }
    lines += ledger.balanced ? ["The ledger balances."] : ["The ledger does not balance:"] + ledger.imbalances
    text = lines.joined(separator: "\n")
  }

  private static func name(_ outcome: LedgerAnswer.Outcome) -> String {
    outcome.reason.map { "\(outcome.outcome) {\($0)}" } ?? outcome.outcome
  }

  private static func row(_ name: String, _ count: Int64) -> String {
    let digits = String(count)
    return "  " + name + String(repeating: " ", count: max(1, 44 - name.count - digits.count)) + digits
  }
}

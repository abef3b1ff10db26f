import Telemetry

/// The counters behind one topic route's account. What happens to nearly every message has a field of its own.
struct RouteCounters {
  let route: String
  var entered: Int64
  var decoded: Int64
  private var others: [Account.Entry: Int64]
  var isDirty = false

  private static let decodedEntry = Account.Entry(MessageOutcome.decoded)

  init(route: String, account: Account = Account()) {
    self.route = route
    entered = account.entered
    decoded = account.outcomes[Self.decodedEntry] ?? 0
    others = account.outcomes
    others[Self.decodedEntry] = nil
  }

  mutating func settle(_ outcome: MessageOutcome, count: Int64 = 1) {
    if outcome == .decoded {
      decoded += count
    } else {
      others[Account.Entry(outcome), default: 0] += count
    }
  }

  var account: Account {
    var outcomes = others
    if decoded > 0 { outcomes[Self.decodedEntry] = decoded }
    return Account(entered: entered, outcomes: outcomes)
  }
}

/// The counters behind one device's account.
struct DeviceCounters {
  var made: Int64
  var aggregated: Int64
  private var others: [Account.Entry: Int64]
  var isDirty = false

  init(account: Account = Account()) {
    made = account.entered
    aggregated = account.outcomes[.aggregated] ?? 0
    others = account.outcomes
    others[.aggregated] = nil
  }

  mutating func settle(_ outcome: ReadingOutcome) {
    others[Account.Entry(outcome), default: 0] += 1
  }

  var account: Account {
    var outcomes = others
    if aggregated > 0 { outcomes[.aggregated] = aggregated }
    return Account(entered: made, outcomes: outcomes)
  }
}

extension Account.Entry {
  init(_ outcome: some LedgerOutcome) {
    self.init(word: outcome.word, reason: outcome.reason)
  }
}

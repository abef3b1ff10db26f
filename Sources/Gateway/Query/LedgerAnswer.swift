import Telemetry

/// `GET /api/v1/ledger` and `ganglion ledger --json`.
public struct LedgerAnswer: Codable, Sendable {
  /// The account of one side: what came in, and under each outcome how much of it, by reason where there is one.
  public struct Side: Codable, Sendable {
    public let entered: Int64
    public let outcomes: [Outcome]

    init(_ account: Account) {
      entered = account.entered
      outcomes = account.outcomes.sorted { $0.key < $1.key }.map {
        Outcome(outcome: $0.key.word, reason: $0.key.reason, count: $0.value)
      }
    }
  }

  /// How many ended in one way.
  public struct Outcome: Codable, Sendable {
    public let outcome: String
    public let reason: String?
    public let count: Int64
  }

  /// The messages' side: in total, and by topic route.
  public struct Messages: Codable, Sendable {
    public let received: Int64
    public let receivedAtQoS0: Int64
    public let pending: Int64
    public let total: Side
    public let routes: [String: Side]

    private enum CodingKeys: String, CodingKey {
      case received
      case receivedAtQoS0 = "received_qos0"
      case pending, total, routes
    }
  }

  /// The readings' side: in total, and by device.
  public struct Readings: Codable, Sendable {
    public let total: Side
    public let devices: [String: Side]
  }

  public let messages: Messages
  public let readings: Readings
  public let balanced: Bool
  public let imbalances: [String]

  public init(_ ledger: Ledger) {
    messages = Messages(
      received: ledger.received, receivedAtQoS0: ledger.receivedAtQoS0, pending: ledger.pending,
      total: Side(ledger.allMessages), routes: ledger.messages.mapValues(Side.init))
    readings = Readings(total: Side(ledger.allReadings), devices: ledger.readings.mapValues(Side.init))
    imbalances = ledger.imbalances()
    balanced = imbalances.isEmpty
  }
}

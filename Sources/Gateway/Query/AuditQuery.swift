import Foundation
import Storage
import Telemetry

/// `GET /api/v1/audit` and `ganglion audit`: what was asked of the gateway that changes something, the newest first.
struct AuditQuery {
  static let parameters = [
    Parameter("before", .count(1...Int.max), "only ids below: the next page"), Parameter.format, Parameter.language,
    Parameter("limit", .count(1...10_000), "records; the page ends there", standard: "100"),
  ]

  private let before: Int
  private let limit: Int
  private let zone: TimeZone

  init(_ parameters: QueryParameters, zone: TimeZone) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
    before = try parameters.count("before", in: 1...Int.max) ?? .max
    limit = try parameters.count("limit", in: 1...10_000) ?? 100
    self.zone = zone
  }

  func answer(_ snapshot: StoreSnapshot) throws -> AuditAnswer {
    AuditAnswer(
      audit: try snapshot.auditRecords(before: Int64(before), limit: limit).map { AuditAnswer.Entry($0, zone: zone) })
  }
}

/// The answer to `AuditQuery`.
struct AuditAnswer: Encodable, JSONWritable {
  struct Entry: Encodable, JSONWritable {
    let id: Int64
    let begunAt: String
    /// Null where the gateway stopped before the outcome was written.
    let endedAt: String?
    /// Null where no tokens are asked for.
    let caller: String?
    let role: String
    /// Null for this machine.
    let address: String?
    let action: String
    let parameters: String
    /// False where it was refused, or failed; null without an outcome.
    let isDone: Bool?
    /// What was answered.
    let outcome: String?

    private enum CodingKeys: String, CodingKey {
      case id
      case begunAt = "begun_at"
      case endedAt = "ended_at"
      case caller, role, address, action, parameters
      case isDone = "done"
      case outcome
    }

    init(_ record: AuditRecord, zone: TimeZone) {
      id = record.id
      begunAt = QueryTime.text(record.begunAt, in: zone)
      endedAt = record.outcome.map { QueryTime.text($0.at, in: zone) }
      caller = record.caller
      role = record.role
      address = record.address
      action = record.action
      parameters = record.parameters
      isDone = record.outcome?.isDone
      outcome = record.outcome?.text
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(id, forKey: .id)
      try container.encode(begunAt, forKey: .begunAt)
      try container.encode(endedAt, forKey: .endedAt)
      try container.encode(caller, forKey: .caller)
      try container.encode(role, forKey: .role)
      try container.encode(address, forKey: .address)
      try container.encode(action, forKey: .action)
      try container.encode(parameters, forKey: .parameters)
      try container.encode(isDone, forKey: .isDone)
      try container.encode(outcome, forKey: .outcome)
    }
  }

  let audit: [Entry]
}

extension AuditAnswer: TabularAnswer {
  var items: [Entry] { audit }

  var columns: [String] {
    ["id", "begun_at", "ended_at", "caller", "role", "address", "action", "parameters", "done", "outcome"]
  }

  var rows: [[AnswerValue]] {
    audit.map { entry in
      [
        .integer(entry.id), .text(entry.begunAt), AnswerValue(entry.endedAt), AnswerValue(entry.caller),
        .text(entry.role), AnswerValue(entry.address), .text(entry.action), .text(entry.parameters),
        entry.isDone.map { .bool($0) } ?? .null, AnswerValue(entry.outcome),
      ]
    }
  }
}

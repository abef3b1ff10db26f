import Alerting
import Foundation
import Storage
import Telemetry

/// `GET /api/v1/silences` and `ganglion alerts silences`: the newest first.
struct SilencesQuery {
  static let parameters = [
    Parameter("state", .word(of: ["active", "all"]), "active: those in force, and those to come", standard: "active"),
    Parameter("limit", .count(1...10_000), "silences at most", standard: "1000"),
  ]

  private let isActive: Bool
  private let limit: Int
  private let zone: TimeZone
  private let now: Timestamp

  init(_ parameters: QueryParameters, zone: TimeZone, now: Timestamp) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
    let state = try parameters.one("state") ?? "active"
    guard ["active", "all"].contains(state) else { throw QueryError("state='\(state)' is none of active, all") }
    isActive = state == "active"
    limit = try parameters.count("limit", in: 1...10_000) ?? 1000
    self.zone = zone
    self.now = now
  }

  /// - Parameter scope: a silence is shown to those who see all that it may mute.
  func answer(_ snapshot: StoreSnapshot, _ scope: TagScope) throws -> SilencesAnswer {
    let records = try snapshot.silences(endingAfter: isActive ? now : nil)
    return SilencesAnswer(
      silences: records.lazy.filter { scope.includes($0.silence.matcher.tags) }.prefix(limit).map {
        SilencesAnswer.Silence($0, now: now, zone: zone)
      })
  }
}

/// The answer to `SilencesQuery`.
struct SilencesAnswer: Encodable, Sendable {
  struct Silence: Encodable {
    let id: Int64
    /// `active pending over`
    let state: String
    let rules: [String]
    let severities: [String]
    let devices: [String]
    let tags: [String: String]
    let from: String
    let until: String
    let author: String
    let note: String
    let createdAt: String
    /// Null where nobody ended it before its time.
    let endedAt: String?

    private enum CodingKeys: String, CodingKey {
      case id, state, rules, severities, devices, tags, from, until, author, note
      case createdAt = "created_at"
      case endedAt = "ended_at"
    }

    init(_ record: SilenceRecord, now: Timestamp, zone: TimeZone) {
      let silence = record.silence
      func text(_ moment: Timestamp) -> String { QueryTime.text(moment, in: zone) }
      id = silence.id
      state =
        record.endedAt != nil || silence.until <= now ? "over" : silence.isActive(at: now) ? "active" : "pending"
      rules = silence.matcher.rules.sorted()
      severities = silence.matcher.severities.sorted().map(\.word)
      devices = silence.matcher.devices.sorted()
      tags = silence.matcher.tags
      from = text(silence.from)
      until = text(silence.until)
      author = silence.author
      note = silence.note
      createdAt = text(record.createdAt)
      endedAt = record.endedAt.map(text)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(id, forKey: .id)
      try container.encode(state, forKey: .state)
      try container.encode(rules, forKey: .rules)
      try container.encode(severities, forKey: .severities)
      try container.encode(devices, forKey: .devices)
      try container.encode(tags, forKey: .tags)
      try container.encode(from, forKey: .from)
      try container.encode(until, forKey: .until)
      try container.encode(author, forKey: .author)
      try container.encode(note, forKey: .note)
      try container.encode(createdAt, forKey: .createdAt)
      try container.encode(endedAt, forKey: .endedAt)
    }
  }

  let silences: [Silence]
}

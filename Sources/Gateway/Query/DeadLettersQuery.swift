import Foundation
import Storage
import Telemetry

/// `GET /api/v1/dead-letters` and `ganglion dead-letters list`: the newest first.
struct DeadLettersQuery {
  static let parameters =
    LetterSelection.parameters + [
      Parameter("before", .count(1...Int.max), "only ids below: the next page"), Parameter.format,
      Parameter.language,
      Parameter("limit", .count(1...10_000), "letters; the page ends there", standard: "100"),
    ]

  private let selection: LetterSelection
  let before: UInt64?
  let zone: TimeZone
  let limit: Int

  init(_ parameters: QueryParameters, zone: TimeZone) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
    selection = try LetterSelection(parameters)
    before = try parameters.count("before", in: 1...Int.max).map(UInt64.init)
    self.zone = zone
    limit = try parameters.count("limit", in: 1...10_000) ?? 100
  }

  func answer(_ snapshot: StoreSnapshot, _ view: LetterView) throws -> DeadLettersAnswer {
    let letters = try selection.newest(snapshot, before: before, limit: limit, view)
    return DeadLettersAnswer(deadLetters: letters.map { DeadLettersAnswer.Letter($0, zone: zone) })
  }
}

/// The answer to `DeadLettersQuery`.
struct DeadLettersAnswer: Encodable, JSONWritable {
  /// A dead letter without its payload.
  struct Letter: Encodable, JSONWritable {
    /// Its sequence in the journal.
    let id: UInt64
    let receivedAt: String
    let reason: String
    let detail: String
    let topic: String
    let profile: String?
    let payloadBytes: Int
    let qos: Int
    let isRetained: Bool

    private enum CodingKeys: String, CodingKey {
      case id
      case receivedAt = "received_at"
      case reason, detail, topic, profile
      case payloadBytes = "payload_bytes"
      case qos
      case isRetained = "retained"
    }

    init(_ letter: DeadLetter, zone: TimeZone) {
      id = letter.id
      receivedAt = QueryTime.text(letter.receivedAt, in: zone)
      reason = letter.reason.rawValue
      detail = letter.detail
      topic = String(decoding: letter.topic, as: UTF8.self)
      profile = letter.profile
      payloadBytes = letter.payload.count
      qos = letter.qos
      isRetained = letter.isRetained
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(id, forKey: .id)
      try container.encode(receivedAt, forKey: .receivedAt)
      try container.encode(reason, forKey: .reason)
      try container.encode(detail, forKey: .detail)
      try container.encode(topic, forKey: .topic)
      try container.encode(profile, forKey: .profile)
      try container.encode(payloadBytes, forKey: .payloadBytes)
      try container.encode(qos, forKey: .qos)
      try container.encode(isRetained, forKey: .isRetained)
    }
  }

  let deadLetters: [Letter]

  private enum CodingKeys: String, CodingKey {
    case deadLetters = "dead_letters"
  }
}

extension DeadLettersAnswer: TabularAnswer {
  var items: [Letter] { deadLetters }

  var columns: [String] {
    ["id", "received_at", "reason", "detail", "topic", "profile", "payload_bytes", "qos", "retained"]
  }

  var rows: [[AnswerValue]] {
    deadLetters.map { letter in
      [
        .integer(Int64(letter.id)), .text(letter.receivedAt), .text(letter.reason), .text(letter.detail),
        .text(letter.topic), AnswerValue(letter.profile), .integer(Int64(letter.payloadBytes)),
        .integer(Int64(letter.qos)), .bool(letter.isRetained),
      ]
    }
  }
}

/// `GET /api/v1/dead-letters/{id}`: one dead letter with its bytes.
struct DeadLetterAnswer: Encodable, Sendable {
  let letter: DeadLettersAnswer.Letter
  /// The payload as text; nil where it is no UTF-8.
  let payload: String?
  let payloadBase64: String
  let topicBase64: String

  private enum CodingKeys: String, CodingKey {
    case payload
    case payloadBase64 = "payload_base64"
    case topicBase64 = "topic_base64"
  }

  /// - Throws: `QueryError` where there is no such letter.
  init(id: String, _ snapshot: StoreSnapshot, _ view: LetterView, zone: TimeZone) throws {
    guard let number = UInt64(id) else { throw QueryError("'\(id)' is no dead letter's id; expected a number") }
    guard let found = try snapshot.deadLetter(number), view.shows(found) else {
      throw QueryError("there is no dead letter \(number); the oldest go where there are too many", isNotFound: true)
    }
    letter = DeadLettersAnswer.Letter(found, zone: zone)
    payload = String(validating: found.payload, as: UTF8.self)
    payloadBase64 = found.payload.base64EncodedString()
    topicBase64 = found.topic.base64EncodedString()
  }

  func encode(to encoder: any Encoder) throws {
    try letter.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(payload, forKey: .payload)
    try container.encode(payloadBase64, forKey: .payloadBase64)
    try container.encode(topicBase64, forKey: .topicBase64)
  }
}

import Foundation
import Storage
import Telemetry

/// A question that is the same over HTTP and on the command line.
public enum Question: Sendable {
  case aggregates(QueryParameters)
  case latest(QueryParameters)
  case explain(QueryParameters)
  case devices(QueryParameters)
  case device(String)
  case deadLetters(QueryParameters)
  case deadLetter(String)

  /// Where the HTTP API answers it.
  public var path: [String] {
    let root = ["api", "v1"]
    return switch self {
    case .aggregates: root + ["aggregates"]
    case .latest: root + ["latest"]
    case .explain: root + ["explain"]
    case .devices: root + ["devices"]
    case .device(let name): root + ["devices", name]
    case .deadLetters: root + ["dead-letters"]
    case .deadLetter(let id): root + ["dead-letters", id]
    }
  }

  public var parameters: QueryParameters {
    switch self {
    case .aggregates(let parameters), .latest(let parameters), .explain(let parameters),
      .devices(let parameters), .deadLetters(let parameters):
      parameters
    case .device, .deadLetter: QueryParameters([])
    }
  }

  /// The answer. The same data give the same bytes.
  ///
  /// - Throws: `QueryError` where the question cannot be answered as it is asked.
  public func answer(_ snapshot: StoreSnapshot, zone: TimeZone, now: Timestamp) throws -> Answer {
    let format = try parameters.format()
    return switch self {
    case .aggregates(let parameters):
      try Answer(AggregatesQuery(parameters, zone: zone, now: now).answer(snapshot), format)
    case .latest(let parameters): try Answer(LatestQuery(parameters, zone: zone).answer(snapshot), format)
    case .explain(let parameters):
      try Answer(ExplainQuery(parameters, zone: zone, now: now).answer(snapshot))
    case .devices(let parameters): try Answer(DevicesQuery(parameters, zone: zone).answer(snapshot), format)
    case .device(let name): try Answer(DeviceAnswer(name, snapshot, zone: zone))
    case .deadLetters(let parameters): try Answer(DeadLettersQuery(parameters, zone: zone).answer(snapshot), format)
    case .deadLetter(let id): try Answer(DeadLetterAnswer(id: id, snapshot, zone: zone))
    }
  }
}

/// The ways an answer can be written.
enum AnswerFormat: String, CaseIterable, Sendable {
  case json, csv
}

/// What is answered.
public struct Answer: Equatable, Sendable {
  public let body: Data
  public let mediaType: String

  private init(body: Data, mediaType: String) {
    self.body = body
    self.mediaType = mediaType
  }

  init(_ document: some Encodable) throws {
    self.init(body: try Self.json(document), mediaType: "application/json")
  }

  init(_ document: some Encodable & TabularAnswer, _ format: AnswerFormat) throws {
    switch format {
    case .json: try self.init(document)
    case .csv: self.init(body: CSVText(document).data, mediaType: "text/csv; charset=utf-8; header=present")
    }
  }

  /// JSON with sorted keys and a newline at the end.
  public static func json(_ document: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(document) + Data("\n".utf8)
  }
}

extension Timestamp {
  /// The machine's clock.
  public static var now: Timestamp {
    Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1e6).rounded(.down)))
  }
}

import DeviceCatalog
import Foundation
import Storage
import Telemetry

/// A question that is the same over HTTP and on the command line.
public enum Question: Sendable {
  case aggregates(QueryParameters)
  case latest(QueryParameters)
  case metrics(QueryParameters)
  case explain(QueryParameters)
  case kpis(QueryParameters)
  case kpi(String, QueryParameters)
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
    case .metrics: root + ["metrics"]
    case .explain: root + ["explain"]
    case .kpis: root + ["kpis"]
    case .kpi(let name, _): root + ["kpis", name]
    case .devices: root + ["devices"]
    case .device(let name): root + ["devices", name]
    case .deadLetters: root + ["dead-letters"]
    case .deadLetter(let id): root + ["dead-letters", id]
    }
  }

  public var parameters: QueryParameters {
    switch self {
    case .aggregates(let parameters), .latest(let parameters), .metrics(let parameters), .explain(let parameters),
      .kpis(let parameters), .kpi(_, let parameters), .devices(let parameters), .deadLetters(let parameters):
      parameters
    case .device, .deadLetter: QueryParameters([])
    }
  }

  /// The answer. The same data give the same bytes.
  ///
  /// - Parameters:
  ///   - scope: of who asks.
  ///   - catalogue: says of which devices dead letters are, where a scope leaves some out.
  ///   - kpis: those that are answered.
  /// - Throws: `QueryError` where the question cannot be answered as it is asked.
  public func answer(
    _ snapshot: StoreSnapshot, _ scope: TagScope, catalogue: Catalogue? = nil, kpis: KPICatalogue = .builtIn,
    zone: TimeZone, now: Timestamp
  ) throws -> Answer {
    let format = try parameters.format()
    let now = try parameters.firstAsked(now)
    switch self {
    case .aggregates(let parameters):
      return try Answer(AggregatesQuery(parameters, zone: zone, now: now).answer(snapshot, scope), format)
    case .latest(let parameters):
      return try Answer(LatestQuery(parameters, zone: zone, now: now).answer(snapshot, scope), format)
    case .metrics(let parameters): return try Answer(MetricsQuery(parameters).answer(snapshot, scope), format)
    case .explain(let parameters):
      return try Answer(ExplainQuery(parameters, zone: zone, now: now).answer(snapshot, scope))
    case .kpis(let parameters): return try Answer(KPIsQuery(parameters).answer(kpis), format)
    case .kpi(let name, let parameters):
      return try Answer(KPIQuery(name, parameters, kpis, zone: zone, now: now).answer(snapshot, scope), format)
    case .devices(let parameters):
      return try Answer(DevicesQuery(parameters, zone: zone, now: now).answer(snapshot, scope), format)
    case .device(let name): return try Answer(DeviceAnswer(name, snapshot, scope, zone: zone, now: now))
    case .deadLetters(let parameters):
      let view = try LetterView(scope, catalogue, snapshot)
      return try Answer(DeadLettersQuery(parameters, zone: zone).answer(snapshot, view), format)
    case .deadLetter(let id):
      return try Answer(DeadLetterAnswer(id: id, snapshot, LetterView(scope, catalogue, snapshot), zone: zone))
    }
  }
}

/// The ways an answer can be written.
enum AnswerFormat: String, CaseIterable, Sendable {
  case json, csv

  /// Without their parameters.
  static let mediaTypes = ["application/json", "text/csv"]
}

/// An answer that may have more pages.
protocol PagedAnswer {
  var next: String? { get }
}

extension AggregatesAnswer: PagedAnswer {}
extension LatestAnswer: PagedAnswer {}
extension DevicesAnswer: PagedAnswer {}

/// What is answered.
public struct Answer: Equatable, Sendable {
  public let body: Data
  public let mediaType: String
  /// Where the next page begins; nil where there is none.
  public let next: String?

  private init(body: Data, mediaType: String, next: String?) {
    self.body = body
    self.mediaType = mediaType
    self.next = next
  }

  init(_ document: some Encodable) throws {
    self.init(body: try Self.json(document), mediaType: "application/json", next: nil)
  }

  init(_ document: some Encodable & TabularAnswer, _ format: AnswerFormat) throws {
    let next = (document as? any PagedAnswer)?.next
    switch format {
    case .json: self.init(body: try Self.json(document), mediaType: "application/json", next: next)
    case .csv:
      self.init(body: CSVText(document).data, mediaType: "text/csv; charset=utf-8; header=present", next: next)
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

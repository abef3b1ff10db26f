import Alerting
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
  case audit(QueryParameters)
  case alerts(QueryParameters)
  case alert(String)
  case silences(QueryParameters)

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
    case .audit: root + ["audit"]
    case .alerts: root + ["alerts"]
    case .alert(let id): root + ["alerts", id]
    case .silences: root + ["silences"]
    }
  }

  public var parameters: QueryParameters {
    switch self {
    case .aggregates(let parameters), .latest(let parameters), .metrics(let parameters), .explain(let parameters),
      .kpis(let parameters), .kpi(_, let parameters), .devices(let parameters), .deadLetters(let parameters),
      .audit(let parameters), .alerts(let parameters), .silences(let parameters):
      parameters
    case .device, .deadLetter, .alert: QueryParameters([])
    }
  }

  /// The answer, or its first part. The same data give the same bytes.
  ///
  /// - Parameters:
  ///   - scope: of who asks.
  ///   - catalogue: says of which devices dead letters are, where a scope leaves some out.
  ///   - kpis: those that are answered.
  ///   - rules: those in force, for the titles of alerts.
  /// - Throws: `QueryError` where the question cannot be answered as it is asked.
  public func answer(
    _ snapshot: StoreSnapshot, _ scope: TagScope, catalogue: Catalogue? = nil, kpis: KPICatalogue = .builtIn,
    rules: RuleSet = RuleSet(), zone: TimeZone, now: Timestamp
  ) throws -> Answer {
    let context = QuestionContext(scope: scope, catalogue: catalogue, kpis: kpis, rules: rules, zone: zone)
    return try answer(snapshot, context, now: try parameters.firstAsked(now), from: nil)
  }

  /// The part of the answer that begins at a place; the first one without it.
  func answer(
    _ snapshot: StoreSnapshot, _ context: QuestionContext, now: Timestamp,
    from former: (place: AnswerRest.Place, columns: [String])?,
    pointsAtOnce: Int = AggregatesQuery.pointsAtOnce
  ) throws -> Answer {
    let (scope, zone) = (context.scope, context.zone)
    let writing = try AnswerWriting(parameters)
    func rest(_ place: AnswerRest.Place?, of table: some TabularAnswer) -> AnswerRest? {
      place.map {
        AnswerRest(
          question: self, context: context, now: now, place: $0, columns: former?.columns ?? table.columns,
          pointsAtOnce: pointsAtOnce)
      }
    }
    /// A table that is cut into pages: into one where they are asked for, or else told one after the other.
    func paged(
      _ parameters: QueryParameters, _ table: (QueryParameters) throws -> some TabularAnswer & PagedAnswer
    ) throws -> Answer {
      let isWhole = writing.format != .json && parameters.isWithoutPages
      var parameters = parameters
      if case .cursor(let text)? = former?.place { parameters = parameters.with("cursor", text) }
      let part = try table(parameters)
      var answer = try Answer(part, writing, after: former?.columns)
      guard isWhole else { return answer }
      answer.rest = rest(part.next.map { .cursor($0) }, of: part)
      answer.next = nil
      return answer
    }
    switch self {
    case .aggregates(let parameters):
      let query = try AggregatesQuery(parameters, zone: zone, now: now)
      guard writing.format != .json, !query.isPaged else {
        var answer = try Answer(query.answer(snapshot, scope), writing)
        answer.isClosed = query.isClosed
        return answer
      }
      var start = query.span.lowerBound
      if case .window(let second)? = former?.place { start = second }
      let part = try query.part(from: start, atOnce: pointsAtOnce, snapshot)
      let table = try part.answer(snapshot, scope)
      var answer = try Answer(table, writing, after: former?.columns)
      let end = part.span.upperBound
      answer.rest = rest(end < query.span.upperBound ? .window(end) : nil, of: table)
      return answer
    case .latest(let parameters):
      return try paged(parameters) { try LatestQuery($0, zone: zone, now: now).answer(snapshot, scope) }
    case .metrics(let parameters): return try Answer(MetricsQuery(parameters).answer(snapshot, scope), writing)
    case .explain(let parameters):
      return try Answer(ExplainQuery(parameters, zone: zone, now: now).answer(snapshot, scope))
    case .kpis(let parameters): return try Answer(KPIsQuery(parameters).answer(context.kpis), writing)
    case .kpi(let name, let parameters):
      return try paged(parameters) {
        try KPIQuery(name, $0, context.kpis, zone: zone, now: now).answer(snapshot, scope)
      }
    case .devices(let parameters):
      return try paged(parameters) { try DevicesQuery($0, zone: zone, now: now).answer(snapshot, scope) }
    case .device(let name): return try Answer(DeviceAnswer(name, snapshot, scope, zone: zone, now: now))
    case .deadLetters(let parameters):
      let view = try LetterView(scope, context.catalogue, snapshot)
      return try Answer(DeadLettersQuery(parameters, zone: zone).answer(snapshot, view), writing)
    case .deadLetter(let id):
      return try Answer(DeadLetterAnswer(id: id, snapshot, LetterView(scope, context.catalogue, snapshot), zone: zone))
    case .alerts(let parameters):
      return try paged(parameters) {
        try AlertsQuery($0, zone: zone, now: now).answer(snapshot, scope, context.rules)
      }
    case .alert(let id): return try Answer(AlertAnswer(id, snapshot, scope, context.rules, zone: zone))
    case .silences(let parameters):
      return try Answer(SilencesQuery(parameters, zone: zone, now: now).answer(snapshot, scope))
    case .audit(let parameters): return try Answer(AuditQuery(parameters, zone: zone).answer(snapshot), writing)
    }
  }
}

/// For whom a question is answered, and by what.
struct QuestionContext: Sendable {
  let scope: TagScope
  /// Says of which devices dead letters are, where a scope leaves some out.
  let catalogue: Catalogue?
  let kpis: KPICatalogue
  let rules: RuleSet
  let zone: TimeZone
}

extension Timestamp {
  /// The machine's clock.
  public static var now: Timestamp {
    Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1e6).rounded(.down)))
  }
}

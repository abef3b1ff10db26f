import DeviceCatalog
import Foundation
import HTTPTypes
import Hummingbird
import Storage
import Telemetry

/// Answers each page of the API.
struct EndpointResponder: Sendable {
  let configuration: GatewayConfiguration
  let monitor: GatewayMonitor
  let desk: QuestionDesk
  let writes: RunningWrites
  let stream: StreamEndpoint

  /// A request that may be answered.
  struct Request: Sendable {
    let parameters: QueryParameters
    /// The words of the path, by their names.
    let words: [String: String]
    let fields: HTTPFields
    let caller: Caller
    /// Of the machine that asks.
    let address: String?
    let arrival: StreamEndpoint.Arrival
  }

  func respond(_ endpoint: Endpoint, to request: Request) async throws -> Response {
    let parameters = request.parameters
    switch endpoint {
    case .aggregates: return try await answer(.aggregates(parameters), request)
    case .latest: return try await answer(.latest(parameters), request)
    case .metrics: return try await answer(.metrics(parameters), request)
    case .devices: return try await answer(.devices(parameters), request)
    case .device: return try await answer(.device(request.words["id"] ?? ""), request)
    case .explain: return try await answer(.explain(parameters), request)
    case .kpis: return try await answer(.kpis(parameters), request)
    case .kpi: return try await answer(.kpi(request.words["name"] ?? "", parameters), request)
    case .alerts: return try await answer(.alerts(parameters), request)
    case .alert: return try await answer(.alert(request.words["id"] ?? ""), request)
    case .silences: return try await answer(.silences(parameters), request)
    case .acknowledge: return try await perform(.acknowledge(request.words["id"] ?? "", parameters), request)
    case .silence: return try await perform(.silence(parameters), request)
    case .endSilence: return try await perform(.endSilence(request.words["id"] ?? ""), request)
    case .deadLetters: return try await answer(.deadLetters(parameters), request)
    case .deadLetter: return try await answer(.deadLetter(request.words["id"] ?? ""), request)
    case .audit: return try await answer(.audit(parameters), request)
    case .replayLetters: return try await perform(.replayLetters(parameters), request)
    case .reload: return try await perform(.reload, request)
    case .ledger:
      let ledger = try await monitor.ledger()
      return Response(body: try Answer.json(LedgerAnswer(ledger)))
    case .health: return try health(isReadiness: false)
    case .readiness: return try health(isReadiness: true)
    case .prometheus:
      let text = PrometheusText(monitor.status, try await monitor.ledger()).text
      return Response(text: text, type: "text/plain; version=0.0.4; charset=utf-8")
    case .stream: return try await stream.respond(parameters, request.caller, request.arrival)
    case .openAPI: return Response(body: OpenAPIDocument.body)
    }
  }

  private func answer(_ question: Question, _ request: Request) async throws -> Response {
    let zone = configuration.timeZone
    let now = Timestamp.now
    let scope = request.caller.scope
    let catalogue = writes.reload.catalogue
    let (kpis, rules) = (configuration.kpis, writes.reload.rules)
    let answer = try await desk.answer {
      try question.answer($0, scope, catalogue: catalogue, kpis: kpis, rules: rules, zone: zone, now: now)
    }
    guard answer.rest == nil else {
      return Response(
        status: .ok, headers: [.contentType: answer.mediaType], body: ResponseBody(answer, from: desk))
    }
    var response = Response(body: answer.body, type: answer.mediaType)
    if answer.isClosed {
      let tag = EntityTag(of: answer.body)
      if tag.isAmong(request.fields) { response = Response(status: .notModified) }
      response.headers[.eTag] = tag.text
      // It may be kept, and has to be asked for again all the same: late readings change it.
      response.headers[.cacheControl] = "private, no-cache"
    }
    response.headers[.link] = answer.next.map { "<\(Self.link(to: question, cursor: $0))>; rel=\"next\"" }
    return response
  }

  /// The address of the next page, for formats that have no place for it.
  ///
  /// Source: RFC 8288.
  private static func link(to question: Question, cursor: String) -> String {
    let pairs = question.parameters.pairs.filter { $0.name != "cursor" } + [(name: "cursor", value: cursor)]
    return "/\(question.path.joined(separator: "/"))?\(QueryParameters(pairs).urlQuery)"
  }

  private func perform(_ write: WriteRequest, _ request: Request) async throws -> Response {
    Response(body: try await writes.perform(write, by: request.caller, at: request.address))
  }

  private struct Health: Encodable {
    let status: String
    let obstacles: [String]
    let strains: [String]
  }

  /// Alive while the process answers; ready where it also does its work.
  private func health(isReadiness: Bool) throws -> Response {
    let status = monitor.status
    let (obstacles, strains) = (status.obstacles, status.strains)
    let isWell = obstacles.isEmpty && strains.isEmpty
    let body = try Answer.json(
      Health(status: isWell ? "ok" : "degraded", obstacles: obstacles, strains: strains))
    return Response(body: body, status: isReadiness && !obstacles.isEmpty ? .serviceUnavailable : .ok)
  }
}

extension Response {
  init(body: Data, status: HTTPResponse.Status = .ok, type: String = "application/json") {
    self.init(
      status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
  }

  init(text: String, type: String) {
    self.init(status: .ok, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

extension HTTPField.Name {
  fileprivate static let link = HTTPField.Name("Link")!
}

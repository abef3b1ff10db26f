/// The pages of the HTTP API. `EndpointDeclaration` says of each who may ask for it and what it takes and answers, and
/// `EndpointResponder` answers it; a page that lacks either does not compile.
enum Endpoint: CaseIterable {
  case aggregates, latest, metrics, devices, device, explain, stream
  case kpis, kpi
  case alerts, alert, acknowledge, silences, silence, endSilence
  case deadLetters, deadLetter, replayLetters
  case ledger, audit, reload
  case health, readiness, prometheus, openAPI
}

/// What is said of a page before anybody asks for it.
struct EndpointDeclaration {
  enum Method: String { case get, post, delete }

  /// What of the gateway's devices it tells.
  enum Reach {
    /// Nothing of them: no token is asked for.
    case nothing
    /// Those that the caller's scope shows.
    case scope
    /// All of them: a token with a scope is turned away.
    case gateway
  }

  /// What a page is about.
  enum Topic: String, CaseIterable {
    case questions = "Questions"
    case alerts = "Alerts"
    case letters = "Dead letters"
    case gateway = "The gateway"
  }

  let method: Method
  /// With `{names}` for the words that are asked for.
  let path: String
  let topic: Topic
  let summary: String
  /// The least one that may ask.
  let role: Role
  let reach: Reach
  var parameters: [Parameter] = []
  /// Header fields that say something of the question.
  var headers: [Parameter] = []
  /// The `{names}` of the path.
  var words: [Parameter] = []
  /// What the answer looks like as JSON; nil where it is a text.
  let schema: String?
  /// The ways in which it is written.
  var mediaTypes = ["application/json"]
  /// What it means where the same is answered with 503; nil where it is not.
  var unavailable: String?
  /// Beside what every page may answer, with its reason.
  var refusals: [(status: Int, meaning: String)] = []
}

extension Endpoint {
  var declaration: EndpointDeclaration {
    switch self {
    case .aggregates:
      EndpointDeclaration(
        method: .get, path: "/api/v1/aggregates", topic: .questions, summary: "Aggregates per window and group",
        role: .viewer, reach: .scope, parameters: AggregatesQuery.parameters, schema: "Aggregates",
        mediaTypes: AnswerFormat.mediaTypes,
        refusals: [(404, "the cursor leads to no page")])
    case .latest:
      EndpointDeclaration(
        method: .get, path: "/api/v1/latest", topic: .questions, summary: "The newest reading of each series",
        role: .viewer, reach: .scope, parameters: LatestQuery.parameters, schema: "Latest",
        mediaTypes: AnswerFormat.mediaTypes,
        refusals: [(404, "the cursor leads to no page")])
    case .metrics:
      EndpointDeclaration(
        method: .get, path: "/api/v1/metrics", topic: .questions, summary: "What is measured, and by how many devices",
        role: .viewer, reach: .scope, parameters: MetricsQuery.parameters, schema: "Metrics",
        mediaTypes: AnswerFormat.mediaTypes)
    case .devices:
      EndpointDeclaration(
        method: .get, path: "/api/v1/devices", topic: .questions, summary: "The devices, listed and enrolled",
        role: .viewer, reach: .scope, parameters: DevicesQuery.parameters, schema: "Devices",
        mediaTypes: AnswerFormat.mediaTypes,
        refusals: [(404, "the cursor leads to no page")])
    case .device:
      EndpointDeclaration(
        method: .get, path: "/api/v1/devices/{id}", topic: .questions,
        summary: "One device, its tags through time, its account and its newest readings", role: .viewer, reach: .scope,
        words: [Parameter("id", .text, "the device's id, or the city's code of one")], schema: "DeviceInFull",
        refusals: [(404, "there is no such device")])
    case .explain:
      EndpointDeclaration(
        method: .get, path: "/api/v1/explain", topic: .questions, summary: "Why a figure is what it is",
        role: .viewer, reach: .scope, parameters: ExplainQuery.parameters, schema: "Explanation",
        refusals: [(404, "there is no such device, or it has no such metric")])
    case .kpis:
      EndpointDeclaration(
        method: .get, path: "/api/v1/kpis", topic: .questions, summary: "The KPIs there are, and what they mean",
        role: .viewer, reach: .scope, parameters: KPIsQuery.parameters, schema: "KPIs",
        mediaTypes: AnswerFormat.mediaTypes)
    case .kpi:
      EndpointDeclaration(
        method: .get, path: "/api/v1/kpis/{name}", topic: .questions, summary: "One KPI per window and group",
        role: .viewer, reach: .scope, parameters: KPIQuery.parameters,
        words: [Parameter("name", .text, "the KPI's name")], schema: "KPIFigures", mediaTypes: AnswerFormat.mediaTypes,
        refusals: [(404, "there is no such KPI, or the cursor leads to no page")])
    case .stream:
      EndpointDeclaration(
        method: .get, path: "/api/v1/stream", topic: .questions,
        summary: "Readings as they are taken in, aggregates as windows close, and alerts: server-sent events",
        role: .viewer, reach: .scope, parameters: StreamQuery.parameters, headers: [StreamQuery.lastEventID],
        schema: nil, mediaTypes: [StreamEndpoint.mediaType])
    case .alerts:
      EndpointDeclaration(
        method: .get, path: "/api/v1/alerts", topic: .alerts, summary: "Alerts, the newest first", role: .viewer,
        reach: .scope, parameters: AlertsQuery.parameters, schema: "Alerts", mediaTypes: AnswerFormat.mediaTypes,
        refusals: [(404, "the cursor leads to no page")])
    case .alert:
      EndpointDeclaration(
        method: .get, path: "/api/v1/alerts/{id}", topic: .alerts,
        summary: "One alert, what became of it, and who was called", role: .viewer, reach: .scope,
        words: [Parameter("id", .text, "sixteen hexadecimal digits")], schema: "AlertInFull",
        refusals: [(404, "there is no such alert")])
    case .acknowledge:
      EndpointDeclaration(
        method: .post, path: "/api/v1/alerts/{id}/ack", topic: .alerts,
        summary: "Takes an alert on, so that it is escalated no further", role: .operator, reach: .scope,
        parameters: AlertWrites.acknowledgeParameters, words: [Parameter("id", .text, "sixteen hexadecimal digits")],
        schema: "Alert", refusals: [(404, "there is no such open alert")])
    case .silences:
      EndpointDeclaration(
        method: .get, path: "/api/v1/silences", topic: .alerts, summary: "Who asked for quiet, the newest first",
        role: .viewer, reach: .scope, parameters: SilencesQuery.parameters, schema: "Silences")
    case .silence:
      EndpointDeclaration(
        method: .post, path: "/api/v1/silences", topic: .alerts,
        summary: "Has nobody called for some alerts, for a time",
        role: .operator, reach: .scope, parameters: AlertWrites.silenceParameters, schema: "Silence")
    case .endSilence:
      EndpointDeclaration(
        method: .delete, path: "/api/v1/silences/{id}", topic: .alerts, summary: "Ends a silence before its time",
        role: .operator, reach: .scope, words: [Parameter("id", .id, "its number")], schema: "Silence",
        refusals: [(404, "there is no such silence in force")])
    case .deadLetters:
      EndpointDeclaration(
        method: .get, path: "/api/v1/dead-letters", topic: .letters,
        summary: "Messages that could not be decoded, the newest first", role: .viewer, reach: .scope,
        parameters: DeadLettersQuery.parameters, schema: "DeadLetters", mediaTypes: AnswerFormat.mediaTypes)
    case .deadLetter:
      EndpointDeclaration(
        method: .get, path: "/api/v1/dead-letters/{id}", topic: .letters, summary: "One of them with its bytes",
        role: .viewer, reach: .scope, words: [Parameter("id", .id, "its number")], schema: "DeadLetterInFull",
        refusals: [(404, "there is no such letter")])
    case .replayLetters:
      EndpointDeclaration(
        method: .post, path: "/api/v1/dead-letters/replay", topic: .letters, summary: "Has dead letters read again",
        role: .operator, reach: .scope, parameters: LetterReplay.parameters, schema: "Replay")
    case .ledger:
      EndpointDeclaration(
        method: .get, path: "/api/v1/ledger", topic: .gateway, summary: "What became of every message and reading",
        role: .viewer, reach: .gateway, schema: "Ledger")
    case .audit:
      EndpointDeclaration(
        method: .get, path: "/api/v1/audit", topic: .gateway,
        summary: "What was asked of the gateway that changes something, the newest first", role: .admin,
        reach: .gateway, parameters: AuditQuery.parameters, schema: "Audit", mediaTypes: AnswerFormat.mediaTypes)
    case .reload:
      EndpointDeclaration(
        method: .post, path: "/api/v1/reload", topic: .gateway,
        summary: "Puts profiles, units and devices in force as the files say them now", role: .admin, reach: .gateway,
        schema: "Reload",
        refusals: [(409, "another reload is under way"), (422, "the files are wrong: where, and what is expected")])
    case .health:
      EndpointDeclaration(
        method: .get, path: "/healthz", topic: .gateway, summary: "Whether the process is alive", role: .viewer,
        reach: .nothing, schema: "Health")
    case .readiness:
      EndpointDeclaration(
        method: .get, path: "/readyz", topic: .gateway, summary: "Whether it does its work", role: .viewer,
        reach: .nothing, schema: "Health", unavailable: "it does not")
    case .prometheus:
      EndpointDeclaration(
        method: .get, path: "/metrics", topic: .gateway, summary: "Its own metrics, in Prometheus' text format",
        role: .viewer, reach: .gateway, schema: nil, mediaTypes: ["text/plain"])
    case .openAPI:
      EndpointDeclaration(
        method: .get, path: "/openapi.json", topic: .gateway, summary: "This description", role: .viewer,
        reach: .nothing, schema: "OpenAPI")
    }
  }
}

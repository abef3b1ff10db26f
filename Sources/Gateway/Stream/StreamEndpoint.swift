import Alerting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Storage
import Telemetry

/// Answers `GET /api/v1/stream`.
struct StreamEndpoint: Sendable {
  /// What of a request a stream needs for as long as it lasts.
  struct Arrival: Sendable {
    let authorization: String?
    let lastEventID: String?
    let body: RequestBody
    let channel: any Channel

    init(_ request: Request, _ channel: any Channel) {
      authorization = request.headers[.authorization]
      lastEventID = request.headers[.lastEventID]
      body = request.body
      self.channel = channel
    }
  }

  private let hub: StreamHub
  private let directory: StreamDirectory
  /// Of the streams alone: what they ask holds no other question up.
  private let reader: StoreReader
  private let access: AccessControl
  /// Those in force.
  private let rules: @Sendable () -> RuleSet
  private let zone: TimeZone
  private let log: Logger

  static let mediaType = "text/event-stream"

  init(
    _ hub: StreamHub, _ reader: StoreReader, access: AccessControl, rules: @escaping @Sendable () -> RuleSet,
    zone: TimeZone, log: Logger
  ) {
    self.hub = hub
    self.reader = reader
    directory = StreamDirectory(hub, reader)
    self.access = access
    self.rules = rules
    self.zone = zone
    self.log = log
  }

  /// - Throws: `QueryError`, `HTTPError` where there are too many streams.
  func respond(_ parameters: QueryParameters, _ caller: Caller, _ arrival: Arrival) async throws -> Response {
    let query = try StreamQuery(parameters, zone: zone)
    let position = try arrival.lastEventID.flatMap { id throws(QueryError) in
      id.isEmpty ? nil : try StreamPosition(id)
    }
    if query.contents.contains(.aggregates) {
      // What is refused is refused before the stream begins.
      let now = Timestamp.now
      let question = try query.aggregates(in: (now.seconds - 1)..<now.seconds, now: now)
      _ = try await reader.read(within: hub.limits.questionTime) { try question.answer($0, caller.scope) }
    }
    let ticket: StreamTicket
    do throws(StreamHub.Refusal) {
      ticket = try hub.enter(
        token: caller.name, wantsReadings: query.contents.contains(.readings),
        wantsAlerts: query.contents.contains(.alerts))
    } catch {
      throw error.httpError
    }
    let connection = StreamConnection(
      isAdmitted: { [access] in access.admits(arrival.authorization, as: caller) }, ticket: ticket,
      channel: arrival.channel, log: log)
    let teller = StreamTeller(
      query, caller.scope, from: position, hub: hub, directory: directory, reader: reader, rules: rules)
    return Response(
      status: .ok,
      // Proxies that gather an answer before they pass it on would keep events back.
      headers: [.contentType: Self.mediaType, .accelBuffering: "no"],
      body: ResponseBody { writer in try await connection.run(teller, &writer, arrival.body) })
  }
}

extension StreamHub.Refusal {
  fileprivate var httpError: HTTPError {
    switch self {
    case .tooMany(let limit):
      HTTPError(.tooManyRequests, message: "\(limit) streams are open, as many as may be (limits.streams)")
    case .tooManyOfToken(let limit):
      HTTPError(
        .tooManyRequests, message: "the token has \(limit) streams open, as many as it may (limits.streams_per_token)")
    case .ending: HTTPError(.serviceUnavailable, message: "the gateway stops")
    }
  }
}

extension HTTPField.Name {
  fileprivate static let lastEventID = HTTPField.Name("Last-Event-ID")!
  fileprivate static let accelBuffering = HTTPField.Name("X-Accel-Buffering")!
}

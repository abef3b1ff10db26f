import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Storage
import Telemetry

/// The HTTP API on loopback.
struct HTTPService: NamedService {
  private let configuration: GatewayConfiguration
  private let monitor: GatewayMonitor
  private let writes: RunningWrites
  private let log: Logger

  init(_ configuration: GatewayConfiguration, monitor: GatewayMonitor, writes: RunningWrites, log: Logger) {
    self.configuration = configuration
    self.monitor = monitor
    self.writes = writes
    self.log = log
  }

  func run() async throws {
    let http = configuration.http
    defer { monitor.httpPort.fulfil(nil) }
    let application = Application(
      router: router,
      configuration: ApplicationConfiguration(address: .hostname(http.host, port: http.port), serverName: "ganglion"),
      onServerRunning: { [monitor, log] channel in
        let port = channel.localAddress?.port ?? http.port
        log.notice("the API listens on http://\(http.host):\(port)")
        monitor.httpPort.fulfil(port)
      },
      logger: log.quiet)
    do {
      try await application.run()
    } catch {
      // A stop that comes while the server starts is no fault of its address.
      if Task.isShuttingDownGracefully { return }
      throw GatewayFailure(
        .unavailable,
        "http.listen \(http.host):\(http.port): \(reason(error)); set another address, or end what uses this one")
    }
  }

  private func reason(_ error: any Error) -> String {
    (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
  }

  private var router: Router<BasicRequestContext> {
    let router = Router()
    router.add(middleware: ProblemMiddleware())
    router.get("healthz") { _, _ in try health(isReadiness: false) }
    router.get("readyz") { _, _ in try health(isReadiness: true) }
    router.get("metrics") { _, _ in
      let text = PrometheusText(monitor.status, try await monitor.ledger()).text
      return Response(text: text, type: "text/plain; version=0.0.4; charset=utf-8")
    }
    router.get("api/v1/aggregates") { request, _ in try await answer(.aggregates(request.queryParameters())) }
    router.get("api/v1/latest") { request, _ in try await answer(.latest(request.queryParameters())) }
    router.get("api/v1/explain") { request, _ in try await answer(.explain(request.queryParameters())) }
    router.get("api/v1/devices") { request, _ in try await answer(.devices(request.queryParameters())) }
    router.get("api/v1/devices/:device") { _, context in try await answer(.device(context.word("device"))) }
    router.get("api/v1/dead-letters") { request, _ in try await answer(.deadLetters(request.queryParameters())) }
    router.get("api/v1/dead-letters/:id") { _, context in try await answer(.deadLetter(context.word("id"))) }
    router.get("api/v1/ledger") { _, _ in
      Response(body: try Answer.json(LedgerAnswer(try await monitor.ledger())))
    }
    router.post("api/v1/dead-letters/replay") { request, _ in
      try await perform(.replayLetters(request.queryParameters()), request)
    }
    router.post("api/v1/reload") { request, _ in try await perform(.reload, request) }
    return router
  }

  /// A page that a browser shows may send what changes nothing it can read, from any site: not here.
  private func perform(_ write: WriteRequest, _ request: Request) async throws -> Response {
    guard request.headers[.origin] == nil else {
      throw HTTPError(.forbidden, message: "requests of web pages, which carry an Origin, change nothing here")
    }
    return Response(body: try await writes.perform(write))
  }

  private func answer(_ question: Question) async throws -> Response {
    let zone = configuration.timeZone
    let now = Timestamp.now
    let answer = try await monitor.reader.read { try question.answer($0, zone: zone, now: now) }
    return Response(body: answer.body, type: answer.mediaType)
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

extension RequestContext {
  /// A word of the path, percent-decoded.
  fileprivate func word(_ name: String) throws -> String {
    let word = try parameters.require(name)
    return word.removingPercentEncoding ?? word
  }
}

extension Request {
  fileprivate func queryParameters() throws(QueryError) -> QueryParameters {
    try QueryParameters(urlQuery: uri.query ?? "")
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

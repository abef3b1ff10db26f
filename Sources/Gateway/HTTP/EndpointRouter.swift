import Hummingbird

/// Leads each request to its page, past all that may turn it away: who asks, from where, and for what.
struct EndpointRouter {
  let access: AccessControl
  let hosts: HostRule
  let responder: EndpointResponder

  var router: Router<APIContext> {
    let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: SecurityHeaders(isTLS: responder.configuration.http.tls != nil))
    router.add(middleware: ProblemMiddleware())
    router.add(middleware: hosts)
    for endpoint in Endpoint.allCases {
      let declaration = endpoint.declaration
      let words = declaration.words.map(\.name)
      router.on(RouterPath(declaration.path), method: declaration.method.httpMethod) { request, context in
        let caller = try admit(request, to: declaration)
        return try await responder.respond(
          endpoint,
          to: EndpointResponder.Request(
            parameters: request.queryParameters(taking: declaration.parameters),
            words: words.reduce(into: [:]) { $0[$1] = try context.word($1) }, fields: request.headers, caller: caller,
            address: context.channel.remoteAddress?.ipAddress,
            arrival: StreamEndpoint.Arrival(request, context.channel)))
      }
    }
    return router
  }

  /// - Throws: `AccessControl.Denial`, `HTTPError`.
  private func admit(_ request: Request, to declaration: EndpointDeclaration) throws -> Caller {
    // A page that a browser shows may send what changes nothing it can read, from any site: not here.
    guard declaration.method == .get || request.headers[.origin] == nil else {
      throw HTTPError(.forbidden, message: "requests of web pages, which carry an Origin, change nothing here")
    }
    guard declaration.reach != .nothing else { return .owner }
    let caller = try access.caller(request.headers[.authorization])
    guard caller.role >= declaration.role else {
      throw HTTPError(
        .forbidden, message: "this takes the role \(declaration.role.rawValue); the token has \(caller.role.rawValue)")
    }
    guard declaration.reach == .scope || caller.scope.isWhole else {
      throw HTTPError(.forbidden, message: "this tells of all devices; the token is for some of them")
    }
    return caller
  }
}

extension EndpointDeclaration.Method {
  var httpMethod: HTTPRequest.Method {
    switch self {
    case .get: .get
    case .post: .post
    case .delete: .delete
    }
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
  /// - Throws: `QueryError` for one that the page does not know.
  fileprivate func queryParameters(taking known: [Parameter]) throws(QueryError) -> QueryParameters {
    let parameters = try QueryParameters(urlQuery: uri.query ?? "")
    try parameters.requireKnown(known)
    return parameters
  }
}

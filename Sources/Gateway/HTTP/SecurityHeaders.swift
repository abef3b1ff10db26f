import HTTPTypes
import Hummingbird

/// What every answer tells a browser: not to guess, not to keep, not to embed, and to run nothing in it.
struct SecurityHeaders: RouterMiddleware {
  typealias Context = APIContext

  let isTLS: Bool

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
    response.headers[.referrerPolicy] = "no-referrer"
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    if isTLS { response.headers[.strictTransportSecurity] = "max-age=31536000" }
    // Whatever it is, of an error too: a client would take a body for the next answer.
    guard request.method == .head else { return response }
    var head = response.createHeadResponse()
    head.headers[.contentEncoding] = APIChannel.asItIs.value
    return head
  }
}

extension HTTPField.Name {
  static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}

import DurableSQLite
import Foundation
import HTTPTypes
import Hummingbird
import Storage
import StrictYAML
import Telemetry

/// An error as it is answered: RFC 9457, `application/problem+json`.
struct Problem: Encodable {
  let status: Int
  let title: String
  let detail: String

  static let mediaType = "application/problem+json"

  var response: Response {
    let body = (try? Answer.json(self)) ?? Data()
    return Response(
      body: body, status: HTTPResponse.Status(code: status, reasonPhrase: title), type: Self.mediaType)
  }
}

/// Turns what a handler throws into a problem that says how to put it right.
struct ProblemMiddleware: RouterMiddleware {
  typealias Context = APIContext

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let denial as AccessControl.Denial {
      return denial.response
    } catch let error as QueryError where error.isNotFound {
      return Problem(status: 404, title: "Not Found", detail: error.description).response
    } catch let error as QueryError {
      return Problem(status: 400, title: "Bad Request", detail: error.description).response
    } catch let error as YAMLError {
      return Problem(status: 422, title: "Unprocessable Content", detail: error.description).response
    } catch let error as StoreReader.TookTooLong {
      return Problem(
        status: 400, title: "Bad Request",
        detail: """
          the question takes longer than limits.question_time, \(error.limit.text): narrow the span, ask for fewer \
          devices, or widen the windows
          """
      ).response
    } catch is CatalogueReload.IsBusy {
      return Problem(status: 409, title: "Conflict", detail: "a reload is under way; try again").response
    } catch is AuditLog.IsLate {
      return Problem(
        status: 503, title: "Service Unavailable",
        detail: "who asks for a change is written down first, and the store does not take it now; nothing was changed"
      ).response
    } catch is AlertMail.IsLate {
      return Problem(
        status: 503, title: "Service Unavailable",
        detail: "the store does not take it now; nothing was changed"
      ).response
    } catch let error as DatabaseFailure {
      context.logger.error("\(request.method) \(request.uri.path): \(error)")
      return Problem(status: 503, title: "Service Unavailable", detail: error.sentence).response
    } catch let error as HTTPError where error.status == .notFound && !allowedMethods(request).isEmpty {
      let allowed = allowedMethods(request).joined(separator: ", ")
      var response = Problem(
        status: 405, title: "Method Not Allowed", detail: "\(request.uri.path) takes \(allowed)"
      ).response
      response.headers[.allow] = allowed
      return response
    } catch let error as HTTPError {
      let detail =
        error.status == .notFound
        ? "there is nothing at \(request.method) \(request.uri.path)" : error.body ?? error.status.reasonPhrase
      return Problem(status: error.status.code, title: error.status.reasonPhrase, detail: detail).response
    } catch {
      context.logger.error("\(request.method) \(request.uri.path): \(error)")
      return Problem(
        status: 500, title: "Internal Server Error", detail: "the gateway's log says what went wrong"
      ).response
    }
  }

  /// By which methods a path may be asked for; none for one that there is not.
  private func allowedMethods(_ request: Request) -> [String] {
    let levels = request.uri.path.split(separator: "/")
    let pages = Endpoint.allCases.map(\.declaration)
    let exact = pages.filter { $0.path == request.uri.path }
    let meant =
      exact.isEmpty
      ? pages.filter { page in
        let template = page.path.split(separator: "/")
        return template.count == levels.count && zip(template, levels).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
      } : exact
    return meant.map { $0.method.httpMethod.rawValue }
  }
}

extension AccessControl.Denial {
  fileprivate var response: Response {
    switch self {
    case .missing:
      challenge("a token is needed: 'Authorization: Bearer …'; `ganglion tokens add` makes one")
    case .unknown:
      challenge("the token is none of this gateway's, or it has expired")
    case .tooMany(let seconds):
      with(
        Problem(
          status: 429, title: "Too Many Requests", detail: "the token asks too often; ask again in \(seconds) s"),
        .retryAfter, "\(seconds)")
    }
  }

  private func challenge(_ detail: String) -> Response {
    with(Problem(status: 401, title: "Unauthorized", detail: detail), .wwwAuthenticate, "Bearer realm=\"ganglion\"")
  }

  private func with(_ problem: Problem, _ field: HTTPField.Name, _ value: String) -> Response {
    var response = problem.response
    response.headers[field] = value
    return response
  }
}

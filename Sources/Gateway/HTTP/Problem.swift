import DurableSQLite
import Foundation
import Hummingbird
import StrictYAML

/// An error as it is answered: RFC 9457, `application/problem+json`.
struct Problem: Encodable {
  let status: Int
  let title: String
  let detail: String

  var response: Response {
    let body = (try? Answer.json(self)) ?? Data()
    return Response(
      body: body, status: HTTPResponse.Status(code: status, reasonPhrase: title), type: "application/problem+json")
  }
}

/// Turns what a handler throws into a problem that says how to put it right.
struct ProblemMiddleware: RouterMiddleware {
  typealias Context = BasicRequestContext

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as QueryError where error.isNotFound {
      return Problem(status: 404, title: "Not Found", detail: error.description).response
    } catch let error as QueryError {
      return Problem(status: 400, title: "Bad Request", detail: error.description).response
    } catch let error as YAMLError {
      return Problem(status: 422, title: "Unprocessable Content", detail: error.description).response
    } catch is CatalogueReload.IsBusy {
      return Problem(status: 409, title: "Conflict", detail: "a reload is under way; try again").response
    } catch let error as DatabaseFailure {
      context.logger.error("\(request.method) \(request.uri.path): \(error)")
      return Problem(status: 503, title: "Service Unavailable", detail: error.sentence).response
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
}

import Foundation
import FoundationNetworking
import Gateway
import StrictYAML

/// Asks a running gateway over HTTP.
struct GatewayClient {
  let address: URL
  private let token: String?

  /// - Parameter tokenFile: a file that holds the secret of a token, and nothing else; nil where none is needed.
  /// - Throws: a usage error for what is no address, and for a file that cannot be read.
  init(_ url: String, tokenFile: String?) throws {
    guard let address = URL(string: url), ["http", "https"].contains(address.scheme), address.host != nil else {
      throw explain("--url '\(url)' is no address; expected http://host:port", .usage)
    }
    self.address = address
    do {
      token = try tokenFile.map { try TextFile.read($0).trimmingCharacters(in: .whitespacesAndNewlines) }
    } catch {
      throw explain("--token-file \(error)", .usage)
    }
  }

  /// Gets a page.
  ///
  /// - Throws: `GatewayFailure` where the gateway does not answer, `QueryError` where it refuses the question.
  func get(_ path: [String]) async throws -> Data {
    try await send("GET", path, QueryParameters([])).body
  }

  /// Asks a question.
  ///
  /// - Returns: the answer, and the cursor of its next page where it has one.
  /// - Throws: as `get`.
  func ask(_ question: Question) async throws -> (body: Data, next: String?) {
    try await send("GET", question.path, question.parameters)
  }

  /// Has something changed.
  ///
  /// - Throws: as `get`; `GatewayFailure(.configuration)` where files are wrong.
  func perform(_ request: WriteRequest) async throws -> Data {
    try await send(request.method, request.path, request.parameters).body
  }

  private func send(
    _ method: String, _ path: [String], _ parameters: QueryParameters
  ) async throws -> (body: Data, next: String?) {
    var components = URLComponents(
      url: path.reduce(address) { $0.appending(component: $1) }, resolvingAgainstBaseURL: false)!
    components.percentEncodedQuery = parameters.pairs.isEmpty ? nil : parameters.urlQuery
    var request = URLRequest(url: components.url!)
    request.httpMethod = method
    if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
    let answer: (Data, URLResponse)
    do {
      answer = try await URLSession.shared.data(for: request)
    } catch {
      throw GatewayFailure(.unavailable, "\(address): \(error.localizedDescription)")
    }
    let response = answer.1 as? HTTPURLResponse
    let status = response?.statusCode ?? 0
    guard status == 200 else {
      let detail = (try? JSONDecoder().decode(Refusal.self, from: answer.0).detail) ?? "HTTP status \(status)"
      if status == 400 || status == 404 { throw QueryError(detail, isNotFound: status == 404) }
      if status == 422 { throw GatewayFailure(.configuration, detail) }
      throw GatewayFailure(.unavailable, "\(address): \(detail)")
    }
    return (answer.0, response?.value(forHTTPHeaderField: "Link").flatMap(Self.cursor))
  }

  /// The cursor in the address of a next page.
  private static func cursor(_ link: String) -> String? {
    let address = link.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" }
    return URLComponents(string: String(address))?.queryItems?.first { $0.name == "cursor" }?.value
  }

  private struct Refusal: Decodable {
    let detail: String
  }
}

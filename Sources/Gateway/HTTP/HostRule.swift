import Hummingbird

/// Turns away requests for other hosts than this gateway: a page of any site can have a browser resolve the site's own
/// name to this address, and would then read what it answers.
struct HostRule: RouterMiddleware {
  typealias Context = BasicRequestContext

  private let names: Set<String>

  /// - Parameter http: the address it listens on, and by which other names it is called.
  init(_ http: GatewayConfiguration.HTTP, hostName: String) {
    names = Set((["localhost", http.host, hostName] + http.hosts).map { $0.lowercased() })
  }

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard let authority = request.head.authority, accepts(authority) else {
      throw HTTPError(
        .misdirectedRequest,
        message: "this gateway is not called '\(request.head.authority ?? "")'; http.hosts names what it is called")
    }
    return try await next(request, context)
  }

  /// - Parameter authority: a host, with or without a port. Addresses are always right: nobody's name leads to them.
  func accepts(_ authority: String) -> Bool {
    let host = Self.host(of: authority.lowercased())
    return names.contains(host) || Self.isAddress(host)
  }

  private static func host(of authority: String) -> String {
    if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
    guard let colon = authority.lastIndex(of: ":") else { return authority }
    return String(authority[..<colon])
  }

  private static func isAddress(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return host.contains(":") || parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }
}

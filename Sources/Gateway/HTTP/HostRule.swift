import Hummingbird

/// Turns away requests for other hosts than this gateway: a page of any site can have a browser resolve the site's own
/// name to this address, and would then read what it answers.
struct HostRule: RouterMiddleware {
  typealias Context = GatewayRequestContext

  private let names: Set<String>

  /// - Parameter http: the address it listens on, and by which other names it is called.
  init(_ http: GatewayConfiguration.HTTP, hostName: String) {
    names = Set((["localhost", http.host, hostName] + http.hosts).map { $0.lowercased() }).subtracting([""])
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
    guard let host = Self.host(of: authority.lowercased()) else { return false }
    return names.contains(host) || IPAddress.isVersion4(host) || IPAddress.isVersion6(host)
  }

  /// Nil for what is no host with or without a port.
  private static func host(of authority: String) -> String? {
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      let host = String(authority[authority.index(after: authority.startIndex)..<end])
      let rest = authority[authority.index(after: end)...]
      return IPAddress.isVersion6(host) && (rest.isEmpty || rest.first == ":" && isPort(rest.dropFirst())) ? host : nil
    }
    let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.count == 1 || isPort(parts[1]) else { return nil }
    return String(parts[0])
  }

  private static func isPort(_ text: Substring) -> Bool { text.utf8.allSatisfy { (0x30...0x39).contains($0) } }
}

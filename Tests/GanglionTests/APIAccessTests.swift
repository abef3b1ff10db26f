import Foundation
import FoundationNetworking
import Simulator
import TestSupport
import Testing

/// Who may ask a gateway that runs, for what, and what it tells those who may not.
@Suite(.exclusive)
struct APIAccessTests {
  private struct Reply {
    let status: Int
    let body: String
    let headers: [AnyHashable: Any]
  }

  private func send(
    _ method: String, _ path: String, _ running: RunningGateway, token: String? = nil, headers: [String: String] = [:]
  ) async throws -> Reply {
    var request = URLRequest(url: URL(string: running.url + path)!)
    request.httpMethod = method
    if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let (data, response) = try await URLSession.shared.data(for: request)
    let http = try #require(response as? HTTPURLResponse)
    return Reply(
      status: http.statusCode, body: String(decoding: data, as: UTF8.self), headers: http.allHeaderFields)
  }

  /// A gateway with a file of tokens, and the secrets of some: viewer, operator, controller, admin, and scoped, which
  /// is an admin's for one district.
  private func running(more: String = "") async throws -> (RunningGateway, [String: String]) {
    let scratch = try ScratchDirectory()
    let file = "\(scratch.path)/tokens.yaml"
    var secrets: [String: String] = [:]
    for role in ["viewer", "operator", "controller", "admin"] {
      let added = try GanglionProcess.run(
        ["tokens", "add", "--file", file, "--name", role, "--role", role], in: scratch)
      secrets[role] = added.output.trimmingCharacters(in: .newlines)
    }
    let scoped = try GanglionProcess.run(
      ["tokens", "add", "--file", file, "--name", "scoped", "--role", "admin", "--scope", "district=luojiang"],
      in: scratch)
    secrets["scoped"] = scoped.output.trimmingCharacters(in: .newlines)
    #expect(Set(secrets.values).count == 5 && secrets.values.allSatisfy { $0.hasPrefix("gng_") })
    let running = try await RunningGateway(tokens: file, more: more)
    return (running, secrets)
  }

  private struct Description: Decodable {
    struct Operation: Decodable {
      let role: String?
      let responses: [String: Responses]

      struct Responses: Decodable {}

      private enum CodingKeys: String, CodingKey {
        case responses
        case role = "x-role"
      }
    }

    let paths: [String: [String: Operation]]
  }

  @Test("Every page declares a role, asks for a token, and turns away those whose role or scope is too small")
  func everyPage() async throws {
    let (running, secrets) = try await running()
    defer { running.stop() }
    let text = try await send("GET", "/openapi.json", running).body
    let pages = try JSONDecoder().decode(Description.self, from: Data(text.utf8)).paths
    let open = ["/healthz", "/readyz", "/openapi.json"]
    #expect(pages.count >= 15)
    let roles = ["viewer", "operator", "controller", "admin"]
    for (path, operations) in pages {
      for (method, operation) in operations {
        let method = method.uppercased()
        // A stream has no end: who may ask for it is told what is wrong with the question.
        let place =
          path.replacing("{id}", with: "1").replacing("{name}", with: "pue")
          + (path == "/api/v1/stream" ? "?events=none" : "")
        guard let role = operation.role else {
          #expect(open.contains(path), "\(path) asks for no token")
          #expect(try await send(method, place, running).status != 401)
          continue
        }
        let least = try #require(roles.firstIndex(of: role), "\(path): the role \(role)")
        let without = try await send(method, place, running)
        #expect(without.status == 401 && without.body.contains("ganglion tokens add"), "\(path): \(without)")
        #expect(try await send(method, place, running, token: "gng_wrong").status == 401, "\(path)")
        for (rank, name) in roles.enumerated() {
          let status = try await send(method, place, running, token: secrets[name]).status
          #expect((status == 403) == (rank < least) && status != 401, "\(method) \(path) as \(name): \(status)")
        }
      }
    }
    // What tells of all devices is for nobody who may see some.
    for path in ["/metrics", "/api/v1/ledger"] {
      #expect(try await send("GET", path, running, token: secrets["scoped"]).status == 403)
    }
    #expect(try await send("POST", "/api/v1/reload", running, token: secrets["scoped"]).status == 403)
    #expect(try await send("GET", "/api/v1/latest", running, token: secrets["scoped"]).status == 200)
    // On the command line.
    let secret = try running.scratch.file("secret", "\(secrets["viewer"]!)\n")
    #expect(try running.ganglion("ledger", "--url", running.url).ending == .exited(69))
    #expect(try running.ganglion("ledger", "--url", running.url, "--token-file", secret).ending == .exited(0))
  }

  @Test("A token that is taken out ends while the gateway runs; a broken file changes nothing, and is told")
  func revocation() async throws {
    let (running, secrets) = try await running()
    defer { running.stop() }
    #expect(try await send("GET", "/api/v1/latest", running, token: secrets["viewer"]).status == 200)
    #expect(try running.ganglion("tokens", "remove", "--config", running.config, "viewer").ending == .exited(0))
    var status = 0
    try await eventually("it is refused") {
      status == 401
    } refreshing: {
      status = (try? await send("GET", "/api/v1/latest", running, token: secrets["viewer"]).status) ?? 0
    }
    let file = try #require(running.tokens)
    try "tokens: 7".write(toFile: file, atomically: true, encoding: .utf8)
    try await eventually("it is told") {
      running.gateway.errors.contains("the tokens that were read last go on")
    } refreshing: {
      status = (try? await send("GET", "/api/v1/latest", running, token: secrets["operator"]).status) ?? 0
    }
    #expect(status == 200)
  }

  @Test("A token that asks too often is told when to come again")
  func tooOften() async throws {
    let (running, secrets) = try await running(more: "limits: { requests_per_token: 2 }")
    defer { running.stop() }
    var refused: Reply?
    for _ in 0..<20 where refused == nil {
      let reply = try await send("GET", "/api/v1/metrics", running, token: secrets["viewer"])
      if reply.status == 429 { refused = reply }
    }
    let told = try #require(refused)
    #expect(told.headers["Retry-After"] as? String == "1" && told.body.contains("asks too often"))
    #expect(try await send("GET", "/api/v1/metrics", running, token: secrets["admin"]).status == 200)
  }

  @Test("Requests for other hosts, of pages, or with a large head are turned away; answers tell browsers what they may")
  func browsers() async throws {
    let (running, secrets) = try await running()
    defer { running.stop() }
    let port = try #require(Int(running.url.split(separator: ":").last ?? ""))
    let foreign = try RawHTTP.get("/healthz", port: port, host: "evil.example")
    #expect(foreign.hasPrefix("HTTP/1.1 421 ") && foreign.contains("http.hosts"), "\(foreign)")
    let page = try await send(
      "POST", "/api/v1/reload", running, token: secrets["admin"], headers: ["Origin": "http://elsewhere"])
    #expect(page.status == 403)
    let head = try RawHTTP.get("/nothing", port: port, host: "localhost", method: "HEAD")
    #expect(head.hasPrefix("HTTP/1.1 404 ") && head.hasSuffix("\r\n\r\n"), "\(head)")
    let right = try RawHTTP.get("/healthz", port: port, host: "localhost", method: "HEAD")
    #expect(right.hasPrefix("HTTP/1.1 200 ") && right.hasSuffix("\r\n\r\n"), "\(right)")
    let large = try RawHTTP.get("/healthz?" + String(repeating: "x", count: 100_000), port: port, host: "localhost")
    #expect(!large.hasPrefix("HTTP/1.1 200 "), "\(large.prefix(100))")
    let answer = try await send("GET", "/healthz", running)
    for (name, value) in [
      ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer"),
      ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ] {
      #expect(answer.headers[name] as? String == value, "\(answer.headers)")
    }
    #expect(answer.headers["Set-Cookie"] == nil)
  }

  @Test("Over TLS it proves who it is; beyond loopback it wants certificate and tokens")
  func overTLS() async throws {
    let scratch = try ScratchDirectory()
    let files = try scratch.directory("tls")
    _ = try SecuredListener(directory: files)
    let running = try await RunningGateway(
      http: "tls_cert_file: \(files)/ca.crt, tls_key_file: \(files)/server.key")
    defer { running.stop() }
    #expect(running.url.hasPrefix("https://"))
    let port = try #require(running.url.split(separator: ":").last)
    let client = try ChildProcess(
      "/usr/bin/openssl",
      ["s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", "\(files)/ca.crt", "-verify_return_error", "-brief"],
      output: "\(scratch.path)/answer", errors: "\(scratch.path)/verdict")
    _ = client.wait(atMost: .seconds(10))
    let verdict = try String(contentsOfFile: "\(scratch.path)/verdict", encoding: .utf8)
    #expect(verdict.contains("Verification: OK"), "\(verdict)")

    for (http, wanted) in [
      ("listen: \"0.0.0.0:0\"", "is not loopback"),
      ("tls_cert_file: \(files)/ca.crt", "come together"),
      ("tls_cert_file: \(files)/none.crt, tls_key_file: \(files)/server.key", "cannot be read"),
    ] {
      let config = try scratch.file(
        "wrong.yaml", "data: \(scratch.path)/d\nmqtt: { url: \"mqtt://127.0.0.1\" }\nhttp: { \(http) }")
      let check = try GanglionProcess.run(["check", "--config", config], in: scratch)
      #expect(check.ending == .exited(78) && check.errors.contains(wanted), "\(check.errors)")
    }
  }
}

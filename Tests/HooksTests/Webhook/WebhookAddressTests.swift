import Alerting
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Hooks

/// Which addresses webhooks may go to, and that they go nowhere else.
@Suite(.exclusive)
struct WebhookAddressTests {
  private func failure(
    _ url: String, allowsPrivate: Bool = false, caFile: String? = nil, answers: [String]? = nil
  ) async -> HookFailure? {
    let runner = answers.map { answers in WebhookRunner(lookUp: { _ in answers.compactMap { HostAddress($0) } }) }
    let target = WebhookTarget(url: url, caFile: caFile, allowsPrivate: allowsPrivate)
    return await (runner ?? WebhookRunner()).run(target, .sample(), limit: .seconds(10)).failure
  }

  @Test("Each address is of the world, private, or never called")
  func places() throws {
    func places(_ texts: String) throws -> [HostAddress.Place] {
      try texts.split(separator: " ").map { try #require(HostAddress(String($0)), "\($0)").place }
    }
    for place in try places(
      "8.8.8.8 1.1.1.1 172.15.0.1 172.32.0.1 11.0.0.1 192.167.1.1 100.63.0.1 100.128.0.1 169.253.1.1 223.255.255.255 "
        + "2400:3200::1 2606:4700::1111 64:ff9b::808:808 ::ffff:8.8.8.8 2002:808:808::1")
    { #expect(place == .world) }
    for place in try places(
      "127.0.0.1 127.255.255.255 10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1 198.18.0.1 ::1 fc00::1 "
        + "fd12:3456::1 fec0::1 ::ffff:127.0.0.1 ::127.0.0.1 64:ff9b::a00:1 2002:7f00:1::1 64:ff9b:1::1")
    {
      guard case .private = place else {
        Issue.record("\(place)")
        continue
      }
    }
    for place in try places(
      "0.0.0.0 0.1.2.3 169.254.169.254 169.254.0.1 100.100.100.200 168.63.129.16 192.0.0.192 224.0.0.1 239.255.255.255 "
        + "240.0.0.1 255.255.255.255 :: fe80::1 febf::1 ff02::1 fd00:ec2::254 ::ffff:169.254.169.254 "
        + "64:ff9b::a9fe:a9fe 2002:a9fe:a9fe::1 ::ffff:0.0.0.0")
    {
      guard case .never = place else {
        Issue.record("\(place)")
        continue
      }
    }
    for text in ["", "1.2.3", "1.2.3.4.5", "127.1", "0x7f000001", ":::", "1.2.3.4 ", "localhost"] {
      #expect(HostAddress(text) == nil)
    }
    for text in ["8.8.4.4", "2400:3200::1"] { #expect(HostAddress(text)?.text == text) }
  }

  @Test("Loopback is refused unless it is allowed, however it is written, and nobody connects")
  func loopback() async throws {
    let receiver = try Receiver(status: "200 OK")
    for host in ["127.0.0.1", "localhost", "127.1", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"] {
      let failure = await failure("http://\(host):\(receiver.port)/")
      #expect(failure?.reason == .address, "\(host): \(String(describing: failure))")
      #expect(failure?.sentence.hasSuffix("which 'allow_private: true' allows") == true)
    }
    #expect(receiver.connections == 0)
    for host in ["127.0.0.1", "localhost", "127.1"] {
      #expect(await failure("http://\(host):\(receiver.port)/", allowsPrivate: true) == nil)
    }
  }

  @Test("Link-local and other addresses of no receiver are refused even where private ones are allowed")
  func never() async {
    for host in ["169.254.169.254", "0.0.0.0", "[::]", "[fe80::1]", "224.0.0.1", "255.255.255.255", "100.100.100.200"] {
      let failure = await failure("http://\(host)/latest/meta-data", allowsPrivate: true)
      #expect(failure?.reason == .address && failure?.sentence.hasSuffix("which is never called") == true, "\(host)")
    }
  }

  @Test("The connection is made to the address that was checked, whatever the name says by then")
  func pinned() async throws {
    let receiver = try Receiver(status: "200 OK")
    // No resolver knows this name: it is not asked for again.
    let url = "http://changing.invalid:\(receiver.port)/"
    #expect(await failure(url, allowsPrivate: true, answers: ["127.0.0.1"]) == nil)
    #expect(receiver.requests.first?.head.lowercased().contains("host: changing.invalid:\(receiver.port)") == true)
    #expect(await failure(url, answers: ["127.0.0.1"])?.reason == .address)
    #expect(await failure(url, allowsPrivate: true, answers: ["169.254.169.254"])?.reason == .address)
    #expect(await failure(url)?.reason == .lookup)
  }

  @Test("Of several addresses those that may be called are tried in turn, until there is a connection")
  func several() async throws {
    let receiver = try Receiver(status: "500 No")
    let url = "http://several.invalid:\(receiver.port)/"
    // Nobody listens there; the last one would be a second call.
    let answers = ["169.254.1.1", "127.0.0.2", "127.0.0.1", "127.0.0.1"]
    #expect(await failure(url, allowsPrivate: true, answers: answers)?.reason == .status)
    #expect(receiver.connections == 1)
    #expect(await failure(url, allowsPrivate: true, answers: [])?.reason == .lookup)
  }

  @Test("Certificates are verified by the host in the URL, though the connection is made to an address")
  func certificates() async throws {
    let receiver = try await SecuredReceiver()
    func call(_ host: String, _ caFile: String? = nil) async -> HookFailure? {
      await failure(
        "https://\(host):\(receiver.port)/", allowsPrivate: true, caFile: caFile, answers: ["127.0.0.1"])
    }
    #expect(await call("localhost", receiver.caFile) == nil)
    #expect(await call("127.0.0.1", receiver.caFile) == nil)
    let wrongName = await call("other.invalid", receiver.caFile)
    #expect(wrongName?.reason == .tls && wrongName?.weight == .away, "\(String(describing: wrongName))")
    // The system's authorities do not know it.
    #expect(await call("localhost")?.reason == .tls)
    #expect(await call("localhost", "/nowhere/ca.pem")?.reason == .authorities)
    let expired = try await SecuredReceiver(days: -1)
    let late = await failure(
      "https://localhost:\(expired.port)/", allowsPrivate: true, caFile: expired.caFile, answers: ["127.0.0.1"])
    #expect(late?.reason == .tls)
  }

  @Test("A certificate's name is the host's, or stands for it with a star for one label")
  func certificateNames() {
    for (host, pattern, isSame) in [
      ("ops.example.com", "ops.example.com", true), ("OPS.example.com.", "ops.Example.com", true),
      ("ops.example.com", "*.example.com", true), ("a.ops.example.com", "*.example.com", false),
      ("example.com", "*.example.com", false), ("example.com", "*.com", false),
      ("ops.example.com", "o*.example.com", false),
      ("ops.example.com", "*.*.com", false), ("ops.example.com", "ops.example.org", false),
      (".example.com", "*.example.com", false),
      ("localhost", "localhost", true), ("localhost", "*", false), ("", "", false), ("a..b.c", "a.*.b.c", false),
    ] {
      #expect(CertificateNames.matches(host, pattern) == isSame, "\(host) \(pattern)")
    }
  }

  @Test("A URL that cannot be called is refused, and no part of it is repeated but its scheme")
  func urls() async {
    for url in [
      "", "ops.example/alerts", "ftp://ops.example/s3cret", "https:///s3cret", "https://user:s3cret@ops.example/",
      "https://ops example/s3cret", "http://ops.example:99999/s3cret", "https://例子.cn:0/s3cret", "unix:///s3cret",
    ] {
      let failure = await failure(url, allowsPrivate: true, answers: ["127.0.0.1"])
      #expect(failure?.reason == .declaration && failure?.weight == .final, "\(url): \(String(describing: failure))")
      #expect(failure?.sentence.contains("s3cret") == false)
      let declaration = HookDeclaration(name: "a", action: .webhook(WebhookTarget(url: url)))
      #expect(declaration.problem == failure?.sentence)
    }
  }

  @Test("A name server that is silent keeps nobody beyond the time limit, and only so many threads")
  func silentLookup() async throws {
    let waiting = Mutex(0)
    let runner = WebhookRunner(lookUp: { _ in
      waiting.withLock { $0 += 1 }
      try await Task.sleep(for: .seconds(60))
      return []
    })
    let outcome = await runner.run(
      WebhookTarget(url: "https://ops.example/"), .sample(), limit: .milliseconds(200))
    #expect(outcome.failure?.reason == .timeout && outcome.duration < .seconds(30))
    #expect(waiting.withLock { $0 } == 1)
  }
}

import Foundation
import StrictYAML
import Telemetry
import Testing

@testable import Gateway

/// Tokens: the file, the secrets, the rate.
@Suite
struct TokenTests {
  private static let now = Timestamp(seconds: 1_763_700_000)

  @Test("A token that is added is known by its secret alone, which the file does not hold; taken out it is unknown")
  func addAndRemove() throws {
    var file = try TokensFile("# Of the duty desk.\n", file: "tokens.yaml")
    let scope = TagScope(["district": ["luojiang", "li \"cheng\""]])
    let first = try file.add(name: "desk: 1", role: .operator, scope: scope, expires: nil)
    let second = try file.add(name: "hub", role: .viewer, scope: .whole, expires: "2027-01-01T00:00:00Z")
    let third = try file.add(name: "third", role: .admin, scope: .whole, expires: nil)
    #expect(!file.text.contains(first.text) && file.text.contains(first.hash.text))
    #expect(
      file.table.caller(showing: first, at: Self.now) == Caller(name: "desk: 1", role: .operator, scope: scope))
    #expect(file.table.caller(showing: TokenSecret(first.text + "x"), at: Self.now) == nil)
    #expect(file.table.caller(showing: TokenSecret(first.hash.text), at: Self.now) == nil)
    #expect(file.table.caller(showing: second, at: Self.now)?.role == .viewer)
    #expect(file.table.caller(showing: second, at: Self.now + .seconds(86400 * 800)) == nil, "it has expired")

    #expect(try file.remove("hub") && !file.remove("nobody"))
    #expect(file.table.caller(showing: second, at: Self.now) == nil)
    #expect(file.table.caller(showing: third, at: Self.now)?.role == .admin)
    #expect(try file.remove("third"))
    #expect(file.table.tokens.map(\.name) == ["desk: 1"] && file.text.hasPrefix("# Of the duty desk.\n"))
    #expect(try file.remove("desk: 1"))
    #expect(file.table.tokens.isEmpty)
    _ = try file.add(name: "again", role: .viewer, scope: .whole, expires: nil)
    #expect(file.table.tokens.map(\.name) == ["again"])
  }

  @Test(
    "What is wrong with a file of tokens is told with its line",
    arguments: [
      ("tokens:\n  - { name: a, role: boss, hash: x }", "2:22: tokens[0].role"),
      ("tokens:\n  - { name: a, role: viewer, hash: secret }", "sha256:"),
      ("tokens:\n  - { name: a, role: viewer, hash: 'sha256:\(String(repeating: "0", count: 63))' }", "64 hexadecimal"),
      ("tokens:\n  - { name: a, role: viewer }", "'hash' is missing"),
      ("tokens:\n  - { name: a, role: viewer, scope: {}, hash: x }", "sees everything"),
      ("tokens:\n  - { name: a, role: viewer, scope: , hash: x }", "has no value"),
      ("tokens:\n  - { name: a, role: viewer, expires: ~, hash: x }", "has no value"),
      ("tokens:\n  - { name: a, role: viewer, expires: '-24h', hash: x }", "is no time"),
      ("tokens:\n  - { name: a, role: viewer, scop: {} }", "did you mean 'scope'"),
      (
        "tokens:\n"
          + String(
            repeating: "  - { name: a, role: viewer, hash: 'sha256:\(String(repeating: "0", count: 64))' }\n", count: 2),
        "stands twice"
      ),
    ])
  func wrongFiles(text: String, wanted: String) {
    do {
      _ = try TokenTable(text, file: "tokens.yaml")
      Issue.record("it is taken")
    } catch {
      #expect(error.description.contains(wanted) && error.description.hasPrefix("tokens.yaml:"), "\(error)")
    }
  }

  @Test("A file whose tokens do not stand in lines of their own is left as it is; one with CR LF is changed")
  func otherForms() throws {
    func hash(_ digit: Character) -> String { "sha256:\(String(repeating: digit, count: 64))" }
    let (a, b) = (
      "{ name: a, role: viewer, hash: '\(hash("1"))' }", "{ name: b, role: viewer, hash: '\(hash("2"))' }"
    )
    let flow = "tokens: [\(a), \(b)]\n"
    var file = try TokensFile(flow, file: "tokens.yaml")
    for name in ["a", "b"] {
      let error = #expect(throws: YAMLError.self) { _ = try file.remove(name) }
      #expect(error?.description.contains("by hand") == true && file.text == flow)
    }
    #expect(throws: YAMLError.self) { _ = try file.add(name: "c", role: .viewer, scope: .whole, expires: nil) }

    file = try TokensFile(
      "# All.\r\ntokens:\r\n  - \(a)\r\n  # Of b.\r\n  - \(b)\r\n", file: "tokens.yaml")
    #expect(try file.remove("a"))
    #expect(file.table.tokens.map(\.name) == ["b"] && file.text.contains("# Of b."))
    var empty = try TokensFile("tokens: []\n", file: "tokens.yaml")
    _ = try empty.add(name: "c", role: .viewer, scope: .whole, expires: nil)
    #expect(empty.table.tokens.map(\.name) == ["c"])
  }

  @Test("A token's bucket gives its rate over time, and no more than two seconds of it at once")
  func rate() {
    var rate = RequestRate(perSecond: 10)
    let start = ContinuousClock.now
    let atOnce = (0..<100).filter { _ in rate.take("a", at: start) == nil }.count
    #expect(atOnce == 20)
    #expect(rate.take("a", at: start) == 1)
    #expect(rate.take("b", at: start) == nil, "each has its own")
    var taken = 0
    for step in 1...1000 where rate.take("a", at: start + .milliseconds(10 * step)) == nil { taken += 1 }
    #expect((99...101).contains(taken))
  }

  @Test("Only the gateway's own names, and addresses, are answered")
  func hosts() {
    var http = GatewayConfiguration.HTTP()
    http.hosts = ["Gateway.plant.example"]
    let rule = HostRule(http, hostName: "box")
    for right in [
      "localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "box:1", "gateway.plant.example", "10.1.2.3",
    ] {
      #expect(rule.accepts(right), "\(right)")
    }
    for wrong in [
      "evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "", ":80", "1.2.3",
      "evil.example:80:90", "[localhost]",
      "[::1]evil", "1.2.3.+4", "[::1",
    ] {
      #expect(!rule.accepts(wrong), "\(wrong)")
    }
  }
}

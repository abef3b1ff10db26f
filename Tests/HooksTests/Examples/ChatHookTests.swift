import Foundation
import Hooks
import TestSupport
import Testing

/// `wecom.sh` and `dingtalk.sh`, against a receiver of this machine in place of the service.
@Suite(.exclusive)
struct ChatHookTests {
  private struct Message: Decodable {
    struct Markdown: Decodable {
      let title: String?
      let content: String?
      let text: String?
    }

    let msgtype: String
    let markdown: Markdown
  }

  private let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  /// What a robot was told, and what the script made of its answer.
  private func told(
    _ script: String, _ variables: [String: String] = [:], address: String = "http://gateway.plant.example:8080",
    status: String = "200 OK", answer: String = #"{"errcode":0,"errmsg":"ok"}"#
  ) async throws -> (Message?, HookOutcome) {
    let receiver = try Receiver(status: status, body: answer)
    let curl = try scratch.file("robot.curl", "url = \"http://127.0.0.1:\(receiver.port)/send?key=secret\"\n")
    let outcome = await ExampleHook(script).run([curl, address], variables)
    let request = receiver.requests.first
    #expect(request?.head.hasPrefix("POST /send?key=secret ") == true)
    #expect(request?.head.contains("Content-Type: application/json") == true)
    #expect(!outcome.text.contains("secret"))
    return (try request.map { try JSONDecoder().decode(Message.self, from: Data($0.body.utf8)) }, outcome)
  }

  @Test("A robot gets the title, what it is about, and a link")
  func message() async throws {
    let (wecom, wecomOutcome) = try await told("wecom.sh", ["GANGLION_ALERTS": "3"])
    #expect(wecomOutcome.result == .done, "\(wecomOutcome)")
    #expect(wecom?.msgtype == "markdown")
    #expect(
      wecom?.markdown.content == """
        <font color="warning">**出厂水浊度超标**</font> (+2)
        >north: firing, critical
        >1.25 [NTU], 2026-11-21T08:00:30+08:00
        [5f1c09d2a4be7730](http://gateway.plant.example:8080/api/v1/alerts/5f1c09d2a4be7730)
        """)
    let (dingtalk, dingtalkOutcome) = try await told("dingtalk.sh", address: "")
    #expect(dingtalkOutcome.result == .done, "\(dingtalkOutcome)")
    #expect(dingtalk?.msgtype == "markdown" && dingtalk?.markdown.title == "Ganglion: 出厂水浊度超标")
    #expect(
      dingtalk?.markdown.text == """
        ### 出厂水浊度超标

        firing, critical

        1.25 [NTU], 2026-11-21T08:00:30+08:00

        Ganglion north \("")
        """)
  }

  @Test("What is hostile stays text: quotes, line ends, commands and braces", arguments: ["wecom.sh", "dingtalk.sh"])
  func hostile(script: String) async throws {
    let names = ["TITLE_ZH", "STATE", "SEVERITY", "VALUE", "UNIT", "AT", "GATEWAY"]
    let variables = names.reduce(into: [:]) { $0["GANGLION_\($1)"] = "<\($1)\(ExampleHook.hostile)>" }
    let (message, outcome) = try await told(script, variables)
    #expect(outcome.result == .done, "\(outcome)")
    let text = try #require(message?.markdown.content ?? message?.markdown.text)
    // A tabulator is a blank.
    let expected = ExampleHook.hostile.replacing("\t", with: " ")
    for name in names { #expect(text.contains("<\(name)\(expected)>"), "\(name) in \(text)") }
    #expect(!FileManager.default.fileExists(atPath: "/pwned"))
  }

  private static let answers: [(script: String, status: String, body: String, isAway: Bool)] = [
    ("wecom.sh", "200 OK", #"{"errcode": 45009, "errmsg": "api freq out of limit"}"#, true),
    ("wecom.sh", "200 OK", #"{"errcode":-1,"errmsg":"system busy"}"#, true),
    ("wecom.sh", "200 OK", #"{"errcode":93000,"errmsg":"invalid webhook url"}"#, false),
    ("wecom.sh", "503 Service Unavailable", "", true), ("wecom.sh", "404 Not Found", "", false),
    ("dingtalk.sh", "200 OK", #"{"errcode":130101,"errmsg":"send too fast"}"#, true),
    ("dingtalk.sh", "200 OK", #"{"errcode":410100,"errmsg":"send too fast"}"#, true),
    ("dingtalk.sh", "200 OK", #"{"errmsg":"keywords not in content","errcode":310000}"#, false),
    ("dingtalk.sh", "429 Too Many Requests", "", true), ("dingtalk.sh", "200 OK", "a page of a proxy", false),
  ]

  @Test("A service that is busy is called again; one that refuses is not", arguments: answers)
  func busyOrRefusing(script: String, status: String, body: String, isAway: Bool) async throws {
    let (_, outcome) = try await told(script, status: status, answer: body)
    #expect(outcome.failure != nil && outcome.isAway == isAway, "\(outcome)")
    #expect(body.isEmpty || outcome.text.contains(body), "what the service said is kept")
  }

  @Test(
    "A service that is not there is called again; without its file nobody is called",
    arguments: ["wecom.sh", "dingtalk.sh"])
  func absent(script: String) async throws {
    let port = try Receiver(status: "200 OK").port
    let curl = try scratch.file("gone.curl", "url = \"http://127.0.0.1:\(port)/\"\n")
    #expect(await ExampleHook(script).run([curl]).isAway)
    let lost = await ExampleHook(script).run(["\(scratch.path)/none"])
    #expect(lost.failure?.weight == .failed, "\(lost)")
    let usage = await ExampleHook(script).run()
    #expect(usage.failure?.sentence.contains("64") == true && usage.text.contains("usage: \(script)"))
  }
}

import Alerting
import Synchronization
import TestSupport
import Testing

@testable import Hooks

/// Hooks that publish, and the topics that they publish on.
@Suite
struct PublishTests {
  /// A publisher that acknowledges, refuses, or hangs.
  private final class Publisher: HookPublisher {
    enum Behaviour {
      case acknowledges
      case refuses
      case hangs
    }

    struct Refusal: Error, CustomStringConvertible {
      let description = "no connection"
    }

    struct Message: Equatable {
      let topic: String
      let payload: [UInt8]
      let qos: Int
      let retain: Bool
    }

    let behaviour: Behaviour
    let published = Mutex<[Message]>([])

    init(_ behaviour: Behaviour) {
      self.behaviour = behaviour
    }

    func publish(topic: String, payload: [UInt8], qos: Int, retain: Bool) async throws {
      switch behaviour {
      case .acknowledges:
        published.withLock { $0.append(Message(topic: topic, payload: payload, qos: qos, retain: retain)) }
      case .refuses: throw Refusal()
      case .hangs: try await Task.sleep(for: .seconds(60))
      }
    }
  }

  private func failure(
    _ behaviour: Publisher.Behaviour?, topic: String = "city/alerts/{rule}", limit: Duration = .seconds(10)
  ) async -> HookFailure? {
    let runner = PublishRunner(behaviour.map { Publisher($0) })
    return await runner.run(HookPublication(topic: topic), .sample(), limit: limit).failure
  }

  @Test("The document is published on the topic of the call's words, as the declaration says")
  func publishes() async {
    let publisher = Publisher(.acknowledges)
    let publication = HookPublication(topic: "city/{site}/{rule}/{severity}", qos: 2, isRetained: true)
    let call = HookCall.sample()
    let outcome = await PublishRunner(publisher).run(publication, call, limit: .seconds(10))
    #expect(outcome.result == .done)
    #expect(
      publisher.published.withLock { $0 } == [
        Publisher.Message(topic: "city/_/turbidity-high/critical", payload: call.document, qos: 2, retain: true)
      ])
  }

  @Test("Who cannot publish now is away; what can never be published is final")
  func failures() async {
    let refused = HookFailure(.publisher, "'city/alerts/turbidity-high' was not published: no connection", .away)
    #expect(await failure(.refuses) == refused)
    let late = await failure(.hangs, limit: .milliseconds(100))
    #expect(late?.reason == .timeout && late?.weight == .away)
    #expect(await failure(nil)?.reason == .publisher)
    #expect(await failure(.acknowledges, topic: "a/+")?.reason == .declaration)
    let long = String(repeating: "x", count: 65_536)
    #expect(
      await failure(.acknowledges, topic: long)
        == HookFailure(.declaration, "the topic is longer than 65535 bytes", .final))
  }

  @Test("A value adds no level, no wildcard and no leading $, and an absent one leaves a mark")
  func topics() throws {
    for (template, words, topic) in [
      ("city/alerts/{rule}", ["rule": "a/b+c#d"], "city/alerts/a_b_c_d"),
      ("{device}/x", ["device": "$SYS"], "_SYS/x"), ("a{device}", ["device": "$SYS"], "a$SYS"),
      ("$share-it/{rule}", ["rule": "x"], "$share-it/x"), ("{a}{b}", ["a": "1", "b": "2"], "12"),
      ("{a}/{b}", ["a": ""], "_/_"), ("x/{a}", ["a": "n\0u\nl\u{85}"], "x/n_u_l_"), ("x/{a}", ["a": "污水 1"], "x/污水 1"),
      ("x/{a}", ["a": "{b}", "b": "no"], "x/{b}"),
      // A wildcard that a letter before or behind makes one character with.
      ("x/{a}", ["a": "+\u{301}/\u{200D}#\u{FE0F}"], "x/_\u{301}_\u{200D}_\u{FE0F}"),
    ] as [(String, [String: String], String)] {
      #expect(try HookTopic(template).topic(words) == topic)
    }
    for template in ["", "a/#", "+/a", "a/{b", "a/b}", "a/{}", "{a{b}}", "{", "}{", "a\0b", "#\u{301}"] {
      #expect(throws: HookTopic.Malformed.self, "\(template)") { try HookTopic(template) }
    }
    #expect(try HookTopic("{a}").topic(["a": String(repeating: "水", count: 21_846)]) == nil)
  }

  @Test("What cannot be right about a declaration is said")
  func declarations() {
    func problem(
      _ action: HookDeclaration.Action, _ change: (inout HookDeclaration) -> Void = { _ in }
    ) -> String? {
      var declaration = HookDeclaration(name: "a", action: action)
      change(&declaration)
      return declaration.problem
    }
    #expect(problem(.exec(["/bin/true", "x"])) == nil)
    #expect(problem(.webhook(WebhookTarget(url: "https://ops.example/alerts"))) == nil)
    #expect(problem(.publish(HookPublication(topic: "city/alerts/{rule}"))) == nil)
    #expect(problem(.exec([])) == "exec names no program")
    #expect(problem(.exec(["call.sh"]))?.contains("absolute path") == true)
    #expect(problem(.exec(["/bin/a\0b"])) == "exec has a NUL in it")
    #expect(problem(.publish(HookPublication(topic: "a", qos: 3))) == "qos must be 0, 1 or 2")
    #expect(problem(.exec(["/bin/true"])) { $0.timeout = .zero } != nil)
    #expect(problem(.exec(["/bin/true"])) { $0.retries = -1 } != nil)
    #expect(problem(.exec(["/bin/true"])) { $0.concurrency = 0 } != nil)
    #expect(problem(.exec(["/bin/true"])) { $0.ratePerMinute = 0 } != nil)
  }
}

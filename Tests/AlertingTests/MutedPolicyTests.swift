import Simulator
import Telemetry
import TestSupport
import Testing

@testable import Alerting

/// Muted alerts that are not looked at again and again: nobody who is called may tell the difference.
@Suite struct MutedPolicyTests {
  private static let rules: RuleSet = {
    func rule(
      _ id: String, hooks: [String] = ["duty"], group: AlertRule.Grouping? = nil,
      escalations: [AlertRule.Escalation] = []
    ) -> AlertRule {
      var rule = AlertRule.simple(id, "m", .above(1))
      (rule.hooks, rule.group, rule.escalations) = (hooks, group, escalations)
      return rule
    }
    return RuleSet(
      rules: [
        rule("power"), rule("level", escalations: [.init(after: .seconds(20), hooks: ["boss"])]),
        rule("flow", hooks: ["duty", "room"], group: .init(by: ["site"], wait: .seconds(10))),
        rule("quiet", hooks: [], escalations: [.init(after: .seconds(30), hooks: ["boss"])]),
      ],
      inhibitions: [
        Inhibition(when: "power", mutes: ["level", "flow"], same: ["site"]), Inhibition(when: "flow", mutes: ["quiet"]),
      ],
      maintenance: [
        MaintenanceWindow(
          name: "works", .once(at(200)..<at(260)), matcher: AlertMatcher(rules: ["level"], tags: ["site": "north"]))
      ])
  }()

  private struct Open {
    let name: String
    let severity: Severity
    let site: String
  }

  @Test("The calls are those of a policy that looks at all alerts each time", arguments: 0..<12)
  func model(round: Int) {
    let seed = testSeed() &+ UInt64(round)
    var random = RandomSource(seed: seed)
    var driver = PolicyDriver(Self.rules)
    // It forgets which are asleep before each look.
    var slow = NotificationPolicy(Self.rules)
    var open: [String: Open] = [:]
    var calls = 0
    for second in Int64(100)..<500 {
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        let name =
          "\(["power", "level", "flow", "quiet"].randomElement(using: &random)!)/\(Int.random(in: 1...3, using: &random))"
        let severity = Severity.allCases.randomElement(using: &random)!
        let place = "\(name) \(severity)"
        let alert =
          open[place]
          ?? Open(
            name: name, severity: severity, site: ["north", "south"].randomElement(using: &random)!)
        let kinds: [AlertTransition.Kind] = open[place] == nil ? [.firing] : [.unknown, .known, .resolved, .withdrawn]
        let kind = kinds.randomElement(using: &random)!
        open[place] = kind.isEnd ? nil : alert
        let transition = driver.transition(kind, alert.name, at: second, severity: severity, site: alert.site)
        driver.policy.take([transition])
        slow.take([transition])
      }
      switch Int.random(in: 0..<20, using: &random) {
      case 0:
        let silence = Silence(
          id: Int64.random(in: 1...3, using: &random),
          matcher: AlertMatcher(
            severities: [Severity.allCases.randomElement(using: &random)!],
            tags: Bool.random(using: &random) ? [:] : ["site": "south"]),
          from: at(second + Int64.random(in: -5...5, using: &random)), until: at(second + 30), author: "")
        driver.policy.set(silence)
        slow.set(silence)
      case 1:
        let id = Int64.random(in: 1...3, using: &random)
        driver.policy.removeSilence(id)
        slow.removeSilence(id)
      case 2:
        if let alert = driver.policy.all.randomElement(using: &random) {
          let taken = CalledAlert.Acknowledgement(author: "li", note: "", at: at(second))
          #expect(driver.policy.acknowledge(alert.id, taken) == slow.acknowledge(alert.id, taken))
        }
      default: break
      }
      // Not each second: what mutes may come and go between two looks.
      guard Bool.random(using: &random) else { continue }
      slow.replace(Self.rules)
      let expected = slow.calls(at: at(second))
      calls += expected.count
      #expect(driver.policy.calls(at: at(second)) == expected, "seed \(seed), second \(second)")
      #expect(driver.policy.all == slow.all, "seed \(seed), second \(second)")
      let open = driver.policy.all.filter(\.phase.isOpen).map(\.id)
      #expect(driver.policy.asleep.isSubset(of: open), "seed \(seed), second \(second): what is over sleeps on")
    }
    #expect(calls > 10, "seed \(seed)")
  }
}

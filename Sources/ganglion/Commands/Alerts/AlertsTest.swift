import ArgumentParser
import Foundation
import Gateway
import Telemetry

extension Alerts {
  /// `ganglion alerts test RULE`: do a rule's hooks do what they should?
  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run the hooks of a rule once, with a sample of its alert, and say what came of each.",
      discussion: """
        Programs and webhooks are called from here, as you, with the sample in place of an alert ("kind": "test"); call \
        it as the gateway's user: sudo -u ganglion ganglion alerts test RULE. A service manager may allow the gateway \
        less. What publishes is tried by the gateway that runs alone, and named here. Exits with 0 where all that was \
        tried is done, with 69 where something is not.
        """)

    @Option(help: "The gateway's configuration file.")
    var config = GatewayConfiguration.standardPath
    @Flag(help: "Those that are called where nobody acknowledges, too.")
    var escalations = false
    @Argument(help: "The rule's id.")
    var rule: String

    func run() async throws {
      try await reporting {
        let trial = try HookTrial(
          rule: rule, of: GatewayConfiguration(file: config), withEscalations: escalations)
        var failures = 0
        try await trial.run { outcome in
          let (text, hasFailed) = Self.text(outcome)
          if hasFailed { failures += 1 }
          print("\(outcome.hook): \(text)")
          for line in outcome.output.split(separator: "\n") { print("  \(String(line).shown(atMost: 400))") }
        }
        if failures > 0 { throw ExitCode.unavailable }
      }
    }

    private static func text(_ outcome: HookTrial.Outcome) -> (text: String, hasFailed: Bool) {
      let style = TerminalStyle.standard
      return switch outcome.result {
      case .done: (style.good("done") + String(format: " in %.2f s", outcome.duration.seconds), false)
      case .failed(let sentence): (style.bad("failed") + ": \(sentence.shown(atMost: 400))", true)
      case .leftToGateway(let sentence): (style.doubtful("not tried") + ": \(sentence.shown(atMost: 400))", false)
      }
    }
  }
}

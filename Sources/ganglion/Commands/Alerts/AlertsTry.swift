import ArgumentParser
import Foundation
import Gateway

extension Alerts {
  /// `ganglion alerts try FILE`: what would rules have found in what is stored?
  struct Try: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what the rules of a file would have found in the minutes that a store has; nobody is called.",
      discussion: """
          ganglion alerts try new-alerts.yaml --from -7d --data DIR

        It rests on stored minutes. That a limit was passed, and rules about windows of hours and days, are as the \
        readings had it. How often it was passed within one minute is not known (once is told), and the times within \
        one are about right, so that a 'for' or 'keep' of less than a minute or two is a guess. Bad readings count \
        where a minute has no other. Everything counts as having come in time, tags and intervals are those of now, and \
        a time in which the gateway did not listen looks like one in which every sensor was silent. A sensor that said \
        nothing at all in the span is not missed.
        """)

    @OptionGroup var location: DataLocation
    @Option(parsing: .unconditional, help: "From when on: a time, or an age such as -7d.")
    var from = "-7d"
    @Option(parsing: .unconditional, help: "Until when (default: now).")
    var to: String?
    @Flag(help: "Titles in Chinese.")
    var zh = false
    @Flag(help: "One JSON document.")
    var json = false
    @Argument(help: "The rules, as a file.")
    var file: String

    private struct Report: Decodable {
      struct Rule: Decodable {
        let rule: String
        let series: Int
        let alerts: Int
      }

      struct Hook: Decodable {
        let hook: String
        let calls: Int
      }

      let from: String
      let to: String
      let kept_from: String?
      let rules: [Rule]
      let calls: [Hook]
      let alerts: [AlertView]
    }

    func run() async throws {
      try await reporting {
        let (reader, zone) = try location.open()
        let answer = try RuleTrial(file: file, from: from, to: to, reader, zone: zone).run()
        if json { return Output.write(answer) }
        show(try JSONDecoder().decode(Report.self, from: answer))
      }
    }

    private func show(_ report: Report) {
      if !report.alerts.isEmpty {
        let rows = report.alerts.map { alert in
          [
            alert.fired_at, alert.ended_at ?? "-", alert.state, alert.severity, alert.place.shown(atMost: 40),
            (zh ? alert.title.zh : alert.title.en).shown(atMost: 80),
          ]
        }
        print(Table(["fired", "ended", "state", "severity", "device", "title"], rows).text + "\n")
      }
      print(Table(["rule", "series", "alerts"], report.rules.map { [$0.rule, "\($0.series)", "\($0.alerts)"] }).text)
      if !report.calls.isEmpty {
        print("\n" + Table(["hook", "calls"], report.calls.map { [$0.hook, "\($0.calls)"] }).text)
      }
      print("\nFrom \(report.from) to \(report.to), by stored minutes; --help says what these know.")
      if let kept = report.kept_from { print("Minutes before \(kept) have been let go.") }
      let found = report.rules.reduce(0) { $0 + $1.alerts }
      if found > report.alerts.count { print("Only the first \(report.alerts.count) of \(found) alerts are shown.") }
      for rule in report.rules where rule.series == 0 {
        _ = explain("warning: the rule '\(rule.rule)' is off, or looks at no series of this store", .success)
      }
    }
  }
}

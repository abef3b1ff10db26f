import DeviceCatalog
import Foundation

/// What became of examples, as a test runner tells it: a line for each, and what was expected beneath those that fail.
struct ExampleReport {
  struct Outcome {
    let profile: Profile
    let example: Example
    let problems: [ExampleProblem]
    let duration: Duration
  }

  private let style: TerminalStyle
  private let nameWidth: Int
  private let placeWidth: Int

  /// - Parameter profiles: whose names and files the columns are made for.
  init(_ profiles: [Profile], style: TerminalStyle) {
    self.style = style
    nameWidth = profiles.map(\.name.count).max() ?? 0
    placeWidth = profiles.flatMap { profile in profile.examples.map { Self.place(profile, $0).count } }.max() ?? 0
  }

  /// A line, and two more for each problem.
  func text(of outcome: Outcome) -> String {
    let passed = outcome.problems.isEmpty
    let head = [
      passed ? style.good("✔") : style.bad("✘"), padded(outcome.profile.name, nameWidth),
      style.minor(padded(Self.place(outcome.profile, outcome.example), placeWidth)),
      "\(outcome.example.message.topic.shown(atMost: 60)): \(outcome.example.outcomeText)",
      style.minor("(\(outcome.duration.inMilliseconds) ms)"),
    ].joined(separator: "  ")
    return ([head] + outcome.problems.map(text)).joined(separator: "\n")
  }

  private func text(of problem: ExampleProblem) -> String {
    """
        \(problem.subject.shown(atMost: 120))
          expected  \(style.good(problem.expected.shown(atMost: 400)))
          got       \(style.bad(problem.got.shown(atMost: 400)))
    """
  }

  /// The line of a profile that has no examples.
  func text(ofUntested profile: Profile) -> String {
    [
      style.doubtful("!"), padded(profile.name, nameWidth), style.minor(padded(profile.file, placeWidth)),
      "has no examples",
    ].joined(separator: "  ")
  }

  /// `3 profiles, 9 examples, 0 failed in 0.01 s`
  static func summary(profiles: Int, _ outcomes: [Outcome], within duration: Duration) -> String {
    let failed = outcomes.count { !$0.problems.isEmpty }
    let span = String(format: "%.2f s", duration / .seconds(1))
    return "\(counted(profiles, "profile")), \(counted(outcomes.count, "example")), \(failed) failed in \(span)"
  }

  private static func place(_ profile: Profile, _ example: Example) -> String { "\(profile.file):\(example.line)" }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}

extension Duration {
  /// With one decimal.
  var inMilliseconds: String { String(format: "%.1f", self / .milliseconds(1)) }
}

import Telemetry

/// One thing that does not come out as an example says.
public struct ExampleProblem: Equatable, Sendable {
  /// What it is about, such as `temperature: value`.
  public let subject: String
  public let got: String
  public let expected: String

  init(_ subject: String, got: String, expected: String) {
    self.subject = subject
    self.got = got
    self.expected = expected
  }

  /// In one sentence.
  public var text: String { "\(subject) is \(got), expected \(expected)" }
}

extension Example {
  /// What it says comes of its message, in a few words: `3 readings`, or `refused: time`.
  public var outcomeText: String {
    refused.map { "refused: \($0.rawValue)" } ?? counted(readings.count, "reading")
  }
}

/// `1 reading`, `2 readings`.
public func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}

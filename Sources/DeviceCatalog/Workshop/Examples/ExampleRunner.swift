import Sparkplug
import StrictYAML
import Telemetry

/// Runs the examples that stand inside profiles.
public struct ExampleRunner {
  private let catalogue: Catalogue
  private let decoder: MessageDecoder

  public init(_ catalogue: Catalogue) {
    self.catalogue = catalogue
    decoder = MessageDecoder(catalogue, zone: .utc)
  }

  /// Runs every example of every profile.
  ///
  /// - Throws: `YAMLError` at the first example that does not come out as it says.
  public func requireAll() throws(YAMLError) {
    for profile in catalogue.profiles {
      for example in profile.examples {
        let problems = problems(of: example, in: profile)
        guard problems.isEmpty else {
          throw YAMLError(
            file: profile.file, line: example.line, column: 1, path: "examples",
            message: "the example does not come out as it says: \(problems.map(\.text).joined(separator: "; "))")
        }
      }
    }
  }

  /// What is not as the example says; empty where all is.
  public func problems(of example: Example, in profile: Profile) -> [ExampleProblem] {
    var host = HostApplication()
    for message in example.earlier { _ = decode(message, &host) }
    var hostBefore = host
    switch decode(example.message, &host) {
    case .failure(let refused): return problems(of: example, in: profile, refused)
    case .success(let message):
      guard message.profile.name == profile.name else { return [claimed(by: message.profile, example, profile)] }
      guard example.refused == nil else {
        return [
          ExampleProblem(
            "the message", got: "read: \(counted(message.readings.count, "reading"))", expected: example.outcomeText)
        ]
      }
      return readingProblems(of: example, message.readings) { metric in
        whyNotRead(metric, explain(example.message, &hostBefore), profile)
      }
    }
  }

  private func problems(
    of example: Example, in profile: Profile, _ refused: MessageDecoder.Refused
  ) -> [ExampleProblem] {
    if let claimant = refused.profile, claimant.name != profile.name {
      return [claimed(by: claimant, example, profile)]
    }
    if refused.refusal.reason == example.refused { return [] }
    return [
      ExampleProblem(
        "the message", got: "refused: \(refused.refusal.reason.rawValue) (\(refused.refusal.detail))",
        expected: example.refused == nil ? "to have \(example.outcomeText)" : example.outcomeText)
    ]
  }

  private func explain(_ message: Example.Message, _ host: inout HostApplication) -> Explanation {
    decoder.explain(topic: Array(message.topic.utf8), payload: message.payload, host: &host)
  }

  /// Where a metric was looked for, and what stands there.
  private func whyNotRead(_ metric: String, _ explanation: Explanation, _ profile: Profile) -> String {
    let names = profile.metrics.map(\.name)
    guard names.contains(metric) else {
      return "the profile has no such metric\(nearestHint(to: metric, among: names))"
    }
    let found = explanation.records.flatMap(\.metrics).filter { $0.metric.name == metric }
    if found.contains(where: { !$0.values.isEmpty }) { return "it is read less often" }
    var sentences: [String] = []
    for look in found.flatMap(\.looks).map(\.text) where !sentences.contains(look) { sentences.append(look) }
    return sentences.prefix(4).joined(separator: "; ")
  }

  private func claimed(by claimant: Profile, _ example: Example, _ profile: Profile) -> ExampleProblem {
    ExampleProblem(
      "the profile", got: "\(claimant.name), which claims the topic \(example.message.topic)", expected: profile.name)
  }

  private func decode(
    _ message: Example.Message, _ host: inout HostApplication
  ) -> Result<MessageDecoder.Message, MessageDecoder.Refused> {
    decoder.decode(topic: Array(message.topic.utf8), payload: message.payload, host: &host)
  }

  /// Each reading that is made is among those that are expected, once.
  ///
  /// - Parameter whyNotRead: says of a metric why it is not.
  private func readingProblems(
    of example: Example, _ made: [MessageDecoder.Reading], whyNotRead: (String) -> String
  ) -> [ExampleProblem] {
    var problems: [ExampleProblem] = []
    var rest = made
    for expected in example.readings {
      let candidates = rest.indices.filter { rest[$0].metric.name == expected.metric }
      guard let first = candidates.first else {
        problems.append(
          ExampleProblem(
            "\(expected.metric): value", got: "not read (\(whyNotRead(expected.metric)))", expected: expected.valueText)
        )
        continue
      }
      // One that fits; else the nearest, which is the first of the same device.
      let index =
        candidates.first { rest[$0].problems(by: expected).isEmpty }
        ?? candidates.first { rest[$0].device == expected.device } ?? first
      problems += rest[index].problems(by: expected)
      rest.remove(at: index)
    }
    return problems
      + rest.map { reading in
        ExampleProblem(
          "\(reading.metric.name) of \(reading.device)", got: "read: \(reading.valueText)",
          expected: "not to be: it is not among the readings")
      }
  }
}

extension MessageDecoder.Reading {
  /// The value in words: with its unit, or why it is bad.
  public var valueText: String {
    switch value {
    case .number(let number): metric.canonicalUnit.map { "\(number.text) \($0)" } ?? number.text
    case .state(let name): name
    case nil: "bad: \(reason ?? quality.reason)"
    }
  }

  /// What is not as an example expects it of this reading.
  func problems(by expected: Example.Reading) -> [ExampleProblem] {
    var problems: [ExampleProblem] = []
    func compare(_ what: String, _ got: String, _ expected: String?) {
      guard let expected, got != expected else { return }
      problems.append(ExampleProblem("\(metric.name): \(what)", got: got, expected: expected))
    }
    compare("device", device, expected.device)
    if expected.time != nil, expected.time != time {
      compare("time", time.map { CivilTime($0, zoneOffset: 0).text } ?? "that of the receipt", expected.timeText)
    }
    for (name, value) in expected.tags.sorted(by: { $0.key < $1.key }) {
      compare("tag \(name)", tags[name] ?? "not there", value)
    }
    return problems + valueProblem(by: expected)
  }

  private func valueProblem(by expected: Example.Reading) -> [ExampleProblem] {
    func problem(_ what: String, _ got: String, _ expected: String) -> [ExampleProblem] {
      [ExampleProblem("\(metric.name): \(what)", got: got, expected: expected)]
    }
    guard let value, expected.reason == nil else {
      let got = value == nil ? reason : nil
      return got == expected.reason && value == nil ? [] : problem("value", valueText, expected.valueText)
    }
    if let unit = expected.unit, unit != metric.canonicalUnit {
      let stored = metric.canonicalUnit ?? "none, as of all states"
      return problem("unit", "\(stored): write value and unit as they are stored", unit)
    }
    let text = expected.value ?? ""
    switch value {
    case .state(let name): return name == text ? [] : problem("state", name, text)
    case .number(let number):
      let wanted = Number(text)
      let isNear = wanted.map { abs(number.value - $0.value) <= expected.tolerance } ?? false
      return number == wanted || expected.tolerance > 0 && isNear ? [] : problem("value", number.text, text)
    }
  }
}

extension Example.Reading {
  /// What it expects, in words.
  var valueText: String {
    if let reason { return "bad: \(reason)" }
    return unit.map { "\(value ?? "") \($0)" } ?? value ?? ""
  }

  fileprivate var timeText: String? { time.map { CivilTime($0, zoneOffset: 0).text } }
}

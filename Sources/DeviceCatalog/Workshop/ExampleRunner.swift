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
            message: "the example does not come out as it says: \(problems.joined(separator: "; "))")
        }
      }
    }
  }

  /// A sentence for each thing that is not as the example says; empty where all is.
  public func problems(of example: Example, in profile: Profile) -> [String] {
    var host = HostApplication()
    for message in example.earlier { _ = decode(message, &host) }
    switch decode(example.message, &host) {
    case .failure(let refused):
      if let claimant = refused.profile, claimant.name != profile.name {
        return ["the profile \(claimant.name) claims the topic \(example.message.topic)"]
      }
      if refused.refusal.reason == example.refused { return [] }
      return ["refused: \(refused.refusal.reason.rawValue) (\(refused.refusal.detail))"]
    case .success(let message):
      guard message.profile.name == profile.name else {
        return ["the profile \(message.profile.name) claims the topic \(example.message.topic)"]
      }
      if let reason = example.refused { return ["it decodes, but should be refused: \(reason.rawValue)"] }
      return readingProblems(of: example, message.readings)
    }
  }

  private func decode(
    _ message: Example.Message, _ host: inout HostApplication
  ) -> Result<MessageDecoder.Message, MessageDecoder.Refused> {
    decoder.decode(topic: Array(message.topic.utf8), payload: message.payload, host: &host)
  }

  /// Each reading that is made is among those that are expected, once.
  private func readingProblems(of example: Example, _ made: [MessageDecoder.Reading]) -> [String] {
    var problems: [String] = []
    var rest = made
    for expected in example.readings {
      let candidates = rest.indices.filter { rest[$0].metric.name == expected.metric }
      guard let first = candidates.first else {
        problems.append("\(expected.metric): is not read")
        continue
      }
      // One that fits; else the nearest, which is the first of the same device.
      let index =
        candidates.first { self.problems(of: rest[$0], expected).isEmpty }
        ?? candidates.first { rest[$0].device == expected.device } ?? first
      problems += self.problems(of: rest[index], expected).map { "\(expected.metric): \($0)" }
      rest.remove(at: index)
    }
    return problems
      + rest.map { reading in
        let reason = reading.reason.map { ", bad: \($0)" } ?? ""
        return "\(reading.metric.name) of \(reading.device): is read\(reason), but not among the readings"
      }
  }

  private func problems(of reading: MessageDecoder.Reading, _ expected: Example.Reading) -> [String] {
    var problems: [String] = []
    if reading.device != expected.device { problems.append("device is \(reading.device), expected \(expected.device)") }
    if let time = expected.time, time != reading.time {
      let found = reading.time.map { CivilTime($0, zoneOffset: 0).text } ?? "that of the receipt"
      problems.append("time is \(found), expected \(CivilTime(time, zoneOffset: 0).text)")
    }
    return problems + valueProblems(of: reading, expected)
  }

  private func valueProblems(of reading: MessageDecoder.Reading, _ expected: Example.Reading) -> [String] {
    guard let value = reading.value else {
      let reason = reading.reason ?? reading.quality.reason
      return expected.reason == reason ? [] : ["is bad: \(reason)"]
    }
    if let reason = expected.reason { return ["is good, expected bad: \(reason)"] }
    if let unit = expected.unit, unit != reading.metric.canonicalUnit {
      return ["is stored in \(reading.metric.canonicalUnit ?? "no unit"): write value and unit in that, not in \(unit)"]
    }
    let text = expected.value ?? ""
    switch value {
    case .state(let name): return name == text ? [] : ["state is \(name), expected \(text)"]
    case .number(let number):
      let wanted = Number(text)
      let isNear = wanted.map { abs(number.value - $0.value) <= expected.tolerance } ?? false
      return number == wanted || expected.tolerance > 0 && isNear ? [] : ["value is \(number.text), expected \(text)"]
    }
  }
}

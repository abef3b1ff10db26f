import StrictYAML
import Telemetry

/// Runs the examples that stand inside profiles.
public struct ExampleRunner {
  private let catalogue: Catalogue

  public init(_ catalogue: Catalogue) {
    self.catalogue = catalogue
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
    let topic = Array(example.topic.utf8)
    guard let match = topic.withUnsafeBytes({ catalogue.match($0) }) else {
      return ["no profile claims the topic \(example.topic)"]
    }
    guard catalogue.profiles[match.profile].name == profile.name else {
      return ["the profile \(catalogue.profiles[match.profile].name) claims the topic \(example.topic)"]
    }
    let decoder = PayloadDecoder(profile, zone: .utc, maxPayloadBytes: 1 << 20)
    if let refusal = decode(example.payload, with: decoder) {
      return refusal.reason == example.refused ? [] : ["refused: \(refusal.reason.rawValue) (\(refusal.detail))"]
    }
    if let reason = example.refused { return ["it decodes, but should be refused: \(reason.rawValue)"] }
    return readingProblems(
      of: example, decoder, device: profile.device.text(captures: match.captures) ?? decoder.deviceInPayload)
  }

  private func decode(_ payload: String, with decoder: PayloadDecoder) -> PayloadDecoder.Refusal? {
    let bytes = Array(payload.utf8)
    return (bytes + [UInt8](repeating: 0, count: PayloadDecoder.padding)).withUnsafeBytes {
      decoder.decode(UnsafeRawBufferPointer(rebasing: $0[..<bytes.count]))
    }
  }

  private func readingProblems(of example: Example, _ decoder: PayloadDecoder, device: String?) -> [String] {
    var problems: [String] = []
    let metrics = decoder.profile.metrics
    for value in decoder.values where !example.readings.contains(where: { $0.metric == metrics[value.metric].name }) {
      problems.append("\(metrics[value.metric].name): is read, but not among the readings")
    }
    for reading in example.readings {
      guard let value = decoder.values.first(where: { metrics[$0.metric].name == reading.metric }) else {
        problems.append("\(reading.metric): is not read")
        continue
      }
      if reading.device != device { problems.append("\(reading.metric): device is \(device ?? "none")") }
      if let time = reading.time, time != decoder.time { problems.append("\(reading.metric): time differs") }
      problems += valueProblems(of: reading, value, metrics[value.metric]).map { "\(reading.metric): \($0)" }
    }
    return problems
  }

  private func valueProblems(of reading: Example.Reading, _ value: DecodedValue, _ metric: Metric) -> [String] {
    if value.quality != .good {
      return reading.reason == value.quality.reason ? [] : ["is bad: \(value.quality.reason)"]
    }
    if let reason = reading.reason { return ["is good, expected bad: \(reason)"] }
    if let unit = reading.unit, unit != metric.canonicalUnit {
      return ["unit is \(metric.canonicalUnit ?? "none"), expected \(unit)"]
    }
    let expected = reading.value ?? ""
    if metric.kind == .state {
      let name = metric.states.names[Int(value.value)]
      return name == expected ? [] : ["state is \(name), expected \(expected)"]
    }
    guard let number = Double(expected), abs(value.value - number) <= reading.tolerance else {
      return ["value is \(value.value), expected \(expected)"]
    }
    return []
  }
}

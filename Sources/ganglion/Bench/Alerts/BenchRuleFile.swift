import Foundation
import Glibc

/// The rules with which `bench alerts` measures: a number on each series, others on single devices, and two that call.
struct BenchRuleFile {
  /// On each of the five series of each device.
  let perSeries: Int
  /// In all; those that are not on each series are on one device each.
  var rules = 0
  var devices = 1
  /// Scripts that are called, and where each notes its start and its end; none for rules that call nobody.
  var hooks: [BenchHook] = []

  /// No message of a device reaches it.
  static let alarming = 900

  private static let metrics = ["temperature", "humidity", "pressure", "voltage", "load"]

  /// Conditions as a plant has them: most are limits. None of them fires.
  private static let conditions = [
    "above: 901, clear: 890", "above: 902, clear: 890, for: 30s", "above: 903, keep: 1m", "below: -901, clear: -890",
    "below: -902, for: 1m", "outside: [-903, 904], clear: [-890, 890]", "above: 905, severity: critical",
    "rate_above: 100000/1m", "absent: 10m", "window: { fn: mean, of: 1m, above: 906 }",
  ]

  /// - Returns: the path of the file.
  func write(in directory: String) throws -> String {
    var lines = ["rules:"]
    for metric in Self.metrics {
      for number in 0..<perSeries {
        let condition = Self.conditions[number % Self.conditions.count]
        lines.append("  - { id: \(metric)-\(number), metric: \(metric), \(condition) }")
      }
    }
    for hook in hooks {
      lines.append(
        "  - { id: \(hook.name), metric: \(hook.metric), above: \(Self.alarming - 1), hooks: [\(hook.name)] }")
    }
    for number in 0..<max(0, rules - lines.count + 1) {
      let metric = Self.metrics[number % Self.metrics.count]
      let device = "device-\(number / Self.metrics.count % devices)"
      lines.append("  - { id: single-\(number), metric: \(metric), where: { device: \(device) }, above: 907 }")
    }
    if !hooks.isEmpty { lines.append("hooks:") }
    for hook in hooks { lines.append("  \(hook.name): \(try hook.declaration(in: directory))") }
    let path = "\(directory)/alerts.yaml"
    try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }
}

/// A script that notes when it starts, and when it has ended.
struct BenchHook {
  /// One line of its notes.
  struct Note: Equatable {
    enum Moment: String { case started, ended }

    let moment: Moment
    /// Since 1970.
    let microseconds: Int64
    let device: String
    let state: String
  }

  let name: String
  /// On which it is called.
  let metric: String
  /// Between its start and its end.
  var seconds = 0.0

  /// - Returns: what stands in the file of rules.
  func declaration(in directory: String) throws -> String {
    let path = "\(directory)/\(name).sh"
    // The shell's own words alone: another program would be measured too.
    let note = { (moment: Note.Moment) in
      #"echo "\#(moment) $EPOCHREALTIME $GANGLION_DEVICE $GANGLION_STATE" >> '\#(directory)/\#(name).notes'"#
    }
    let work = seconds > 0 ? "sleep \(seconds)\n" : ""
    try "#!/bin/bash\n\(note(.started))\n\(work)\(note(.ended))\n".write(
      toFile: path, atomically: true, encoding: .utf8)
    guard chmod(path, 0o755) == 0 else { throw explain("\(path) cannot be made executable", .inputOutput) }
    return #"{ exec: ["\#(path)"], concurrency: 16, rate: 6000, timeout: 60s }"#
  }

  /// What its runs have noted so far.
  func notes(in directory: String) -> [Note] {
    let text = (try? String(contentsOfFile: "\(directory)/\(name).notes", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 4, let moment = Note.Moment(rawValue: words[0]),
        let microseconds = Int64(words[1].filter(\.isNumber))
      else { return nil }
      return Note(moment: moment, microseconds: microseconds, device: words[2], state: words[3])
    }
  }
}

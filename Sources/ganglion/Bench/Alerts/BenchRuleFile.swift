import Foundation

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

import Foundation
import Hooks
import TestSupport

/// A script of `systemd/hooks`, run as the gateway runs it.
struct ExampleHook {
  /// What people and devices may have written, as far as it gets into a call.
  static let hostile = "a \"quoted\" \\n $(touch pwned) `touch pwned` ${HOME} {brace}; 'it' %s%n\n浊度 &<b>\t🚰"

  private let path: String
  /// Put before the script: a program that runs it.
  private let prefix: [String]

  /// - Parameter path: put before those in which programs are looked for.
  init(_ name: String, path: String? = nil) {
    self.path =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../systemd/hooks/\(name)").standardized.path
    prefix = path.map { ["/usr/bin/env", "PATH=\($0):/usr/bin:/bin"] } ?? []
  }

  func run(
    _ arguments: [String] = [], _ variables: [String: String] = [:], document: String = #"{"alerts":[]}"#
  ) async -> HookOutcome {
    await ProcessRunner().run(
      prefix + [path] + arguments, .sample(document: document, variables: Self.variables.merging(variables) { $1 }),
      limit: .seconds(30))
  }

  /// All that the gateway gives, of one alert.
  private static let variables = [
    "GANGLION_ALERT_ID": "5f1c09d2a4be7730", "GANGLION_RULE": "turbidity-high", "GANGLION_STATE": "firing",
    "GANGLION_SEVERITY": "critical", "GANGLION_DEVICE": "wtp-1", "GANGLION_METRIC": "turbidity",
    "GANGLION_VALUE": "1.25", "GANGLION_UNIT": "[NTU]", "GANGLION_AT": "2026-11-21T08:00:30+08:00",
    "GANGLION_TITLE": "Water is turbid", "GANGLION_TITLE_ZH": "出厂水浊度超标", "GANGLION_KIND": "start",
    "GANGLION_ALERTS": "1", "GANGLION_GATEWAY": "north",
  ]
}

extension HookOutcome {
  /// It says that the receiver is away, so that the call uses no retry up.
  var isAway: Bool { failure?.weight == .away }
}

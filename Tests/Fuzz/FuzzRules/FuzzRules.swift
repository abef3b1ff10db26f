import Alerting
import FuzzDriver
import Hooks
import StrictYAML
import Telemetry

@testable import Gateway

// libFuzzer feeds the text of a rule file. Either what it says can be relied on by the engine, the policy and the hooks,
// or an error names the line.

private func check(_ comparison: Comparison) {
  switch comparison {
  case .above(let limit, let clear): precondition(limit.isFinite && clear.isFinite && clear <= limit)
  case .below(let limit, let clear): precondition(limit.isFinite && clear.isFinite && clear >= limit)
  case .outside(let range, let clear):
    precondition(range.lowerBound.isFinite && range.upperBound.isFinite)
    precondition(range.contains(clear.lowerBound) && range.contains(clear.upperBound))
  }
}

private func check(_ condition: Condition) {
  switch condition {
  case .value(let comparison): check(comparison)
  case .window(let window): check(window.comparison)
  case .rateAbove(let limit, let clear, let span):
    precondition(limit.isFinite && clear.isFinite && clear <= limit)
    precondition(.seconds(1) <= span && span <= .seconds(86_400))
  case .absent(.intervals(let count)): precondition((1...10_000).contains(count))
  case .absent(.span(let span)): precondition(.seconds(1) <= span && span <= .seconds(365 * 86_400))
  case .equals: break
  }
}

private func isSpan(_ span: Duration?) -> Bool { span.map { .zero <= $0 && $0 <= .seconds(30 * 86_400) } ?? true }

private func check(_ subject: AlertRule.Subject) {
  switch subject {
  case .series(let series):
    let all = [series.levels] + series.overrides.map(\.levels)
    precondition(!series.metric.isEmpty && !series.levels.isEmpty)
    for levels in all {
      precondition(Set(levels.map(\.severity)).count == levels.count)
      for level in levels { check(level.condition) }
    }
    for override in series.overrides { precondition(isSpan(override.for) && isSpan(override.keep)) }
  case .joined(let joined):
    precondition(joined.parts.count >= 2)
    for part in joined.parts { check(part.condition) }
  }
}

private func check(_ rule: AlertRule, hooks: Set<String>) {
  precondition((1...64).contains(rule.id.utf8.count))
  precondition(isSpan(rule.spans.for) && isSpan(rule.spans.keep) && isSpan(rule.liveLimit))
  checkCalls(of: rule, hooks: hooks)
  check(rule.subject)
}

private func checkCalls(of rule: AlertRule, hooks: Set<String>) {
  precondition(Set(rule.hooks).count == rule.hooks.count && hooks.isSuperset(of: rule.hooks))
  if let group = rule.group { precondition(!group.by.isEmpty && .zero <= group.wait && group.wait <= .seconds(3600)) }
  for (step, next) in zip(rule.escalations, rule.escalations.dropFirst()) { precondition(step.after < next.after) }
  for step in rule.escalations { precondition(step.after >= .seconds(1) && hooks.isSuperset(of: step.hooks)) }
}

private func check(_ hook: HookDeclaration) {
  precondition(hook.problem == nil, "\(hook.problem ?? "")")
  precondition((1...64).contains(hook.name.utf8.count))
  precondition((0...100).contains(hook.retries) && (1...64).contains(hook.concurrency))
  precondition((1...6000).contains(hook.ratePerMinute))
  precondition(.milliseconds(100) <= hook.timeout && hook.timeout <= .seconds(600))
}

private let device = SeriesBinding(
  series: SeriesID(rawValue: 1), device: "d", metric: "m", kind: .gauge, interval: .seconds(10),
  tags: ["site": "s"])

/// An engine and a policy of the rules live through some readings.
private func run(_ rules: RuleSet) {
  let start: Int64 = 1_763_700_000
  var engine = AlertEngine(rules, listensSince: Timestamp(seconds: start))
  var policy = NotificationPolicy(rules)
  engine.bind(device)
  for (step, value) in [0.0, 1e9, -1e9, 1e9, 0].enumerated() {
    let moment = Timestamp(seconds: start + Int64(step) * 3600)
    let sample = Sample(series: device.series, quality: .good, time: moment, value: value)
    withUnsafePointer(to: sample) {
      engine.observe(UnsafeBufferPointer(start: $0, count: 1), receivedAt: moment, sequence: UInt64(step + 1))
    }
    engine.tick(moment)
    policy.take(engine.drain().transitions)
    for call in policy.calls(at: moment) {
      precondition(!call.items.isEmpty && rules.hooks.contains { $0.name == call.hook })
    }
    _ = policy.drain()
  }
}

private func check(_ file: RuleFile) {
  let hooks = Set(file.rules.hooks.map(\.name))
  let ids = Set(file.rules.rules.map(\.id))
  precondition(hooks.count == file.rules.hooks.count && ids.count == file.rules.rules.count)
  for rule in file.rules.rules { check(rule, hooks: hooks) }
  checkCalls(of: file.rules.hookFailing, hooks: hooks)
  for hook in file.rules.hooks { check(hook) }
  for inhibition in file.rules.inhibitions {
    precondition(ids.contains(inhibition.when) && ids.isSuperset(of: inhibition.mutes))
    precondition(!inhibition.mutes.contains(inhibition.when))
  }
  for window in file.rules.maintenance {
    precondition(ids.isSuperset(of: window.matcher.rules))
    if case .weekly(let days, let from, let to) = window.span {
      precondition(!days.isEmpty && (0...1440).contains(from) && (0...1440).contains(to))
    }
  }
  // A metric that is there has what rules may ask, or the place of what they may not is named.
  for kind in MetricKind.allCases {
    for problem in file.problems(with: [RuleMetric(name: "m", kind: kind, unit: "Cel", states: ["ON"])]) {
      precondition(problem.line >= 1 && !problem.message.isEmpty)
    }
  }
  run(file.rules)
}

// The name is the one that libFuzzer's library looks for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRules(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // A file that is no UTF-8 is refused before.
  let input = UnsafeRawBufferPointer(start: start, count: count)
  guard let text = String(validating: input, as: UTF8.self) else { return 0 }
  let lines = text.unicodeScalars.count { ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0) } + 1
  do throws(YAMLError) {
    let file = try RuleFile(text, file: "alerts.yaml")
    check(file)
    for warning in file.warnings { precondition((1...lines).contains(warning.line), "\(warning)") }
  } catch {
    precondition(error.line >= 1 && error.line <= lines + 1 && error.column >= 1, "\(error)")
    precondition(error.description.hasPrefix("alerts.yaml:\(error.line):") && !error.message.isEmpty, "\(error)")
  }
  return 0
}

@main
enum FuzzRules {
  static func main() {
    fuzz({ fuzzRules($0, $1) })
  }
}

/// What `RuleTrial` found.
struct RuleTrialReport: Encodable {
  struct Rule: Encodable {
    let rule: String
    /// That it looks at.
    let series: Int
    let alerts: Int
  }

  struct Hook: Encodable {
    let hook: String
    let calls: Int
  }

  static let mostAlerts = 10_000

  let from: String
  let to: String
  /// Minutes before it have been let go; null where none of the span have been.
  let keptFrom: String?
  let rules: [Rule]
  let calls: [Hook]
  /// The oldest first, `mostAlerts` at most.
  let alerts: [AlertAnswer.Alert]

  private enum CodingKeys: String, CodingKey {
    case from, to
    case keptFrom = "kept_from"
    case rules, calls, alerts
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(from, forKey: .from)
    try container.encode(to, forKey: .to)
    try container.encode(keptFrom, forKey: .keptFrom)
    try container.encode(rules, forKey: .rules)
    try container.encode(calls, forKey: .calls)
    try container.encode(alerts, forKey: .alerts)
  }
}

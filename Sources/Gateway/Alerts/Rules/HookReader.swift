import Alerting
import Hooks
import StrictYAML
import Telemetry

extension HookDeclaration {
  private static let actions = ["exec", "webhook", "publish"]
  private static let webhookKeys = ["format", "headers_file", "ca_file", "allow_private"]
  private static let publishKeys = ["qos", "retain"]
  private static let keys =
    actions + webhookKeys + publishKeys + ["command", "timeout", "retries", "concurrency", "rate"]
  private static let timeouts = Duration.milliseconds(100)...Duration.seconds(600)

  /// Reads `hooks`, a mapping by name.
  static func list(_ value: YAMLValue?) throws(YAMLError) -> [(hook: HookDeclaration, place: FilePlace)] {
    try (value?.entries() ?? []).map { key, value throws(YAMLError) in
      (try HookDeclaration(try key.alertName(of: "hook"), value), FilePlace(key))
    }
  }

  private init(_ name: String, _ value: YAMLValue) throws(YAMLError) {
    let keys = try value.mapping(known: Self.keys)
    if let command = keys["command"] {
      throw command.error(
        "hooks that command devices come with a later version; this one has exec, webhook and publish")
    }
    let actions = Self.actions.filter { keys[$0] != nil }
    guard actions.count == 1 else {
      throw value.error(
        "a hook has exactly one of \(Self.actions.joined(separator: ", ")); here "
          + (actions.isEmpty ? "stands none" : "stand \(actions.joined(separator: ", "))"))
    }
    let what = try keys.required(actions[0])
    let action: Action =
      switch actions[0] {
      case "exec": .exec(try what.items().map { item throws(YAMLError) in try item.string() })
      case "webhook": .webhook(try WebhookTarget(keys))
      default: .publish(try HookPublication(keys))
      }
    if actions[0] != "webhook" { try Self.refuse(Self.webhookKeys, keys, "webhook") }
    if actions[0] != "publish" { try Self.refuse(Self.publishKeys, keys, "publish") }
    if let problem = action.problem { throw what.error(problem) }
    self.init(
      name: name, action: action, timeout: try keys["timeout"]?.span(Self.timeouts) ?? .seconds(10),
      retries: try keys["retries"]?.integer(in: 0...100) ?? 5,
      concurrency: try keys["concurrency"]?.integer(in: 1...64) ?? 4,
      ratePerMinute: try keys["rate"]?.integer(in: 1...6000) ?? 60)
  }

  private static func refuse(_ names: [String], _ keys: YAMLMapping, _ action: String) throws(YAMLError) {
    for name in names { if let value = keys[name] { throw value.error("'\(name)' is for hooks with '\(action)'") } }
  }
}

extension WebhookTarget {
  fileprivate init(_ keys: YAMLMapping) throws(YAMLError) {
    self.init(
      url: try keys.required("webhook").string(), format: try keys["format"]?.choice(Format.self) ?? .json,
      headersFile: try keys["headers_file"]?.absolutePath(), caFile: try keys["ca_file"]?.absolutePath(),
      allowsPrivate: try keys["allow_private"]?.boolean() ?? false)
  }
}

extension HookPublication {
  fileprivate init(_ keys: YAMLMapping) throws(YAMLError) {
    self.init(
      topic: try keys.required("publish").string(), qos: try keys["qos"]?.integer(in: 0...2) ?? 1,
      isRetained: try keys["retain"]?.boolean() ?? false)
  }
}

extension YAMLValue {
  fileprivate func absolutePath() throws(YAMLError) -> String {
    let path = try string()
    guard path.hasPrefix("/") else { throw error("'\(path)': expected a whole path, from /") }
    return path
  }
}

import Alerting
import StrictYAML
import Telemetry

extension HookRule {
  private static let actions = ["exec", "webhook", "publish"]
  private static let webhookKeys = ["format", "headers_file", "ca_file", "allow_private"]
  private static let publishKeys = ["qos", "retain"]
  private static let keys =
    actions + webhookKeys + publishKeys + ["command", "timeout", "retries", "concurrency", "rate"]
  private static let timeouts = Duration.milliseconds(100)...Duration.seconds(600)

  /// Reads `hooks`, a mapping by name.
  static func list(_ value: YAMLValue?) throws(YAMLError) -> [(rule: HookRule, place: FilePlace)] {
    try (value?.entries() ?? []).map { key, value throws(YAMLError) in
      (try HookRule(try key.alertName(of: "hook"), value), FilePlace(key))
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
    let action: Action
    switch actions[0] {
    case "exec": action = .exec(try Self.program(keys.required("exec")))
    case "webhook": action = .webhook(try Webhook(keys))
    default: action = .publish(try Publication(keys))
    }
    if actions[0] != "webhook" { try Self.refuse(Self.webhookKeys, keys, "webhook") }
    if actions[0] != "publish" { try Self.refuse(Self.publishKeys, keys, "publish") }
    self.init(
      name: name, action, timeout: try keys["timeout"]?.span(Self.timeouts) ?? .seconds(10),
      retries: try keys["retries"]?.integer(in: 0...100) ?? 5,
      concurrency: try keys["concurrency"]?.integer(in: 1...64) ?? 4,
      ratePerMinute: try keys["rate"]?.integer(in: 1...6000) ?? 60)
  }

  private static func refuse(_ names: [String], _ keys: YAMLMapping, _ action: String) throws(YAMLError) {
    for name in names { if let value = keys[name] { throw value.error("'\(name)' is for hooks with '\(action)'") } }
  }

  private static func program(_ value: YAMLValue) throws(YAMLError) -> [String] {
    let words = try value.items().map { item throws(YAMLError) in try item.string() }
    guard let program = words.first, program.hasPrefix("/") else {
      throw value.error("expected [program, argument …], the program by its whole path: no shell looks for it")
    }
    return words
  }
}

extension HookRule.Webhook {
  fileprivate init(_ keys: YAMLMapping) throws(YAMLError) {
    let value = try keys.required("webhook")
    let url = try value.string()
    guard let scheme = ["https://", "http://"].first(where: url.hasPrefix), url.count > scheme.count,
      !url.contains(where: \.isWhitespace)
    else { throw value.error("'\(url)' is no address of a webhook; expected https://… or http://…") }
    let authority = url.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
    guard !authority.contains("@") else {
      throw value.error("a password stands in no rule file: put a header into a file and name it with 'headers_file'")
    }
    guard !authority.isEmpty, authority.first != ":" else { throw value.error("'\(url)' names no host") }
    if let ca = keys["ca_file"], scheme == "http://" { throw ca.error("'ca_file' is for https") }
    self.init(
      url: url, format: try keys["format"]?.choice(Format.self) ?? .json,
      headersFile: try keys["headers_file"]?.absolutePath(), caFile: try keys["ca_file"]?.absolutePath(),
      allowsPrivate: try keys["allow_private"]?.boolean() ?? false)
  }
}

extension HookRule.Publication {
  private static let longestTopicBytes = 1024

  fileprivate init(_ keys: YAMLMapping) throws(YAMLError) {
    let value = try keys.required("publish")
    let topic = try value.string()
    guard !topic.isEmpty, !topic.contains(where: { "+#\u{0}".contains($0) }), topic.utf8.count <= Self.longestTopicBytes
    else { throw value.error("'\(topic)' is no topic to publish to: it has neither '+' nor '#', and has something") }
    self.init(
      topic: try value.alertText(), qos: try keys["qos"]?.integer(in: 0...2) ?? 1,
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

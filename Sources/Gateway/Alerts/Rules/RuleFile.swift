import Alerting
import StrictYAML
import Telemetry

/// The rules of a gateway as `alerts.yaml` declares them, and what has to be compared with the catalogue.
public struct RuleFile: Sendable {
  /// A metric that a rule names, and what it asks of it.
  struct Use: Sendable {
    let metric: String
    let condition: Condition
    let metricPlace: FilePlace
    let conditionPlace: FilePlace
  }

  public let rules: RuleSet
  /// Nothing that keeps rules from being used: a hook that nobody calls, or of whose failure nobody hears.
  public let warnings: [YAMLError]
  let uses: [Use]
  /// By name.
  let hookPlaces: [String: FilePlace]

  private static let keys = ["rules", "hooks", "inhibit", "maintenance", "hook_failing"]

  /// Reads a rule file.
  ///
  /// - Throws: `YAMLError` that names file, line, column and key, and what would be right.
  public static func read(_ path: String) throws(YAMLError) -> RuleFile {
    try RuleFile(TextFile.read(path), file: path)
  }

  /// - Parameter file: the name that errors give.
  public init(_ text: String, file: String) throws(YAMLError) {
    let root = try YAMLValue.parse(text, file: file).mapping(known: Self.keys)
    var reader = RuleReader()
    let hooks = try HookDeclaration.list(root["hooks"])
    let rules = try reader.rules(root["rules"])
    let ids = rules.map(\.id)
    let inhibitions = try Inhibition.list(root["inhibit"], rules: ids)
    let maintenance = try MaintenanceWindow.list(root["maintenance"], rules: ids)
    let hookFailing = try reader.hookFailing(root["hook_failing"])
    try reader.requireHooks(hooks.map(\.hook.name))
    let called = Set(reader.hooksNamed.map(\.name))
    var warnings = hooks.filter { !called.contains($0.hook.name) }.map { hook, place in
      place.error("no rule calls the hook '\(hook.name)'")
    }
    let told = Set(hookFailing.hooks + hookFailing.escalations.flatMap(\.hooks))
    if let only = told.first, told.count == 1, let place = root["hook_failing"] {
      warnings.append(place.error("nobody is told where '\(only)' itself keeps failing; name another hook beside it"))
    }
    self.warnings = warnings
    self.rules = RuleSet(
      rules: rules, hooks: hooks.map(\.hook), inhibitions: inhibitions, maintenance: maintenance,
      hookFailing: hookFailing)
    uses = reader.uses
    hookPlaces = hooks.reduce(into: [:]) { $0[$1.hook.name] = $1.place }
  }
}

/// A place in a file, for what is found wrong with it later.
struct FilePlace: Sendable {
  let file: String
  let line: Int
  let column: Int
  let path: String

  init(_ value: YAMLValue) {
    (file, line, column, path) = (value.file, value.line, value.column, value.path)
  }

  func error(_ message: String) -> YAMLError {
    YAMLError(file: file, line: line, column: column, path: path, message: message)
  }
}

import Alerting
import DeviceCatalog
import Glibc
import StrictYAML

/// The rules that a configuration names, held against its profiles and this machine, for those who only look at them.
public struct RuleListing: Sendable {
  public let rules: RuleSet
  /// What keeps no rule from being used, with its place.
  public let warnings: [YAMLError]

  public var ruleCount: Int { rules.rules.count }
  public var hookCount: Int { rules.hooks.count }
}

extension GatewayConfiguration {
  /// The rules, with what is missing on this machine.
  ///
  /// A program may come later, and is looked for at each call: where it is not there, that is a warning. A file of secret
  /// header fields or of authorities that cannot be read is an error, as other files of credentials are.
  ///
  /// - Throws: `YAMLError` for rules that cannot be right.
  public func ruleListing(for catalogue: Catalogue) throws(YAMLError) -> RuleListing {
    guard let file = try ruleFile(for: catalogue) else { return RuleListing(rules: RuleSet(), warnings: []) }
    var warnings = file.warnings
    for hook in file.rules.hooks {
      guard let place = file.hookPlaces[hook.name] else { continue }
      for path in hook.credentialFiles where access(path, R_OK) != 0 {
        throw place.error("'\(path)' cannot be read: \(String(cString: strerror(errno)))")
      }
      if let program = hook.program, access(program, X_OK) != 0 {
        warnings.append(place.error("'\(program)' cannot be run: \(String(cString: strerror(errno)))"))
      }
    }
    return RuleListing(rules: file.rules, warnings: warnings)
  }
}

extension HookDeclaration {
  /// Nil for hooks that run none.
  fileprivate var program: String? {
    if case .exec(let command) = action { command.first } else { nil }
  }

  fileprivate var credentialFiles: [String] {
    if case .webhook(let webhook) = action { [webhook.headersFile, webhook.caFile].compactMap { $0 } } else { [] }
  }
}

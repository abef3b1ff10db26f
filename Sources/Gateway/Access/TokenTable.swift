import Foundation
import StrictYAML
import Telemetry

/// The tokens of a file: who may ask, what for, and which devices they see.
public struct TokenTable: Sendable {
  /// A token, without its secret.
  public struct Token: Sendable {
    public let name: String
    public let role: Role
    public let scope: TagScope
    /// The last moment at which it is taken; nil for ever.
    public let expiresAt: Timestamp?
    let hash: TokenHash
    /// Of the file, from 1: where it begins.
    let line: Int
  }

  /// In the order of the file.
  public let tokens: [Token]

  private static let tokenKeys = ["name", "role", "scope", "expires", "hash"]

  /// No token at all.
  init() { tokens = [] }

  /// - Parameter file: its name as the user knows it.
  /// - Throws: `YAMLError`.
  public init(_ text: String, file: String) throws(YAMLError) {
    let root = try YAMLValue.parse(text, file: file).mapping(known: ["tokens"])
    var tokens: [Token] = []
    for item in try root["tokens"]?.items() ?? [] {
      let token = try Self.token(item)
      if tokens.contains(where: { $0.name == token.name }) {
        throw item.error("the token '\(token.name)' stands twice; give each a name of its own")
      }
      if let other = tokens.first(where: { $0.hash.equals(token.hash) }) {
        throw item.error("'\(token.name)' has the secret of '\(other.name)'; make one for each")
      }
      tokens.append(token)
    }
    self.tokens = tokens
  }

  private static func token(_ item: YAMLValue) throws(YAMLError) -> Token {
    // An empty scope would see everything, and an empty end never come.
    for (key, value) in try item.entries() where value.isNull {
      throw key.error("has no value; say one, or take the key out")
    }
    let token = try item.mapping(known: tokenKeys)
    let (name, role) = (try token.required("name").string(), try token.required("role").choice(Role.self))
    let scope = try token["scope"].map(scope) ?? .whole
    let expiresAt = try token["expires"].map(moment)
    let hash = try token.required("hash")
    guard let digest = TokenHash(try hash.string()) else {
      throw hash.error("expected sha256: and 64 hexadecimal digits, as `ganglion tokens add` writes them")
    }
    return Token(name: name, role: role, scope: scope, expiresAt: expiresAt, hash: digest, line: item.line)
  }

  /// Tags, each with a value or a list of them.
  private static func scope(_ value: YAMLValue) throws(YAMLError) -> TagScope {
    var values: [String: Set<String>] = [:]
    for (key, value) in try value.entries() {
      let texts: [String]
      if let items = try? value.items() {
        texts = try items.map { item throws(YAMLError) in try item.string() }
      } else {
        texts = [try value.string()]
      }
      guard !texts.isEmpty else { throw value.error("a scope without a value would see nothing") }
      values[try key.string()] = Set(texts)
    }
    guard !values.isEmpty else { throw value.error("a scope without tags sees everything; take the key out for that") }
    return TagScope(values)
  }

  private static func moment(_ value: YAMLValue) throws(YAMLError) -> Timestamp {
    let text = try value.string()
    guard let first = text.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first), text.contains("-"),
      let moment = QueryTime.parse(text, now: .now, zone: .gmt)
    else {
      throw value.error("'\(text)' is no time: expected RFC 3339, such as 2027-01-01T00:00:00Z")
    }
    return moment
  }

  /// Whose secret it is; nil for nobody's, or where it has expired.
  func caller(showing secret: TokenSecret, at now: Timestamp) -> Caller? {
    let hash = secret.hash
    var found: Token?
    // All are looked at: how long it takes does not say which one it is.
    for token in tokens where token.hash.equals(hash) { found = token }
    guard let found, found.expiresAt.map({ now <= $0 }) ?? true else { return nil }
    return Caller(name: found.name, role: found.role, scope: found.scope)
  }
}

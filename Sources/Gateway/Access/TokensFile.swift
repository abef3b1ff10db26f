import Foundation
import StrictYAML
import Telemetry

/// The text of a tokens' file with one token more or less. What else stands in it stays as it is, comments included.
public struct TokensFile: Sendable {
  public private(set) var text: String
  public private(set) var table: TokenTable
  private let file: String

  /// - Parameter text: empty for a file that is not there yet.
  /// - Throws: `YAMLError`.
  public init(_ text: String, file: String) throws(YAMLError) {
    table = try TokenTable(text, file: file)
    self.text = text
    self.file = file
  }

  /// Adds a token and says its secret, which is written nowhere.
  ///
  /// - Throws: `YAMLError` where the name is taken, or the file has another form than one list at its end.
  public mutating func add(
    name: String, role: Role, scope: TagScope, expires: String?
  ) throws(YAMLError) -> TokenSecret {
    let secret = TokenSecret()
    var lines = ["  - name: \(Self.quoted(name))", "    role: \(role.rawValue)"]
    if !scope.isWhole {
      let tags = scope.values.sorted { $0.key < $1.key }.map { name, values in
        "\(Self.quoted(name)): [\(values.sorted().map(Self.quoted).joined(separator: ", "))]"
      }
      lines.append("    scope: { \(tags.joined(separator: ", ")) }")
    }
    if let expires { lines.append("    expires: \(Self.quoted(expires))") }
    lines.append("    hash: \(Self.quoted(secret.hash.text))")
    var next = text.isEmpty || text.hasSuffix("\n") ? text : text + "\n"
    if table.tokens.isEmpty { next += "tokens:\n" }
    next += lines.joined(separator: "\n") + "\n"
    self = try TokensFile(next, file: file)
    return secret
  }

  /// Takes a token out.
  ///
  /// - Returns: false where there is none of that name.
  public mutating func remove(_ name: String) throws(YAMLError) -> Bool {
    guard let index = table.tokens.firstIndex(where: { $0.name == name }) else { return false }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let first = table.tokens[index].line - 1
    let isLast = index == table.tokens.count - 1
    let end = isLast ? (lines.last == "" ? lines.count - 1 : lines.count) : table.tokens[index + 1].line - 1
    lines.removeSubrange(first..<end)
    if table.tokens.count == 1 { lines.removeAll { $0.hasPrefix("tokens:") } }
    self = try TokensFile(lines.joined(separator: "\n"), file: file)
    return true
  }

  /// A text in double quotes, as JSON and YAML both read it.
  private static func quoted(_ text: String) -> String {
    (try? Answer.json(text)).map { String(decoding: $0.dropLast(), as: UTF8.self) } ?? "\"\""
  }
}

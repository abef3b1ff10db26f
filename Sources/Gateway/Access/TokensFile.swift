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
    var kept = Self.lines(of: text)
    if table.tokens.isEmpty { kept = kept.filter { !Self.isKey($0) } + [Array("tokens:".utf8)[...]] }
    let names = table.tokens.map(\.name) + [name]
    try replace(with: kept + lines.map { Array($0.utf8)[...] }, expecting: names)
    return secret
  }

  /// Takes a token out.
  ///
  /// - Returns: false where there is none of that name.
  /// - Throws: `YAMLError` where the file is written so that lines cannot be taken out of it.
  public mutating func remove(_ name: String) throws(YAMLError) -> Bool {
    guard let index = table.tokens.firstIndex(where: { $0.name == name }) else { return false }
    var lines = Self.lines(of: text)
    let first = min(table.tokens[index].line - 1, lines.count)
    var end = index + 1 < table.tokens.count ? table.tokens[index + 1].line - 1 : lines.count
    // Comments above the next token are that one's.
    while end > first + 1, Self.isBlankOrComment(lines[end - 1]) { end -= 1 }
    lines.removeSubrange(first..<max(first, end))
    if table.tokens.count == 1 { lines.removeAll(where: Self.isKey) }
    var names = table.tokens.map(\.name)
    names.remove(at: index)
    try replace(with: lines, expecting: names)
    return true
  }

  /// - Throws: `YAMLError`, with the file as it was, where the tokens would be others than they should.
  private mutating func replace(with lines: [ArraySlice<UInt8>], expecting names: [String]) throws(YAMLError) {
    let text = lines.map { String(decoding: $0, as: UTF8.self) + "\n" }.joined()
    // A name that is taken, or an end that is no time, has its own sentence.
    let next = try TokensFile(text, file: file)
    guard next.table.tokens.map(\.name) == names else {
      throw YAMLError(
        file: file, line: 1, column: 1, path: "tokens",
        message: "the tokens do not stand in lines of their own, at the end of the file; change it by hand")
    }
    self = next
  }

  // MARK: Lines

  /// By bytes: a line may end in CR LF.
  private static func lines(of text: String) -> [ArraySlice<UInt8>] {
    var lines = Array(text.utf8).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  private static func isKey(_ line: ArraySlice<UInt8>) -> Bool { line.starts(with: Array("tokens:".utf8)) }

  private static func isBlankOrComment(_ line: ArraySlice<UInt8>) -> Bool {
    let first = line.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }
    return first == nil || first == UInt8(ascii: "#")
  }

  /// A text in double quotes, as JSON and YAML both read it.
  private static func quoted(_ text: String) -> String {
    (try? Answer.json(text)).map { String(decoding: $0.dropLast(), as: UTF8.self) } ?? "\"\""
  }
}

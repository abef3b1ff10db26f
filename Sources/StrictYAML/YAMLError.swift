import Yams

/// What is wrong with a YAML file, and where. Lines and columns count from 1.
public struct YAMLError: Error, Sendable, CustomStringConvertible {
  public let file: String
  public let line: Int
  public let column: Int
  /// The keys that lead to the place, joined by dots; empty for the document.
  public let path: String
  public let message: String

  public init(file: String, line: Int, column: Int, path: String, message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.path = path
    self.message = message
  }

  init(syntax error: YamlError, file: String) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      self.init(
        file: file, line: mark.line, column: mark.column, path: "",
        message: "not YAML: \(problem)\(Self.hint(for: problem))")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let keys = duplicates.map { "'\($0)'" }.joined(separator: ", ")
      self.init(
        file: file, line: context.mark.line, column: context.mark.column, path: "",
        message: "a key stands here twice: \(keys)")
    default:
      self.init(file: file, line: 1, column: 1, path: "", message: "not YAML: \(error)")
    }
  }

  /// What is mostly behind the scanner's words.
  private static func hint(for problem: String) -> String {
    if problem.contains("cannot start any token") {
      return " (YAML is indented with spaces, not tabs; a text that begins with one of % @ ` stands in quotes)"
    }
    if problem.contains("mapping values are not allowed") { return " (a text that holds ': ' stands in quotes)" }
    return ""
  }

  /// `file:line:column: key: message`
  public var description: String {
    "\(file):\(line):\(column): " + (path.isEmpty ? "" : "\(path): ") + message
  }
}

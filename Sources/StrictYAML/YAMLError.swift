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

  /// - Parameter text: in which the parser found the error.
  init(syntax error: YamlError, in text: String, file: String) {
    if let place = Self.openedComment(in: text, upTo: error) {
      self.init(
        file: file, line: place.line, column: place.column, path: "",
        message: "not YAML: '{#' begins a mapping with a comment in it; a text such as \"{#}\" stands in quotes")
      return
    }
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

  /// The last place, up to the line of an error, at which a value begins with `{#`: what stands behind it is a comment for YAML, so
  /// that the parser finds its error lines later.
  private static func openedComment(in text: String, upTo error: YamlError) -> (line: Int, column: Int)? {
    let last: Int
    switch error {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): last = mark.line
    default: return nil
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).prefix(max(0, last))
    for (index, line) in lines.enumerated().reversed() {
      if let place = line.firstRange(of: ": {#") {
        return (index + 1, line.distance(from: line.startIndex, to: place.lowerBound) + 3)
      }
    }
    return nil
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

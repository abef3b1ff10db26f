/// A JSON pointer (RFC 6901): the steps from a document's root to a value.
public struct JSONPointer: Hashable, Sendable {
  public let text: String
  /// Unescaped keys; one that spells an array index serves for arrays too.
  public let steps: [String]

  public struct Malformed: Error {
    public let message: String
  }

  public init(_ text: String) throws(Malformed) {
    self.text = text
    guard text.isEmpty || text.hasPrefix("/") else {
      throw Malformed(message: "'\(text)' is no JSON pointer: it must start with '/'")
    }
    var steps: [String] = []
    for part in text.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      guard part != "*" else {
        throw Malformed(message: "'\(text)': '*' does not walk arrays and objects in this version; name the place")
      }
      steps.append(try JSONPointer.unescape(part, in: text))
    }
    self.steps = steps
  }

  private static func unescape(_ part: Substring, in text: String) throws(Malformed) -> String {
    var key = ""
    var rest = part[...]
    while let tilde = rest.firstIndex(of: "~") {
      key += rest[..<tilde]
      let escape = rest[rest.index(after: tilde)...].first
      switch escape {
      case "0": key += "~"
      case "1": key += "/"
      default: throw Malformed(message: "'\(text)' is no JSON pointer: '~' is followed by 0 or 1")
      }
      rest = rest[rest.index(tilde, offsetBy: 2)...]
    }
    return key + rest
  }

  /// The array index that a step spells: digits without a leading zero.
  static func index(of step: String) -> Int64? {
    guard step == "0" || (!step.hasPrefix("0") && step.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    return Int64(step)
  }
}

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
    guard text.isEmpty || JSONPointer.begins(text) else {
      throw Malformed(message: "'\(text)' is no JSON pointer: it must start with '/'")
    }
    var steps: [String] = []
    // By bytes: for Swift a slash and a combining mark behind it are one character.
    for part in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst() {
      guard !part.elementsEqual("*".utf8) else {
        throw Malformed(message: "'\(text)': '*' does not walk arrays and objects in this version; name the place")
      }
      steps.append(try JSONPointer.unescape(Array(part), in: text))
    }
    self.steps = steps
  }

  /// True for a text that is meant as a place in the payload.
  static func begins(_ text: String) -> Bool { text.utf8.first == UInt8(ascii: "/") }

  private static func unescape(_ part: [UInt8], in text: String) throws(Malformed) -> String {
    var key: [UInt8] = []
    var rest = part[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "~") else {
        key.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "0"): key.append(UInt8(ascii: "~"))
      case UInt8(ascii: "1"): key.append(UInt8(ascii: "/"))
      default: throw Malformed(message: "'\(text)' is no JSON pointer: '~' is followed by 0 or 1")
      }
    }
    return String(decoding: key, as: UTF8.self)
  }

  /// The array index that a step spells: digits without a leading zero.
  static func index(of step: String) -> Int64? {
    guard step == "0" || (!step.hasPrefix("0") && step.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    return Int64(step)
  }
}

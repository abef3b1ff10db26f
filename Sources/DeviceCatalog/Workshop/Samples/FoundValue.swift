import Telemetry
import WireFormats

/// A value that was found in a payload, with a life of its own.
public enum FoundValue: Equatable, Sendable {
  case null
  case boolean(Bool)
  case number(Number)
  case text(String)
  case list(count: Int)
  /// With its keys, in the order of the payload.
  case object(keys: [String])
  /// A number that nothing holds.
  case unheld

  /// Nil where nothing stands.
  init?(_ raw: WireFormats.RawValue) {
    switch raw {
    case .absent: return nil
    case .null: self = .null
    case .boolean(let isTrue): self = .boolean(isTrue)
    case .integer(let number): self = .number(Number(number))
    case .unsigned(let number): self = .number(Number(number))
    case .double(let number): self = .number(Number(number))
    case .text(let text): self = .text(String(decoding: text, as: UTF8.self))
    case .list: self = .list(count: 0)
    case .object: self = .object(keys: [])
    case .unheld: self = .unheld
    }
  }

  /// In words; texts in quotes, cut where they are long, without control characters.
  public var text: String {
    switch self {
    case .null: "null"
    case .boolean(let isTrue): isTrue ? "true" : "false"
    case .number(let number): number.text
    case .text(let text): "'\(text.inOneLine(atMost: 60))'"
    case .list(let count): count == 0 ? "a list" : "a list of \(count)"
    case .object: "an object"
    case .unheld: "a number that nothing holds"
    }
  }

  /// A text, or a whole number's digits: what can name something; nil for anything else.
  var word: String? {
    switch self {
    case .text(let text): text
    case .number(let number): number.value.rounded() == number.value ? number.text : nil
    default: nil
    }
  }
}

extension String {
  /// Cut where it is longer, with control characters as escapes.
  func inOneLine(atMost count: Int) -> String {
    var line = ""
    for scalar in unicodeScalars {
      guard line.count < count else { return line + "…" }
      if Identifier.isControlCharacter(scalar) {
        line += scalar.escaped(asASCII: true)
      } else {
        line.unicodeScalars.append(scalar)
      }
    }
    return line
  }
}

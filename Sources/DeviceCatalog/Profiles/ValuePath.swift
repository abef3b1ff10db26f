/// A place in a payload, or many: a JSON pointer in which `*` stands for every member of an object and every element of
/// an array, and `{name}` for the same, by a name under which its key can be used.
///
/// A number before it, as in `2/ts`, goes up so many levels first from where the record stands.
///
/// Source: RFC 6901 for pointers and their escapes; the number in front is that of IETF draft Relative JSON Pointers.
public struct ValuePath: Hashable, Sendable {
  public enum Step: Hashable, Sendable {
    /// Unescaped; one that spells an array index serves for arrays too.
    case key(String)
    case every(name: String?)
  }

  public let text: String
  public let levelsUp: Int
  public let steps: [Step]

  public struct Malformed: Error {
    public let message: String
  }

  /// The place itself.
  public static let here = ValuePath()

  private init() { self.init(keys: []) }

  /// The place of some keys, one below the other.
  init(keys: [String]) {
    text = keys.map { "/" + ValuePath.escaped($0) }.joined()
    levelsUp = 0
    steps = keys.map(Step.key)
  }

  /// - Parameter allowsNames: `{name}` stands for every key, and is no key itself.
  public init(_ text: String, allowsNames: Bool = false) throws(Malformed) {
    self.text = text
    let digits = text.utf8.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    guard digits.isEmpty || text.utf8.count > digits.count, digits.count < 3 else {
      throw Malformed(message: "'\(text)' is no place in a payload: it must start with '/'")
    }
    levelsUp = Int(String(decoding: digits, as: UTF8.self)) ?? 0
    let rest = text.utf8.dropFirst(digits.count)
    guard rest.isEmpty || rest.first == UInt8(ascii: "/") else {
      throw Malformed(message: "'\(text)' is no place in a payload: it must start with '/'")
    }
    var steps: [Step] = []
    // By bytes: for Swift a slash and a combining mark behind it are one character.
    for part in rest.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst() {
      let key = try ValuePath.unescape(Array(part), in: text)
      if part.elementsEqual("*".utf8) {
        steps.append(.every(name: nil))
      } else if allowsNames, key.hasPrefix("{"), key.hasSuffix("}") {
        steps.append(.every(name: String(key.dropFirst().dropLast())))
      } else {
        steps.append(.key(key))
      }
    }
    self.steps = steps
  }

  /// True for a text that is meant as a place in the payload: `/…`, or `2/…`.
  static func begins(_ text: String) -> Bool {
    text.utf8.drop { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }.first == UInt8(ascii: "/")
  }

  /// It is one place, below where the record stands.
  var isPlain: Bool { levelsUp == 0 && keys != nil }

  /// The keys of one place; nil where it is many.
  var keys: [String]? {
    var keys: [String] = []
    for case .key(let key) in steps { keys.append(key) }
    return keys.count == steps.count ? keys : nil
  }

  /// The one place that holds all of its matches: the keys before its first step that stands for many.
  var container: ValuePath {
    ValuePath(
      keys: steps.prefix { if case .key = $0 { true } else { false } }.map { step in
        if case .key(let key) = step { key } else { "" }
      })
  }

  /// The names that its steps give to keys.
  var names: [String] {
    steps.compactMap { if case .every(let name) = $0 { name } else { nil } }
  }

  /// A key as one step of a pointer.
  static func escaped(_ key: String) -> String {
    var step = ""
    for scalar in key.unicodeScalars {
      switch scalar {
      case "~": step += "~0"
      case "/": step += "~1"
      default: step.unicodeScalars.append(scalar)
      }
    }
    return step
  }

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

  /// The array index that a key spells: digits without a leading zero.
  static func index(of key: String) -> Int64? {
    guard key == "0" || (!key.hasPrefix("0") && key.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    return Int64(key)
  }
}

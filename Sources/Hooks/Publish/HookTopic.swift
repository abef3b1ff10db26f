/// A topic with words in braces, `city/alerts/{rule}`, and what they stand for.
///
/// Invariants
/// - A value never adds a level or a wildcard, and never makes a topic begin with `$`: what could is replaced by `_`, as
///   are control characters. A word that a call does not have is `_` too, and so is an empty one.
struct HookTopic: Equatable {
  struct Malformed: Error {
    let message: String
  }

  private enum Part: Equatable {
    case text(String)
    case word(String)
  }

  private var parts: [Part] = []

  /// The longest one that MQTT has.
  static let mostBytes = 65_535

  init(_ template: String) throws(Malformed) {
    guard !template.isEmpty else { throw Malformed(message: "the topic is empty") }
    var rest = template[...]
    while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      try append(rest[..<brace], of: template)
      let behind = rest[rest.index(after: brace)...]
      guard rest[brace] == "{", let end = behind.firstIndex(of: "}"), !behind[..<end].contains("{"), end > brace else {
        throw Malformed(message: "the topic '\(template)' has a brace without its other")
      }
      let word = String(behind[..<end])
      guard !word.isEmpty else { throw Malformed(message: "the topic '\(template)' has no word in its braces") }
      parts.append(.word(word))
      rest = behind[behind.index(after: end)...]
    }
    try append(rest, of: template)
  }

  private mutating func append(_ text: Substring, of template: String) throws(Malformed) {
    // By scalars: a mark behind a wildcard makes one character with it, and the broker sees the wildcard.
    guard !text.unicodeScalars.contains(where: { $0 == "+" || $0 == "#" || $0 == "\0" }) else {
      throw Malformed(message: "the topic '\(template)' has a wildcard in it; nothing can be published there")
    }
    if !text.isEmpty { parts.append(.text(String(text))) }
  }

  /// - Returns: nil where it is longer than MQTT allows.
  func topic(_ words: [String: String]) -> String? {
    var topic = ""
    for part in parts {
      switch part {
      case .text(let text): topic += text
      case .word(let word):
        var value = Self.level(words[word] ?? "")
        if topic.isEmpty, value.hasPrefix("$") { value = "_" + value.dropFirst() }
        topic += value
      }
    }
    return topic.utf8.count <= Self.mostBytes ? topic : nil
  }

  private static func level(_ value: String) -> String {
    if value.isEmpty { return "_" }
    let scalars = value.unicodeScalars.map { scalar -> Unicode.Scalar in
      let isHarmful = "/+#".unicodeScalars.contains(scalar) || scalar.properties.generalCategory == .control
      return isHarmful ? "_" : scalar
    }
    return String(String.UnicodeScalarView(scalars))
  }
}

/// Texts as they stand in a YAML file.
enum YAMLText {
  /// Plain where nothing in it has a meaning of its own, else in quotes. For block and flow context alike.
  ///
  /// - Parameter always: quotes stand around it in any case.
  static func quoted(_ text: String, always: Bool = false) -> String {
    if !always, isPlain(text) { return text }
    let isPrintable = !text.unicodeScalars.contains { scalar in
      Identifier.isControlCharacter(scalar) || scalar == "\u{FEFF}" || scalar == "\u{2028}" || scalar == "\u{2029}"
    }
    if isPrintable, text.contains(where: { $0 == "\"" || $0 == "\\" }) {
      return "'\(text.replacing("'", with: "''"))'"
    }
    return "\"\(text.unicodeScalars.map(escaped).joined())\""
  }

  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.first, first.isASCII, first.isLetter || first == "_" || first == "/" else { return false }
    let isHarmless =
      text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_./- ".contains($0)) }
      && text.last != " " && !text.contains(" -")
    return isHarmless && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"": return "\\\""
    case "\\": return "\\\\"
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default:
      let isSpecial =
        Identifier.isControlCharacter(scalar) || scalar == "\u{FEFF}" || scalar == "\u{2028}" || scalar == "\u{2029}"
      guard isSpecial else { return String(scalar) }
      let digits = String(scalar.value, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }
}

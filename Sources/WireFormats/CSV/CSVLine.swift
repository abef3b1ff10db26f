/// A line of a table as it is written.
///
/// Source: RFC 4180.
package enum CSVLine {
  /// Without the line's end. Cells stand in quotes where they need them, or else would lose blanks where those are let go.
  package static func text(_ cells: [String]) -> String {
    cells.map(cell).joined(separator: ",")
  }

  // By bytes: a quote with a combining mark behind it is another character, and still a quote.
  private static func cell(_ text: String) -> String {
    let utf8 = text.utf8
    guard utf8.contains(where: isSpecial) || utf8.first.map(isBlank) ?? false || utf8.last.map(isBlank) ?? false else {
      return text
    }
    var quoted = [quote]
    for byte in utf8 {
      if byte == quote { quoted.append(quote) }
      quoted.append(byte)
    }
    return String(decoding: quoted + [quote], as: UTF8.self)
  }

  private static let quote = UInt8(ascii: "\"")

  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte == quote || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n")
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}

import Foundation

/// An answer that is a table as well: a row each, a cell for each column.
protocol TabularAnswer {
  var columns: [String] { get }
  var rows: [[AnswerValue]] { get }
}

/// A table as CSV: UTF-8, lines that end in CR LF, cells in quotes where they need them.
///
/// Source: RFC 4180.
struct CSVText {
  let data: Data

  init(_ table: some TabularAnswer) {
    var text = Self.line(table.columns)
    for row in table.rows { text += Self.line(row.map(\.csvText)) }
    data = Data(text.utf8)
  }

  private static func line(_ cells: [String]) -> String {
    cells.map(cell).joined(separator: ",") + "\r\n"
  }

  private static func cell(_ text: String) -> String {
    // By scalars: a quote with a combining mark behind it is another character, and still a quote.
    guard text.unicodeScalars.contains(where: { "\",\r\n".unicodeScalars.contains($0) }) else { return text }
    var quoted = String.UnicodeScalarView("\"".unicodeScalars)
    for scalar in text.unicodeScalars { quoted.append(contentsOf: scalar == "\"" ? [scalar, scalar] : [scalar]) }
    return String(quoted) + "\""
  }
}

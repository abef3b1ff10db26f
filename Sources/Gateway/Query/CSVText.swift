import Foundation
import WireFormats

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
    var text = CSVLine.text(table.columns) + "\r\n"
    for row in table.rows { text += CSVLine.text(row.map(\.csvText)) + "\r\n" }
    data = Data(text.utf8)
  }
}

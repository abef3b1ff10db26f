import Foundation
import WireFormats

/// An answer that is a table as well: a row each, a cell for each column; and an object each, where it is told line by
/// line.
protocol TabularAnswer: JSONWritable {
  associatedtype Item: JSONWritable
  var columns: [String] { get }
  var rows: [[AnswerValue]] { get }
  /// What the rows are as JSON, in the same order.
  var items: [Item] { get }
}

extension TabularAnswer {
  /// CSV: UTF-8, lines that end in CR LF, cells in quotes where they need them.
  ///
  /// Source: RFC 4180.
  ///
  /// - Parameters:
  ///   - spreadsheet: how it is made readable for people; nil where programs read it.
  ///   - former: the columns of the parts before, which this one goes on with; nil for the first part.
  func csv(for spreadsheet: Spreadsheet?, after former: [String]? = nil) -> Data {
    let columns = former ?? columns
    var text = ""
    if former == nil { text = (spreadsheet?.header(columns) ?? CSVLine.text(columns)) + "\r\n" }
    // A tag that has come since the first part has no column.
    let places = former == nil ? nil : columns.map { self.columns.firstIndex(of: $0) }
    for cells in rows {
      let row = places?.map { $0.map { cells[$0] } ?? .null } ?? cells
      text += (spreadsheet?.line(row, columns) ?? CSVLine.text(row.map(\.csvText))) + "\r\n"
    }
    return Data(text.utf8)
  }

  /// JSON, an object a line.
  func ndjson() throws -> Data {
    var text = JSONText()
    for item in items {
      try item.write(to: &text)
      text.endLine()
    }
    return Data(text.bytes)
  }
}

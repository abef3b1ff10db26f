import Foundation

/// A table for a terminal: columns as wide as their widest cell, numbers to the right.
struct Table {
  /// What stands where a number would.
  private static let none = "-"

  let text: String

  init(_ columns: [String], _ rows: [[String]]) {
    let widths = columns.indices.map { index in
      ([columns] + rows).map { $0[index].count }.max() ?? 0
    }
    text = ([columns] + rows).map { row in
      let line = zip(row, widths).map { cell, width in
        let space = String(repeating: " ", count: width - cell.count)
        return Double(cell) == nil && cell != Self.none ? cell + space : space + cell
      }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }

  /// A number with fixed decimals; a dash for none.
  static func number(_ value: Double?, decimals: Int) -> String {
    value.map { String(format: "%.\(decimals)f", $0) } ?? none
  }
}

import StrictYAML
import WireFormats

/// A registry as text: its columns, and each row's cells.
///
/// Source: RFC 4180. UTF-8, with or without a byte order mark; the header names the columns in any order; blanks around
/// cells and empty lines are let go.
struct RegistryTable {
  struct Row {
    /// In the file, from 1.
    let line: Int
    /// One for each column.
    var cells: [String]
  }

  let file: String
  private let needed: [RegistryColumn]
  private(set) var columns: [RegistryColumn] = []
  private(set) var rows: [Row] = []
  /// Rows that are none: they have too many or too few cells, or quotes that do not end.
  private(set) var faults: [RegistryFault] = []

  /// Rows that a registry may have.
  static let mostRows = 1_000_000

  /// A table without rows.
  init(file: String, columns: [RegistryColumn]) {
    self.file = file
    self.columns = columns
    needed = []
  }

  /// - Parameters:
  ///   - file: as it is named in errors.
  ///   - needed: columns that have to be there.
  /// - Throws: what is wrong with the header, and where there are too many rows.
  init(_ text: String, file: String, needed: [RegistryColumn]) throws(YAMLError) {
    self.file = file
    self.needed = needed
    let bytes = Array(text.utf8)
    try bytes.withUnsafeBufferPointer { bytes throws(YAMLError) in try read(UnsafeRawBufferPointer(bytes)) }
  }

  private mutating func read(_ bytes: UnsafeRawBufferPointer) throws(YAMLError) {
    var scanner = CSVScanner(bytes, separator: UInt8(ascii: ","), trimsBlanks: true)
    var line = 1
    while !scanner.isAtEnd {
      let first = line
      if scanner.takeEmptyLine() {
        line += 1
        continue
      }
      guard let cells = Self.cells(of: &scanner, line: &line) else {
        faults.append(
          fault(
            first,
            "a quote does not end, or something else than a comma stands behind it; no row from here on can be read"))
        break
      }
      if columns.isEmpty { columns = try header(cells, line: first) } else { try add(cells, line: first) }
    }
    guard !columns.isEmpty else {
      throw wrong(
        1, faults.first?.message ?? "expected a header such as \(RegistryColumn.names.joined(separator: ","))")
    }
  }

  /// The cells of a line, which is taken with its end; quoted ones may hold ends of lines. Nil where a quote is wrong.
  private static func cells(of scanner: inout CSVScanner, line: inout Int) -> [String]? {
    var cells: [String] = []
    repeat {
      guard let cell = try? scanner.takeCell() else { return nil }
      line += lineEnds(in: cell.bytes)
      cells.append(cell.text)
    } while scanner.takeSeparator()
    _ = scanner.takeLineEnd()
    line += 1
    return cells
  }

  private static func lineEnds(in bytes: UnsafeRawBufferPointer) -> Int {
    var (count, last) = (0, UInt8(0))
    for byte in bytes {
      if byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") && last != UInt8(ascii: "\r") { count += 1 }
      last = byte
    }
    return count
  }

  private func header(_ cells: [String], line: Int) throws(YAMLError) -> [RegistryColumn] {
    var columns: [RegistryColumn] = []
    for name in cells {
      let column: RegistryColumn
      do { column = try RegistryColumn(named: name) } catch { throw wrong(line, error.message) }
      guard !columns.contains(column) else { throw wrong(line, "the column '\(name)' stands twice") }
      columns.append(column)
    }
    if let missing = needed.first(where: { !columns.contains($0) }) {
      throw wrong(line, "the column '\(missing.name)' is missing")
    }
    return columns
  }

  private mutating func add(_ cells: [String], line: Int) throws(YAMLError) {
    guard cells.count == columns.count else {
      faults.append(fault(line, "\(cells.count) cells, and \(columns.count) columns in the header"))
      return
    }
    guard rows.count < Self.mostRows else { throw wrong(line, "a registry has at most \(Self.mostRows) rows") }
    rows.append(Row(line: line, cells: cells))
  }

  private func wrong(_ line: Int, _ message: String) -> YAMLError {
    YAMLError(file: file, line: line, column: 1, path: "", message: message)
  }

  func fault(_ line: Int, _ message: String, column: RegistryColumn? = nil) -> RegistryFault {
    RegistryFault(file: file, line: line, column: column?.name, message: message)
  }
}

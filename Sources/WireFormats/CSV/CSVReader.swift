import Telemetry

/// Reads the table of one payload.
struct CSVReader {
  private let format: CSV
  private let records: FieldRecords
  private var scanner: CSVScanner
  /// By column; nil for one that is let go.
  private var names: [UnsafeRawBufferPointer?] = []
  /// For what is written without doubled quotes.
  private var plain: [UInt8] = []

  init(_ payload: UnsafeRawBufferPointer, format: CSV, into records: FieldRecords) {
    self.format = format
    self.records = records
    scanner = CSVScanner(payload, separator: format.separator, trimsBlanks: format.trimsBlanks)
  }

  /// Reads all lines, or those up to the most fields that `records` keeps.
  mutating func readTable() throws(Refusal) {
    var skipped = 0
    while skipped < format.skippedLines, !scanner.isAtEnd {
      scanner.skipLine()
      skipped += 1
    }
    switch format.columns {
    case .header: try readHeader()
    case .named(let names): self.names = names.map { $0.isEmpty ? nil : records.keep($0.utf8) }
    }
    while !scanner.isAtEnd, !records.isOverfull {
      if !scanner.takeEmptyLine() { try readLine() }
    }
  }

  private mutating func readHeader() throws(Refusal) {
    while scanner.takeEmptyLine() {
      if scanner.isAtEnd { throw Refusal(.malformed, "expected a header of column names, but there is none") }
    }
    repeat {
      guard names.count < CSV.mostColumns else {
        throw Refusal(.malformed, "the header has more than \(CSV.mostColumns) columns")
      }
      let name = bytes(of: try scanner.takeCell())
      guard name.isUTF8 else { throw Refusal(.malformed, "the name of column \(names.count + 1) is not UTF-8") }
      let isKnown = names.contains { $0?.elementsEqual(name) == true }
      names.append(name.isEmpty || isKnown ? nil : name)
    } while scanner.takeSeparator()
    guard names.contains(where: { $0 != nil }) else { throw Refusal(.malformed, "the header names no column") }
    _ = scanner.takeLineEnd()
  }

  private mutating func readLine() throws(Refusal) {
    records.begin()
    let first = records.fields.count
    var column = 0
    var hasMore = false
    repeat {
      let cell = try scanner.takeCell()
      if column < names.count {
        add(cell, at: column)
      } else if !cell.bytes.isEmpty {
        hasMore = true
      }
      column += 1
    } while scanner.takeSeparator()
    _ = scanner.takeLineEnd()
    var hasFewer = false
    for case let name? in names.dropFirst(column) {
      records.add(name, .null)
      hasFewer = true
    }
    if hasMore || hasFewer { records.spoil(first..<records.fields.count, .type) }
  }

  private mutating func add(_ cell: CSVScanner.Cell, at column: Int) {
    guard let name = names[column] else { return }
    let text = bytes(of: cell)
    if text.isEmpty { return records.add(name, .null) }
    let point = format.hasDecimalComma ? UInt8(ascii: ",") : UInt8(ascii: ".")
    if let number = DecimalNumber(text, point: point), number.isJSON {
      let value = number.value
      records.add(name, value, quality: value.isUnheld ? .overflow : .good)
    } else {
      records.add(name, .text(text), quality: cell.isBroken || !text.isUTF8 ? .type : .good)
    }
  }

  /// A cell with its quotes single: where it stands, or kept where there are doubled ones.
  private mutating func bytes(of cell: CSVScanner.Cell) -> UnsafeRawBufferPointer {
    guard cell.hasDoubledQuotes else { return cell.bytes }
    plain.removeAll(keepingCapacity: true)
    cell.appendPlain(to: &plain)
    return records.keep(plain)
  }
}

extension RawValue {
  fileprivate var isUnheld: Bool { if case .unheld = self { true } else { false } }
}

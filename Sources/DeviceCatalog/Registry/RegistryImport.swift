import StrictYAML
import WireFormats

/// What becomes of a registry when a file's rows are added to it.
///
/// Invariants
/// - A row of the file adds a device, or takes the place of the row of the same device. What a column says that the file
///   does not have stays.
/// - Of devices with one code the one that the file named last stands last, and so is the one in use.
/// - `text` can be read without a fault.
public struct RegistryImport {
  public private(set) var added = 0
  public private(set) var replaced = 0
  /// Rows that the registry had already.
  public private(set) var unchanged = 0
  /// The rows that are refused, in the order of the file.
  public private(set) var faults: [RegistryFault] = []
  /// The registry as it becomes.
  public var text: String { (hasByteOrderMark ? "\u{FEFF}" : "") + lines.map { $0 + "\n" }.joined() }

  private let columns: [RegistryColumn]
  private let hasByteOrderMark: Bool
  /// Nil for one that has moved to the end.
  private var rows: [RegistryTable.Row?]
  private var places: [String: Int] = [:]
  /// By code: the last row that has it.
  private var lastOfCode: [String: Int] = [:]
  private let deviceColumn: Int
  private let codeColumn: Int?

  /// - Parameters:
  ///   - file: of the rows, as it is named in errors.
  ///   - registry: as it is; nil where there is none.
  ///   - profiles: the names that there are.
  /// - Throws: for a header that is wrong, and for a registry that is.
  public init(
    _ text: String, file: String, into registry: (text: String, file: String)?, profiles: [String]
  ) throws(YAMLError) {
    let incoming = try RegistryTable(text, file: file, needed: [.device])
    var columns: [RegistryColumn] = [.device, .profile]
    var rows: [RegistryTable.Row] = []
    if let registry {
      _ = try DeviceList(registry.text, file: registry.file, profiles: profiles)
      let table = try RegistryTable(registry.text, file: registry.file, needed: [])
      (columns, rows) = (table.columns, table.rows)
    }
    let former = columns.count
    columns += incoming.columns.filter { !columns.contains($0) }
    for index in rows.indices { rows[index].cells += Array(repeating: "", count: columns.count - former) }
    self.columns = columns
    self.rows = rows
    hasByteOrderMark = (registry?.text ?? text).utf8.starts(with: "\u{FEFF}".utf8)
    deviceColumn = columns.firstIndex(of: .device) ?? 0
    codeColumn = columns.firstIndex(of: .code)
    for (place, row) in rows.enumerated() { note(row, at: place) }
    take(incoming, profiles: profiles)
  }

  private mutating func note(_ row: RegistryTable.Row, at place: Int) {
    places[row.cells[deviceColumn]] = place
    if let code = code(of: row) { lastOfCode[code] = place }
  }

  private func code(of row: RegistryTable.Row) -> String? {
    codeColumn.flatMap { row.cells[$0].isEmpty ? nil : row.cells[$0] }
  }

  // MARK: Rows

  private mutating func take(_ incoming: RegistryTable, profiles: [String]) {
    var reader = DeviceListReader(RegistryTable(file: incoming.file, columns: columns), profiles: profiles)
    let targets = incoming.columns.map { columns.firstIndex(of: $0) ?? 0 }
    let device = incoming.columns.firstIndex(of: .device) ?? 0
    for row in incoming.rows {
      let known = places[row.cells[device]].flatMap { rows[$0] }
      var cells = known?.cells ?? Array(repeating: "", count: columns.count)
      for (cell, target) in zip(row.cells, targets) { cells[target] = cell }
      let merged = RegistryTable.Row(line: row.line, cells: cells)
      if reader.take(merged) { put(merged) }
    }
    faults = (incoming.faults + reader.faults).sorted { $0.line < $1.line }
  }

  private mutating func put(_ row: RegistryTable.Row) {
    guard let place = places[row.cells[deviceColumn]] else {
      added += 1
      return append(row)
    }
    guard rows[place]?.cells != row.cells else { return unchanged += 1 }
    replaced += 1
    if let code = code(of: row), let last = lastOfCode[code], last > place {
      rows[place] = nil
      append(row)
    } else {
      rows[place] = row
      note(row, at: place)
    }
  }

  private mutating func append(_ row: RegistryTable.Row) {
    rows.append(row)
    note(row, at: rows.count - 1)
  }

  // MARK: What is told

  /// Rows that change the registry.
  public var changes: Int { added + replaced }

  /// Devices that it lists then.
  public var deviceCount: Int { places.count }

  private var lines: [String] {
    [CSVLine.text(columns.map(\.name))] + rows.compactMap { $0.map { CSVLine.text($0.cells) } }
  }
}

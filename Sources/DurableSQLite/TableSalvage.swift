import GRDB

/// Copies what can be read of a table in a damaged file.
///
/// From both ends it reads as far as it gets; then it looks into the middle of the gap that is left, and of the largest
/// gap that is left then. So it finds what lies between damaged pages, where the key has numbers; by texts a gap cannot
/// be parted.
public struct TableSalvage {
  private let table: String
  private let columns: String
  /// The key, its first column first. Those before the first text are numbers.
  private let key: [String]
  private let numbers: Int
  private let source: Database
  private let take: (Row) throws -> Void
  /// Looks into the gaps of one range; within one damaged page all are in vain.
  private static let looks = 256
  /// True where something could not be read.
  public private(set) var isIncomplete = false

  /// - Parameters:
  ///   - key: the columns by which the table is ordered.
  ///   - numbers: how many of them, from the first on, are integers.
  ///   - take: gets each row, once or more often.
  public init(
    _ table: String, columns: String = "*", key: [String], numbers: Int, in source: Database,
    take: @escaping (Row) throws -> Void
  ) {
    self.table = table
    self.columns = columns
    self.key = key
    self.numbers = numbers
    self.source = source
    self.take = take
  }

  /// Copies what can be read of a table into the table of the same name in a fresh file.
  ///
  /// - Parameter accepts: false for a row that says what cannot be.
  /// - Returns: whether all of it could be read.
  public static func copy(
    _ table: String, key: [String], numbers: Int, from source: Database, to fresh: Database,
    accepts: @escaping (Row) -> Bool = { _ in true }
  ) throws -> Bool {
    var isComplete = true
    let width = try fresh.columns(in: table).count
    let insert = try fresh.makeStatement(sql: "INSERT OR IGNORE INTO \(table) VALUES (\(places(width)))")
    var salvage = TableSalvage(table, key: key, numbers: numbers, in: source) { row in
      guard accepts(row) else {
        isComplete = false
        return
      }
      try insert.execute(arguments: StatementArguments(row.databaseValues.prefix(width)))
    }
    try salvage.run()
    return isComplete && !salvage.isIncomplete
  }

  /// Copies the only row of a table; where it cannot be read the fresh file keeps what it has.
  ///
  /// - Returns: the row; nil where it cannot be read, or there is none.
  @discardableResult
  public static func copyRow(_ table: String, from source: Database, to fresh: Database) throws -> Row? {
    do {
      guard let row = try Row.fetchOne(source, sql: "SELECT * FROM \(table)") else { return nil }
      try fresh.execute(sql: "DELETE FROM \(table)")
      try fresh.execute(
        sql: "INSERT INTO \(table) VALUES (\(places(row.count)))", arguments: StatementArguments(row.databaseValues))
      return row
    } catch let error as DatabaseError where error.isDamage {
      return nil
    }
  }

  private static func places(_ count: Int) -> String { Array(repeating: "?", count: count).joined(separator: ", ") }

  /// - Throws: what `take` throws, and what is no damage.
  public mutating func run() throws { try run(under: []) }

  /// Copies the rows whose key begins with some numbers.
  private mutating func run(under prefix: [Int64]) throws {
    let from = try scan(under: prefix, isDescending: false)
    guard !from.isWhole else { return }
    isIncomplete = true
    let to = try scan(under: prefix, isDescending: true)
    guard prefix.count < numbers else { return }
    // Within the last number that was reached there may be more.
    let first = from.last ?? min(to.last ?? 0, 0) - 1 << 40
    let last = to.last ?? max(first, 0) + 1 << 40
    var gaps = first <= last ? [first...last] : []
    for _ in 0..<Self.looks {
      guard let largest = gaps.indices.max(by: { gaps[$0].count < gaps[$1].count }) else { return }
      let gap = gaps.remove(at: largest)
      if gap.lowerBound == gap.upperBound {
        if prefix.count + 1 < numbers { try run(under: prefix + [gap.lowerBound]) }
        continue
      }
      let middle = gap.lowerBound + (gap.upperBound - gap.lowerBound) / 2
      let up = try scan(under: prefix, from: middle + 1, to: gap.upperBound, isDescending: false)
      let down = try scan(under: prefix, from: gap.lowerBound, to: middle, isDescending: true)
      if !down.isWhole { gaps.append(gap.lowerBound...min(middle, down.last ?? middle)) }
      if !up.isWhole { gaps.append(max(middle + 1, up.last ?? middle + 1)...gap.upperBound) }
    }
  }

  /// Reads in the order of the key until it ends or cannot be read.
  ///
  /// - Returns: whether it came to the end, and the number that was reached.
  private func scan(
    under prefix: [Int64], from: Int64? = nil, to: Int64? = nil, isDescending: Bool
  ) throws -> (isWhole: Bool, last: Int64?) {
    var conditions = zip(key, prefix).map { "\($0) = \($1)" }
    let column = prefix.count < key.count ? key[prefix.count] : nil
    if let column, let from { conditions.append("\(column) >= \(from)") }
    if let column, let to { conditions.append("\(column) <= \(to)") }
    let order = key.map { "\($0) \(isDescending ? "DESC" : "ASC")" }.joined(separator: ", ")
    let place = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
    let reached = prefix.count < numbers ? ", \(key[prefix.count]) AS reached" : ""
    var last: Int64?
    do {
      let rows = try Row.fetchCursor(
        source, sql: "SELECT \(columns)\(reached) FROM \(table) \(place) ORDER BY \(order)")
      while let row = try rows.next() {
        if prefix.count < numbers { last = row["reached"] }
        try take(row)
      }
      return (true, last)
    } catch let error as DatabaseError where error.isDamage {
      return (false, last)
    }
  }
}

extension DatabaseError {
  /// Says that the file is not what was written.
  public var isDamage: Bool {
    extendedResultCode == .SQLITE_IOERR_DATA || [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(resultCode)
  }
}

import Telemetry

/// Tables in text: `time,flow` and below it `2026-11-21T08:00:00Z,12.5`, one record a line.
///
/// Source: RFC 4180. A cell in double quotes may hold separators and line ends; a quote in it is written twice. Beyond
/// it: lines end in LF, CR LF, CR or with the payload; empty lines and a byte order mark are let go.
///
/// A record's fields
/// - One for each column, under its name, in the order of the columns; their time is unknown, since a table says itself
///   which of its columns is one.
/// - A cell that is a number as JSON writes it (RFC 8259, section 6) is a whole number or a double, `null` where it is
///   empty, and a text else. Quotes make no difference: many writers put them around everything. So `007` is a text.
/// - Columns without a name are let go, and those with the name of one before them.
///
/// What a bad line does
/// - A number that 64 bits do not hold costs itself: quality `overflow`. So does a text that is not UTF-8, and one with
///   a quote in it that does not begin the cell: quality `type`.
/// - A line with fewer or more cells than there are columns costs all of its own fields, quality `type`: a separator
///   that is not quoted, or a value that was left out, shifts what stands behind it, and nobody knows where. What it
///   lacks is null. Empty cells behind the last column are let go, and columns without a name at the end need no cells:
///   some writers end lines, or only the header, with a separator.
/// - A quoted cell that does not end, or that anything but a separator follows, refuses the message: the other lines
///   could be parts of it. So does a header that is missing, is not UTF-8, or names nothing.
public struct CSV: WireFormat {
  /// Where the names of the columns are from.
  public enum Columns: Equatable, Sendable {
    /// The first line that is not empty.
    case header
    /// All lines are data. A column with an empty name is let go.
    case named([String])
  }

  /// What is wrong with options.
  public struct Malformed: Error, Equatable {
    public let message: String
  }

  /// The columns that a table may have.
  public static let mostColumns = 1024

  public let separator: UInt8
  public let columns: Columns
  /// Numbers have a comma for their point: `1,5`. With a comma as separator they stand in quotes.
  public let hasDecimalComma: Bool
  /// Blanks and tabs around cells and names are let go, but for those in quotes. RFC 4180 has them as part of a cell.
  public let trimsBlanks: Bool
  /// So many lines at the beginning, such as a title, are let go.
  public let skippedLines: Int

  /// A table as RFC 4180 has it, with a header.
  public init() {
    separator = UInt8(ascii: ",")
    columns = .header
    hasDecimalComma = false
    trimsBlanks = false
    skippedLines = 0
  }

  /// - Parameter separator: an ASCII character that stands in no number and no name: no letter, digit, sign, point,
  ///   quote or line end.
  public init(
    separator: UInt8 = UInt8(ascii: ","), columns: Columns = .header, hasDecimalComma: Bool = false,
    trimsBlanks: Bool = false, skippedLines: Int = 0
  ) throws(Malformed) {
    guard separator < 0x80, !"\"\r\n+-.".utf8.contains(separator), !Character(Unicode.Scalar(separator)).isLetterOrDigit
    else { throw Malformed(message: "the byte \(separator) cannot separate cells") }
    if case .named(let names) = columns, let problem = CSV.problem(with: names) { throw Malformed(message: problem) }
    self.separator = separator
    self.columns = columns
    self.hasDecimalComma = hasDecimalComma
    self.trimsBlanks = trimsBlanks
    self.skippedLines = skippedLines
  }

  private static func problem(with names: [String]) -> String? {
    guard names.contains(where: { !$0.isEmpty }) else { return "no column has a name" }
    guard names.count <= mostColumns else { return "\(names.count) columns are more than \(mostColumns)" }
    var seen: Set<String> = []
    return names.first { !$0.isEmpty && !seen.insert($0).inserted }.map { "the column '\($0)' stands twice" }
  }

  public func read(_ payload: UnsafeRawBufferPointer, into records: FieldRecords) -> Refusal? {
    guard payload.count > 0 else { return Refusal(.empty, "the payload is empty") }
    var reader = CSVReader(payload, format: self, into: records)
    do {
      try reader.readTable()
      return nil
    } catch {
      return error
    }
  }
}

extension Character {
  fileprivate var isLetterOrDigit: Bool { isLetter || isNumber }
}

import StrictYAML

/// What is wrong with a row of a registry.
public struct RegistryFault: Error, Equatable, Sendable, CustomStringConvertible {
  public let file: String
  /// Of the row, from 1.
  public let line: Int
  /// By its name; nil where it is the row as a whole.
  public let column: String?
  /// What stands there, and what was expected.
  public let message: String

  /// `file:line: column: message`
  public var description: String { "\(file):\(line): \(column.map { "\($0): " } ?? "")\(message)" }
}

extension YAMLError {
  /// Wrong rows that are told one by one; of the others there is only their number.
  private static let faultsTold = 10

  /// A registry that is refused for its rows, of which one at least is wrong: how many are, and beneath it the first.
  ///
  /// - Parameter rows: how many the file has.
  init(_ faults: [RegistryFault], rows: Int) {
    let told = faults.prefix(Self.faultsTold).map { "\n  \($0)" }.joined()
    let verb = faults.count == 1 ? "is" : "are"
    self.init(
      file: faults[0].file, line: faults[0].line, column: 1, path: "",
      message: "\(faults.count) of \(counted(rows, "row")) \(verb) wrong, and none is taken:\(told)")
  }
}

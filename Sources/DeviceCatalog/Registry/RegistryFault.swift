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

  /// A registry that is refused for its rows; one at least.
  ///
  /// - Parameter rows: how many the file has.
  init(_ faults: [RegistryFault], rows: Int) {
    let others = faults.dropFirst().prefix(Self.faultsTold - 1).map { "\n\($0)" }.joined()
    self.init(
      file: faults[0].file, line: faults[0].line, column: 1, path: faults[0].column ?? "",
      message: "\(faults[0].message)\(others)\n\(faults.count) of \(rows) rows are wrong, and none is taken")
  }
}

import GRDB

/// Why the store cannot go on.
public enum StoreError: Error, Sendable, CustomStringConvertible {
  /// No room on the disk; the checkpoint can be tried again.
  case full(String)
  /// The disk failed. Never to be tried again.
  case inputOutput(String)
  /// The file is no store that this version can use, or cannot be opened.
  case unusable(String)

  public var description: String {
    switch self {
    case .full(let detail), .inputOutput(let detail), .unusable(let detail): detail
    }
  }

  init(_ error: any Error, file: String, doing: String) {
    guard let error = error as? DatabaseError else {
      self = .inputOutput("\(file): \(doing): \(error)")
      return
    }
    let detail = "\(file): \(doing): \(error.message ?? "SQLite error") (\(error.extendedResultCode.rawValue))"
    switch error.resultCode {
    case .SQLITE_FULL: self = .full(detail)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_CANTOPEN: self = .unusable(detail)
    default: self = .inputOutput(detail)
    }
  }
}

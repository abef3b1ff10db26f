import GRDB

/// Why the journal cannot go on.
public enum JournalError: Error, Sendable, CustomStringConvertible {
  /// No room on the disk; what was refused can be tried again.
  case full(String)
  /// The disk failed. Never to be tried again: after a failed sync nobody knows what is on the disk.
  case inputOutput(String)
  /// The file is not a whole journal of this version.
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
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .unusable(detail)
    default: self = .inputOutput(detail)
    }
  }
}

import GRDB

/// Why a database file cannot be relied on.
public enum DatabaseFailure: Error, Sendable, CustomStringConvertible {
  /// No room on the disk; what was refused can be tried again.
  case full(String)
  /// The disk failed. Never to be tried again: after a failed sync nobody knows what is on the disk.
  case inputOutput(String)
  /// The file is not what was written. `ganglion verify --repair` saves what is whole.
  case damaged(String)
  /// The file cannot be opened, or is of another version.
  case unusable(String)
  /// The configuration asks for something else than the file was made for.
  case contradicted(String)

  /// One line: the file, what was being done, and what SQLite says.
  public var description: String {
    if case .damaged = self { "\(sentence); `ganglion verify --repair` saves what is whole" } else { sentence }
  }

  /// What is wrong, without what to do.
  public var sentence: String {
    switch self {
    case .full(let detail), .inputOutput(let detail), .damaged(let detail), .unusable(let detail),
      .contradicted(let detail):
      detail
    }
  }

  /// The call to the system that failed, where SQLite says.
  private static func call(_ code: ResultCode) -> String? {
    switch code {
    case .SQLITE_IOERR_READ, .SQLITE_IOERR_SHORT_READ: "read"
    case .SQLITE_IOERR_WRITE: "write"
    case .SQLITE_IOERR_FSYNC: "fsync"
    case .SQLITE_IOERR_DIR_FSYNC: "fsync of the directory"
    case .SQLITE_IOERR_TRUNCATE: "truncate"
    case .SQLITE_IOERR_FSTAT: "stat"
    case .SQLITE_IOERR_DELETE: "delete"
    case .SQLITE_IOERR_SHMOPEN, .SQLITE_IOERR_SHMMAP: "opening the -shm file"
    default: nil
    }
  }

  /// - Parameters:
  ///   - error: as GRDB threw it; one of this type stays as it is.
  ///   - doing: what was being done with the file.
  public init(_ error: any Error, file: String, doing: String) {
    if let failure = error as? DatabaseFailure {
      self = failure
      return
    }
    guard let error = error as? DatabaseError else {
      self = .inputOutput("\(file): \(doing): \(error)")
      return
    }
    let code = error.extendedResultCode
    let call = Self.call(code).map { " in \($0)" } ?? ""
    let detail = "\(file): \(doing): \(error.message ?? "SQLite error")\(call) (\(code.rawValue))"
    switch error.resultCode {
    // The shared memory file grows with the WAL, on the same disk.
    case _ where error.extendedResultCode == .SQLITE_IOERR_SHMSIZE: self = .full(detail)
    case .SQLITE_FULL: self = .full(detail)
    case _ where code == .SQLITE_IOERR_DATA:
      let place = CheckedPages.lastDamaged().map { "\($0.path): page \($0.page)" } ?? file
      self = .damaged("\(place): the checksum does not fit, found when \(doing)")
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(detail)
    case .SQLITE_CANTOPEN: self = .unusable(detail)
    default: self = .inputOutput(detail)
    }
  }
}

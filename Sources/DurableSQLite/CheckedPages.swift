import CSQLite
import Foundation
import GRDB

/// Database files whose every page has a checksum, so that what a disk has changed is found and never counted.
///
/// Files that were made without, and copies of them, are read as they are.
public enum CheckedPages {
  /// A page that is not what was written.
  public struct Fault: Equatable, Sendable, CustomStringConvertible {
    public let path: String
    /// From 1.
    public let page: Int64
    public let pageBytes: Int64

    public var description: String {
      "\(path): page \(page), bytes \((page - 1) * pageBytes) to \(page * pageBytes - 1): the checksum does not fit"
    }
  }

  private static let isInstalled: Bool = csqlite_install_checked_pages() == 0

  /// The name under which SQLite opens a file with its checksums.
  public static func name(of path: String) -> String {
    precondition(isInstalled, "SQLite takes no VFS")
    var allowed = CharacterSet.urlPathAllowed
    allowed.remove(charactersIn: "?#%;")
    let escaped = path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path
    return "file:\(escaped)?vfs=\(CSQLITE_CHECKED_PAGES)"
  }

  /// To be called before anything is written into a new file.
  static func reserve(in db: Database) throws {
    let code = csqlite_reserve_checksums(UnsafeMutableRawPointer(db.sqliteConnection))
    guard code == 0 else { throw DatabaseError(resultCode: ResultCode(rawValue: code), message: "reserving checksums") }
  }

  /// Reads every page of the file of a connection, in a transaction that has read something, and every frame of its WAL.
  ///
  /// - Parameter limit: the most faults that are told.
  /// - Returns: sentences.
  public static func faults(of db: Database, path: String, limit: Int) throws -> [String] {
    var faults: [String] = []
    let connection = UnsafeMutableRawPointer(db.sqliteConnection)
    var page: Int64 = 0
    var pageBytes: Int32 = 0
    while faults.count < limit {
      let code = csqlite_find_damaged_page(connection, &page, &pageBytes)
      guard code == 0 else { throw DatabaseError(resultCode: ResultCode(rawValue: code), message: "reading all pages") }
      guard page > 0 else { break }
      faults.append(Fault(path: path, page: page, pageBytes: Int64(pageBytes)).description)
    }
    if let fault = try WriteAheadLog.fault(of: db, path: path) { faults.append(fault) }
    return faults
  }

  /// The page that was found damaged last, for the message of an error.
  static func lastDamaged() -> (path: String, page: Int64)? {
    var path = [CChar](repeating: 0, count: 1024)
    let page = csqlite_last_damaged_page(&path, Int32(path.count))
    return page > 0 ? (path.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }, page) : nil
  }
}

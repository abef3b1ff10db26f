import Foundation
import GRDB

/// Copies of database files that are whole or not there.
public enum DatabaseCopy {
  /// Copies a database as it is at one moment.
  ///
  /// - Parameters:
  ///   - path: of the database, for errors.
  ///   - destination: appears once the copy is whole and on the disk; what was there is replaced.
  /// - Throws: `DatabaseFailure`.
  public static func make(
    of database: some DatabaseReader, path: String, at destination: String
  ) throws(DatabaseFailure) {
    let unfinished = destination + ".unfinished"
    do {
      try? FileManager.default.removeItem(atPath: unfinished)
      defer { for suffix in ["", "-journal", "-wal", "-shm"] { unlink(unfinished + suffix) } }
      let copy = try DatabaseQueue(path: CheckedPages.name(of: unfinished))
      try database.backup(to: copy)
      try copy.close()
      let file = try FileHandle(forUpdating: URL(fileURLWithPath: unfinished))
      try file.synchronize()
      try file.close()
      FaultPoint.copyMade.reached()
      guard rename(unfinished, destination) == 0 else {
        throw DatabaseFailure.inputOutput("\(destination): \(String(cString: strerror(errno)))")
      }
      try syncDirectory(of: destination)
    } catch {
      throw DatabaseFailure(error, file: path, doing: "copying to \(destination)")
    }
  }

  /// The name of a file is on the disk once its directory is.
  ///
  /// - Throws: `DatabaseFailure.inputOutput`
  public static func syncDirectory(of file: String) throws(DatabaseFailure) {
    let directory = URL(fileURLWithPath: file).deletingLastPathComponent().path
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY)
    guard descriptor >= 0 else {
      throw DatabaseFailure.inputOutput("\(directory): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else {
      throw DatabaseFailure.inputOutput("\(directory): \(String(cString: strerror(errno)))")
    }
  }
}

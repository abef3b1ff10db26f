import DurableSQLite
import Foundation
import Glibc

/// Files that are at all times either what they were or what they become.
enum AtomicFile {
  /// Puts a text in a file's place, synced to the disk. Owner and mode stay; a new file has the group of its directory.
  ///
  /// - Parameter mode: of a new file.
  /// - Throws: `DatabaseFailure.inputOutput`; then the file is what it was.
  static func replace(_ path: String, with text: String, mode: mode_t = 0o644) throws(DatabaseFailure) {
    let unfinished = "\(path).\(getpid()).unfinished"
    defer { unlink(unfinished) }
    let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    copyOwner(of: path, to: descriptor)
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure(path) }
      bytes = bytes.dropFirst(count)
    }
    guard fsync(descriptor) == 0, rename(unfinished, path) == 0 else { throw failure(path) }
    try DatabaseCopy.syncDirectory(of: path)
  }

  /// As far as the user may: who reads the file now reads the next one too.
  private static func copyOwner(of path: String, to descriptor: Int32) {
    var former = stat()
    if stat(path, &former) == 0 {
      _ = fchown(descriptor, former.st_uid, former.st_gid)
      _ = fchmod(descriptor, former.st_mode & 0o777)
    } else if stat(URL(fileURLWithPath: path).deletingLastPathComponent().path, &former) == 0 {
      _ = fchown(descriptor, getuid(), former.st_gid)
    }
  }

  private static func failure(_ path: String) -> DatabaseFailure {
    .inputOutput("\(path): cannot be written: \(String(cString: strerror(errno)))")
  }
}

import Foundation
import Glibc
import Simulator

/// A small file system of its own, in memory, that can be filled.
final class SmallDisk: Sendable {
  let path: String

  struct Failure: Error {
    let doing: String
  }

  static var canBeMade: Bool { getuid() == 0 }

  /// - Parameter path: an empty directory.
  init(at path: String, mebibytes: Int) throws {
    self.path = path
    try Self.mount(["-t", "tmpfs", "-o", "size=\(mebibytes)m", "tmpfs", path])
  }

  deinit {
    // Lazily: a process of the test may be about to end.
    _ = try? ChildProcess("/bin/umount", ["-l", path]).wait(atMost: .seconds(10))
  }

  func resize(mebibytes: Int) throws {
    try Self.mount(["-o", "remount,size=\(mebibytes)m", path])
  }

  private static func mount(_ arguments: [String]) throws {
    guard try ChildProcess("/bin/mount", arguments).wait(atMost: .seconds(10)) == .exited(0) else {
      throw Failure(doing: "mount \(arguments)")
    }
  }

  /// Takes all the room that is left.
  func fill() throws {
    let file = open("\(path)/filler", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    guard file >= 0 else { throw Failure(doing: "opening the filler") }
    defer { close(file) }
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    for size in [1 << 20, 4096, 1] {
      while write(file, zeros, size) > 0 {}
    }
    guard errno == ENOSPC else { throw Failure(doing: "filling: \(String(cString: strerror(errno)))") }
  }

  /// Gives it back.
  func empty() { unlink("\(path)/filler") }
}

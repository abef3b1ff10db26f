import Foundation
import Glibc

/// The directory of `journal.db` and `store.db`, held by one gateway at a time.
public final class DataDirectory: Sendable {
  let path: String
  private let lock: Int32

  /// Makes the directory where it is missing, and takes its lock, which ends with the process.
  init(_ configuration: GatewayConfiguration) throws(GatewayFailure) {
    path = configuration.data
    let file = configuration.file.map { "\($0): " } ?? ""
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
    } catch {
      let reason = (error as NSError).localizedFailureReason ?? error.localizedDescription
      throw GatewayFailure(
        .configuration,
        "\(file)the directory '\(path)' cannot be made: \(reason); set 'data' to one that this user may write")
    }
    lock = try Self.lock(path, file)
  }

  /// Takes the lock of a directory that is there.
  init(existing path: String) throws(GatewayFailure) {
    self.path = path
    guard FileManager.default.fileExists(atPath: path) else {
      throw GatewayFailure(.unavailable, "\(path): there is no such directory")
    }
    lock = try Self.lock(path, "")
  }

  /// A gateway, or a command that writes, holds the directory.
  ///
  /// - Throws: where this user may not know.
  public static func isHeld(_ path: String) throws(GatewayFailure) -> Bool {
    let lock = open("\(path)/lock", O_RDONLY | O_CLOEXEC)
    guard lock >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return false }
      throw GatewayFailure(
        .unavailable,
        "\(path)/lock: cannot be read: \(String(cString: strerror(errno))); call this as the gateway's user, or ask the gateway that runs with --url"
      )
    }
    defer { close(lock) }
    return flock(lock, LOCK_SH | LOCK_NB) != 0
  }

  private static func lock(_ path: String, _ file: String) throws(GatewayFailure) -> Int32 {
    let lock = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
    guard lock >= 0 else {
      throw GatewayFailure(
        .configuration,
        "\(file)'\(path)/lock' cannot be written: \(String(cString: strerror(errno))); set 'data' to a directory that this user may write"
      )
    }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw GatewayFailure(.unavailable, "the directory '\(path)' is in use by a running gateway")
    }
    return lock
  }

  deinit {
    close(lock)
  }
}

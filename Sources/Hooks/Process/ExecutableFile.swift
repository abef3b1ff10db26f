import Glibc

/// The file of a program as it was at one moment, to say why it does not start, or whether it was changed while it ran.
struct ExecutableFile: Equatable {
  private struct Identity: Equatable {
    let device: UInt64
    let inode: UInt64
    let bytes: Int64
    let changedSecond: Int
    let changedNanosecond: Int
  }

  let path: String
  private let identity: Identity?
  private let isDirectory: Bool

  init(_ path: String) {
    self.path = path
    var status = stat()
    guard stat(path, &status) == 0 else {
      identity = nil
      isDirectory = false
      return
    }
    identity = Identity(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino), bytes: Int64(status.st_size),
      changedSecond: status.st_mtim.tv_sec, changedNanosecond: status.st_mtim.tv_nsec)
    isDirectory = status.st_mode & S_IFMT == S_IFDIR
  }

  /// What has become of it since; nil where it is the same.
  ///
  /// A program that is kept open while it runs, as scripts are, may do anything once its file was written to.
  var changeSince: HookFailure.Reason? {
    let now = ExecutableFile(path)
    if now.identity == nil { return .removed }
    return now == self ? nil : .changed
  }

  /// Why the system did not execute it.
  ///
  /// - Parameter number: of the error.
  func failure(_ number: Int32) -> HookFailure {
    switch number {
    case ENOENT where identity != nil:
      HookFailure(.interpreter, "the interpreter that the first line of \(path) names does not exist", .failed)
    case ENOENT, ENOTDIR: HookFailure(.missing, "\(path) does not exist", .failed)
    case EACCES where isDirectory: HookFailure(.directory, "\(path) is a directory", .failed)
    case EACCES where access(path, X_OK) != 0:
      HookFailure(.permission, "\(path) is not executable for the gateway's user: \(Self.text(number))", .failed)
    case EACCES, EPERM: HookFailure(.permission, "\(path) must not be executed: \(Self.text(number))", .failed)
    case ENOEXEC:
      HookFailure(.format, "\(path) is no program of this machine, and its first line does not begin with #!", .failed)
    case ETXTBSY: HookFailure(.busy, "\(path) is being written", .away)
    case E2BIG: HookFailure(.arguments, "the arguments of \(path) are too long", .final)
    case EAGAIN, ENOMEM, EMFILE, ENFILE:
      HookFailure(.resources, "\(path) was not started, for the system has no room: \(Self.text(number))", .away)
    default: HookFailure(.start, "\(path) was not started: \(Self.text(number))", .failed)
    }
  }

  private static func text(_ number: Int32) -> String { String(cString: strerror(number)) }
}

import CLinux
import Glibc

/// A program of a hook that was started, with its process group and its output.
///
/// Invariants
/// - It is reaped by `reap` alone, and not before the group was killed: until then no other process and no other group
///   gets its number.
/// - No descriptor of it is inherited by another process.
///
/// Why not swift-subprocess: its version 1.0.2 ends the whole process where a program does not read its standard input
/// (`FileDescriptor was not closed`, fatal), and leaves what is left of the group alone once the leader has ended, so
/// that a child that ignores TERM, or that an exiting script leaves behind, lives on. Both were tried.
struct HookProcess: ~Copyable {
  let group: pid_t
  /// Readable once the leader has ended.
  let descriptor: Int32
  /// Standard output and error; never blocks. -1 once it was closed.
  private(set) var output: Int32

  /// - Parameters:
  ///   - environment: as `NAME=value`.
  ///   - input: what stands in standard input.
  /// - Throws: the failure; nothing runs then.
  init(_ file: ExecutableFile, _ arguments: [String], environment: [String], input: [UInt8]) throws(HookFailure) {
    // A file and no pipe: nobody has to write while the program reads, or does not.
    let event = input.withUnsafeBytes { linux_sealed_file($0.baseAddress, UInt64($0.count)) }
    guard event >= 0 else { throw file.failure(errno) }
    defer { close(event) }
    var ends: [Int32] = [-1, -1]
    let reason = linux_pipe(&ends)
    guard reason == 0 else { throw file.failure(reason) }
    defer { close(ends[1]) }
    var process: Int32 = 0
    let started = Self.withWords(arguments) { arguments in
      Self.withWords(environment) { linux_spawn(file.path, arguments, $0, event, ends[1], &process) }
    }
    guard started == 0 else {
      close(ends[0])
      throw file.failure(started)
    }
    let descriptor = linux_process_descriptor(process)
    guard descriptor >= 0 else {
      let reason = errno
      kill(-process, SIGKILL)
      waitpid(process, nil, 0)
      close(ends[0])
      throw file.failure(reason)
    }
    group = process
    self.descriptor = descriptor
    output = ends[0]
  }

  deinit {
    close(descriptor)
    if output >= 0 { close(output) }
  }

  private static func withWords<Result>(
    _ words: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let copies: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { copies.forEach { free($0) } }
    return copies.withUnsafeBufferPointer { body($0.baseAddress!) }
  }

  func signal(_ number: Int32) { kill(-group, number) }

  enum Read {
    case bytes(Int)
    case nothingYet
    case end
  }

  mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Read {
    guard output >= 0 else { return .end }
    let count = Glibc.read(output, buffer.baseAddress, buffer.count)
    if count > 0 { return .bytes(count) }
    if count < 0, errno == EAGAIN || errno == EINTR { return .nothingYet }
    close(output)
    output = -1
    return .end
  }

  enum Ending: Equatable {
    case exited(Int32)
    case signalled(Int32)
  }

  /// To be called once the leader has ended and its group was killed.
  consuming func reap() -> Ending {
    var status: Int32 = 0
    while waitpid(group, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
  }
}

import Foundation
import Glibc

/// A process that the demo, the bench or a test starts, and ends.
///
/// It is spawned with no signal blocked and none ignored: Foundation's Process lets a child inherit the mask of the
/// thread that starts it, and then SIGTERM does not reach it.
public final class ChildProcess: @unchecked Sendable {
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// How a process ended.
  public enum Ending: Equatable, Sendable {
    case exited(Int32)
    case signalled(Int32)
  }

  public let processID: pid_t
  private let lock = NSLock()
  private var ending: Ending?

  /// Starts a program with an empty standard input.
  ///
  /// - Parameters:
  ///   - output: a file for standard output.
  ///   - errors: a file for standard error; nil: that of this process.
  ///   - environment: variables beside those of this process.
  public init(
    _ executable: String, _ arguments: [String], output: String = "/dev/null", errors: String? = "/dev/null",
    environment: [String: String] = [:]
  ) throws(Failure) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    if let errors { posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o644) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    // A group of its own: Ctrl-C in a terminal goes to the whole group of the one who started it.
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setflags(&attributes, Int16(flags))
    var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    let inherited = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var variables: [UnsafeMutablePointer<CChar>?] = inherited.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { variables.forEach { free($0) } }
    var spawned: pid_t = 0
    let code = posix_spawn(&spawned, executable, &actions, &attributes, &words, &variables)
    guard code == 0 else { throw Failure(description: "\(executable): \(String(cString: strerror(code)))") }
    processID = spawned
  }

  public var isRunning: Bool { poll() == nil }

  /// Sends a signal where the process still runs.
  public func send(_ signal: Int32) {
    lock.withLock {
      if ending == nil { kill(processID, signal) }
    }
  }

  /// How it ended; nil while it runs.
  public func poll() -> Ending? {
    lock.withLock {
      if ending != nil { return ending }
      var status: Int32 = 0
      guard waitpid(processID, &status, WNOHANG) == processID else { return nil }
      let signal = status & 0x7F
      ending = signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
      return ending
    }
  }

  /// Waits for the end; kills the process at the deadline.
  @discardableResult
  public func wait(atMost limit: Duration) -> Ending {
    let deadline = ContinuousClock.now + limit
    while true {
      if let ending = poll() { return ending }
      if ContinuousClock.now >= deadline { send(SIGKILL) }
      usleep(2000)
    }
  }

  /// SIGTERM, and SIGKILL where that does not help within a while.
  @discardableResult
  public func terminate(within limit: Duration = .seconds(10)) -> Ending {
    send(SIGTERM)
    return wait(atMost: limit)
  }
}

import Alerting
import Foundation
import Glibc
import Telemetry

/// Runs programs of hooks, without a shell.
///
/// A program is the leader of a process group of its own, in `/`, with the call's document as standard input, and an
/// environment of `PATH`, `LANG` and variables that begin with `GANGLION_`. It has no other descriptor than the three
/// standard ones, and no signal is blocked or ignored. Exit status 0 is done; 75, which sysexits.h calls `EX_TEMPFAIL`,
/// says that it is to be tried again for as long as the hook's patience lasts; any other uses a retry up.
///
/// What it has started ends with it, whether it is in the group or not, as long as it carries the environment on. Not
/// covered: a process that leaves the group with an environment of its own choice, what another service starts for it
/// (at, systemd-run), and what runs when the gateway itself is killed; under systemd these end with the unit's control
/// group. One that the kernel cannot end, since its disk or server does not answer, keeps its place among the hook's
/// concurrent tries until it ends.
///
/// Each run has a thread of its own, none of Swift's.
public struct ProcessRunner: Sendable {
  /// Between TERM and KILL.
  public var grace: Duration
  /// The same, where the gateway stops.
  public var stopGrace: Duration

  static let variablesPrefix = "GANGLION_"
  /// Of one variable's value; the rest is cut off.
  static let mostValueBytes = 4096
  private static let stackBytes = 512 << 10
  /// `EX_TEMPFAIL` of sysexits.h.
  private static let notNowStatus: Int32 = 75

  public init(grace: Duration = .seconds(2), stopGrace: Duration = .milliseconds(500)) {
    self.grace = grace
    self.stopGrace = stopGrace
  }

  /// Runs until the program has ended; the task's cancellation ends it with TERM, and KILL after `stopGrace`.
  ///
  /// - Parameter command: an absolute path, and arguments.
  public func run(_ command: [String], _ call: HookCall, limit: Duration) async -> HookOutcome {
    let startedAt = ContinuousClock.now
    let mark = "GANGLION_RUN=\(UUID().uuidString)"
    let run = ProcessRun(
      command: command, environment: Self.environment(call), mark: mark, input: call.document, limit: limit,
      grace: grace, stopGrace: stopGrace)
    let bell = StopBell()
    let (result, output) = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let thread = Thread { continuation.resume(returning: Self.result(run, bell)) }
        thread.stackSize = Self.stackBytes
        thread.name = "hook"
        thread.start()
      }
    } onCancel: {
      bell.ring()
    }
    return HookOutcome(result, duration: .now - startedAt, output: output)
  }

  private static func environment(_ call: HookCall) -> [String] {
    let given = call.variables.filter { name, _ in
      name.hasPrefix(variablesPrefix) && !name.utf8.contains(UInt8(ascii: "=")) && !name.utf8.contains(0)
    }
    let ours = ["GANGLION_CALL_ID": call.id, "GANGLION_ATTEMPT": String(call.tries.made + 1)]
    let all = given.merging(ours) { $1 }.sorted { $0.key < $1.key }
    return ["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"] + all.map { "\($0.key)=\(value($0.value))" }
  }

  private static func value(_ text: String) -> String {
    let clean = text.replacing("\0", with: "\u{FFFD}")
    return clean.utf8.count <= mostValueBytes
      ? clean : String(decoding: clean.utf8.prefix(mostValueBytes), as: UTF8.self)
  }

  // MARK: What came of it

  private static func result(_ run: ProcessRun, _ bell: StopBell) -> (HookOutcome.Result, [UInt8]) {
    if let problem = HookDeclaration(name: "", action: .exec(run.command)).problem {
      return (.failed(HookFailure(.declaration, problem, .final)), [])
    }
    let file = ExecutableFile(run.command[0])
    do {
      let (end, output) = try run.run(file, until: bell)
      return (result(end, file, limit: run.limit), output)
    } catch {
      return (.failed(error), [])
    }
  }

  private static func result(_ end: ProcessRun.End, _ file: ExecutableFile, limit: Duration) -> HookOutcome.Result {
    let name = file.path
    switch end {
    case .exited(0): return .done
    case .stopped: return .interrupted
    case .exited(notNowStatus):
      return .failed(HookFailure(.exit, "\(name) exited with \(notNowStatus): not now", .away))
    case .exited(let status): return .failed(failure(.exit, "\(name) exited with \(status)", file))
    case .signalled(let signal):
      return .failed(
        failure(.signal, "\(name) was ended by signal \(signal) (\(String(cString: strsignal(signal))))", file))
    case .timedOut(let needsKill):
      let how = needsKill ? "; it did not end at TERM, and was killed" : ""
      return .failed(failure(.timeout, "\(name) was not done after \(limit.text)\(how)", file))
    }
  }

  private static func failure(
    _ reason: HookFailure.Reason, _ sentence: String, _ file: ExecutableFile
  ) -> HookFailure {
    switch file.changeSince {
    case .removed: HookFailure(.removed, "\(sentence); its file was removed while it ran", .failed)
    case .some: HookFailure(.changed, "\(sentence); its file was changed while it ran", .failed)
    case nil: HookFailure(reason, sentence, .failed)
    }
  }
}

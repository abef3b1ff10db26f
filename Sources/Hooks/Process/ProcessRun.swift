import CLinux
import Glibc
import Telemetry

/// One run of a program, on the thread that calls: from its start to the end of all that it started.
///
/// Invariants
/// - TERM goes to the process group at the time limit or when the bell rings, KILL after the grace. When the leader has
///   ended, by itself too, KILL goes to what is left of the group and to marked processes outside of it.
/// - Nobody waits for the output: a process that keeps the pipe open holds nothing up.
/// - Memory does not grow with the output. From `floodBytes` on the thread reads behind everything else, which slows
///   the writer down, not the gateway.
struct ProcessRun {
  enum End: Equatable {
    case exited(Int32)
    case signalled(Int32)
    case timedOut(needsKill: Bool)
    case stopped
  }

  let command: [String]
  let environment: [String]
  /// In the environment; of no other run.
  let mark: String
  let input: [UInt8]
  let limit: Duration
  let grace: Duration
  let stopGrace: Duration

  private static let floodBytes = 1 << 20
  private static let pieceBytes = 64 << 10

  private enum Phase {
    case running
    case terminating(isStop: Bool)
    case killed(isStop: Bool)
  }

  /// - Throws: the failure to start it.
  func run(_ file: ExecutableFile, until bell: StopBell) throws(HookFailure) -> (end: End, output: [UInt8]) {
    let startedAt = ContinuousClock.now
    let marked = MarkedProcesses(mark)
    var process = try HookProcess(file, command, environment: environment + [mark], input: input)
    var output = OutputTail()
    var readBytes = 0
    var phase = Phase.running
    var deadline: ContinuousClock.Instant? = startedAt + limit
    while true {
      let seen = wait(for: process, bell: isStopping(phase) ? -1 : bell.descriptor, until: deadline)
      if seen.output {
        let count = Self.take(&process, &output)
        if readBytes < Self.floodBytes, readBytes + count >= Self.floodBytes { Self.stepBack() }
        readBytes += count
      }
      if seen.end { break }
      if seen.bell {
        if case .running = phase { process.signal(SIGTERM) }
        phase = .terminating(isStop: true)
        deadline = .now + stopGrace
      } else if let over = deadline, over <= .now {
        switch phase {
        case .running:
          process.signal(SIGTERM)
          phase = .terminating(isStop: false)
          deadline = .now + grace
        case .terminating(let isStop):
          process.signal(SIGKILL)
          phase = .killed(isStop: isStop)
          deadline = nil
        case .killed: deadline = nil
        }
      }
    }
    process.signal(SIGKILL)
    marked.end(behind: process.group)
    // What was written before the end is still in the pipe, and who still writes has no more than this.
    var pieces = 16
    while pieces > 0, Self.take(&process, &output) > 0 { pieces -= 1 }
    let bytes = output.bytes
    return (Self.end(process.reap(), phase), bytes)
  }

  private func isStopping(_ phase: Phase) -> Bool {
    switch phase {
    case .running, .terminating(isStop: false): false
    case .terminating(isStop: true), .killed: true
    }
  }

  private static func end(_ ending: HookProcess.Ending, _ phase: Phase) -> End {
    switch (phase, ending) {
    case (.running, .exited(let status)): .exited(status)
    case (.running, .signalled(let signal)): .signalled(signal)
    case (.terminating(isStop: false), _): .timedOut(needsKill: false)
    case (.killed(isStop: false), _): .timedOut(needsKill: true)
    // It was told to end and did its work all the same.
    case (.terminating(isStop: true), .exited(0)): .exited(0)
    case (.terminating(isStop: true), _), (.killed(isStop: true), _): .stopped
    }
  }

  // MARK: Waiting and reading

  private func wait(
    for process: borrowing HookProcess, bell: Int32, until deadline: ContinuousClock.Instant?
  ) -> (output: Bool, end: Bool, bell: Bool) {
    // A descriptor below zero is passed over.
    var descriptors = [process.descriptor, process.output, bell].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    let span = deadline.map { max(.zero, $0 - .now) } ?? .seconds(3600)
    // Rounded up, so that the deadline is over behind it.
    _ = linux_poll(&descriptors, 3, (span.microseconds + 1) * 1000)
    return (descriptors[1].revents != 0, descriptors[0].revents != 0, descriptors[2].revents != 0)
  }

  /// - Returns: the bytes that came.
  private static func take(_ process: inout HookProcess, _ output: inout OutputTail) -> Int {
    withUnsafeTemporaryAllocation(byteCount: pieceBytes, alignment: 1) { buffer in
      guard case .bytes(let count) = process.read(into: buffer) else { return 0 }
      output.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      return count
    }
  }

  /// Linux has a priority for each thread, and 0 is the one that asks.
  private static func stepBack() { setpriority(Int32(PRIO_PROCESS.rawValue), 0, 19) }
}

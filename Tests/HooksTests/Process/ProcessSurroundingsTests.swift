import Foundation
import Glibc
import TestSupport
import Testing

@testable import Hooks

/// What a program of a hook finds when it starts.
@Suite(.exclusive)
struct ProcessSurroundingsTests {
  private let runner = ProcessRunner()

  private func output(_ command: [String], _ call: HookCall = .sample()) async -> String {
    let outcome = await runner.run(command, call, limit: .seconds(20))
    #expect(outcome.result == .done, "\(outcome)")
    return outcome.text
  }

  @Test("The environment is fixed, and has the call's variables and nothing of the gateway's")
  func environment() async {
    setenv("GANGLION_OF_OURS", "secret", 1)
    defer { unsetenv("GANGLION_OF_OURS") }
    var call = HookCall.sample(
      "id-1",
      variables: [
        "GANGLION_STATE": "firing", "LD_PRELOAD": "/evil.so", "GANGLION_A=B": "x",
        "GANGLION_LONG": String(repeating: "a", count: 10_000), "GANGLION_NUL": "a\0b",
      ])
    call.tries = HookTries(made: 2, failed: 1)
    // Its output is kept to 4 KiB, and a long variable has as many.
    let long = await output(["/bin/sh", "-c", "printf %s \"$GANGLION_LONG\" | wc -c"], call)
    #expect(long == "4096\n")
    call.variables["GANGLION_LONG"] = nil
    var lines = await output(["/usr/bin/env"], call).split(separator: "\n").map(String.init)
    let marks = lines.filter { $0.hasPrefix("GANGLION_RUN=") }
    lines.removeAll { $0.hasPrefix("GANGLION_RUN=") }
    #expect(marks.count == 1)
    #expect(
      lines.sorted() == [
        "GANGLION_ATTEMPT=3", "GANGLION_CALL_ID=id-1", "GANGLION_NUL=a\u{FFFD}b", "GANGLION_STATE=firing",
        "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin",
      ])
  }

  @Test("It stands in the root directory, with its arguments as they are declared, through no shell")
  func directoryAndArguments() async {
    #expect(await output(["/bin/pwd"]) == "/\n")
    #expect(await output(["/bin/echo", "$HOME", "a  b", "`id`", ";", "*"]) == "$HOME a  b `id` ; *\n")
  }

  @Test("Standard input is the document, whole and read-only, however long")
  func input() async {
    let long = String(repeating: "0123456789", count: 200_000)
    #expect(await output(["/bin/cat"], .sample(document: #"{"a":1}"#)) == #"{"a":1}"#)
    #expect(await output(["/usr/bin/wc", "-c"], .sample(document: long)) == "2000000\n")
    let write = await runner.run(["/bin/sh", "-c", "echo x >&0"], .sample(), limit: .seconds(20))
    #expect(write.failure?.reason == .exit)
  }

  @Test("It has the three standard descriptors, and no other of the gateway's")
  func descriptors() async {
    // Without the flag by which they would be closed at any rate.
    let open = (0..<20).map { _ in dup(1) }
    defer { open.forEach { close($0) } }
    let seen = await output(["/bin/ls", "/proc/self/fd"]).split(separator: "\n")
    // The fourth is the directory that is listed.
    #expect(seen == ["0", "1", "2", "3"])
  }

  @Test("No signal is ignored or blocked, though the gateway ignores SIGPIPE and the thread blocks others")
  func signals() async throws {
    let former = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, former) }
    let (ours, theirs) = try await inBackground { () -> (String, String) in
      var blocked = sigset_t()
      sigemptyset(&blocked)
      for number in [SIGTERM, SIGINT, SIGHUP, SIGUSR1] { sigaddset(&blocked, number) }
      pthread_sigmask(SIG_BLOCK, &blocked, nil)
      let run = ProcessRun(
        command: ["/bin/grep", "^Sig", "/proc/self/status"], environment: [], mark: "GANGLION_RUN=signals", input: [],
        limit: .seconds(20), grace: .seconds(1), stopGrace: .seconds(1))
      let (_, output) = try run.run(ExecutableFile("/bin/grep"), until: StopBell())
      let ours = try String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)
      return (ours, String(decoding: output, as: UTF8.self))
    }
    func mask(_ name: String, _ text: String) -> UInt64? {
      let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
      return line?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) }
    }
    func bit(_ signal: Int32) -> UInt64 { 1 << UInt64(signal - 1) }
    #expect(try #require(mask("SigIgn", ours)) & bit(SIGPIPE) != 0)
    #expect(try #require(mask("SigBlk", ours)) & bit(SIGTERM) != 0)
    // Two signals belong to the C library's threads.
    let ofThreads = bit(32) | bit(33)
    #expect(try #require(mask("SigIgn", theirs)) & ~ofThreads == 0)
    #expect(mask("SigBlk", theirs) == 0)
  }

  @Test("A program whose reader goes dies of SIGPIPE, as it would in a shell")
  func brokenPipe() async {
    let former = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, former) }
    // With SIGPIPE ignored yes would complain, and end with 1.
    let script = #"{ yes; echo "yes ended with $?" >&2; } | head -n 1"#
    // Head may write after it has closed what yes writes to.
    let lines = await output(["/bin/sh", "-c", script]).split(separator: "\n").sorted()
    #expect(lines == ["y", "yes ended with 141"])
  }
}

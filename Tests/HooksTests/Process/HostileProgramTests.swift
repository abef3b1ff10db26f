import Foundation
import Glibc
import TestSupport
import Testing

@testable import Hooks

/// Programs that hang, fork, flood, and do not end: each is ended and explained, and nothing of it is left.
@Suite(.exclusive)
struct HostileProgramTests {
  private let runner = ProcessRunner(grace: .milliseconds(300), stopGrace: .milliseconds(300))

  private func run(
    _ script: String, limit: Duration = .milliseconds(500), document: String = "{}"
  ) async -> HookOutcome {
    await runner.run(["/bin/sh", "-c", script], .sample(document: document), limit: limit)
  }

  /// Runs a script whose processes sleep for `$S`, and sees that none is left.
  private func runSleepers(
    _ script: String, limit: Duration = .milliseconds(500), within most: Duration = .seconds(30),
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> HookOutcome {
    let span = Processes.uniqueSpan()
    let outcome = await run("S=\(span); \(script)", limit: limit)
    #expect(outcome.duration < most, sourceLocation: sourceLocation)
    // What was killed may take a moment to be gone.
    try await eventually("nothing of it is left", sourceLocation: sourceLocation) {
      Processes.alive(with: span).isEmpty
    }
    Processes.alive(with: span).forEach { kill($0, SIGKILL) }
    #expect(Processes.zombies().isEmpty, sourceLocation: sourceLocation)
    return outcome
  }

  @Test("One that hangs is ended by TERM at its time limit")
  func hangs() async throws {
    let outcome = try await runSleepers("sleep $S")
    #expect(outcome.failure == HookFailure(.timeout, "/bin/sh was not done after 500ms", .failed))
    #expect(outcome.duration >= .milliseconds(500))
  }

  @Test("One that ignores TERM, and its child, are killed after the grace")
  func ignoresTerm() async throws {
    let outcome = try await runSleepers("trap '' TERM; sleep $S & echo stays; sleep $S; sleep $S")
    let sentence = "/bin/sh was not done after 500ms; it did not end at TERM, and was killed"
    #expect(outcome.failure == HookFailure(.timeout, sentence, .failed))
    #expect(outcome.duration >= .milliseconds(800))
    #expect(outcome.text == "stays\n")
  }

  @Test("One that stops itself is killed")
  func stopsItself() async throws {
    #expect(try await runSleepers("kill -STOP $$; sleep $S").failure?.reason == .timeout)
  }

  @Test("Twenty sleepers that it forks end with it, whether it hangs or exits")
  func forks() async throws {
    let fork = "for i in $(seq 20); do sleep $S & done"
    #expect(try await runSleepers("\(fork); wait").failure?.reason == .timeout)
    #expect(try await runSleepers(fork, limit: .seconds(20)).result == .done)
  }

  @Test("A child that ignores TERM ends, though its parent ended at TERM")
  func stubbornChild() async throws {
    let outcome = try await runSleepers("(trap '' TERM; sleep $S; sleep $S) & exec sleep $S")
    #expect(outcome.failure?.reason == .timeout)
  }

  @Test("One that exits while a child keeps its output open is done at once, and the child ends")
  func outputHeldOpen() async throws {
    let outcome = try await runSleepers("echo said; sleep $S & exit 0", limit: .seconds(60))
    #expect(outcome.result == .done && outcome.text == "said\n")
  }

  @Test("Processes that leave the group by setsid, forked twice, end with it")
  func leavesTheGroup() async throws {
    let script = "setsid sh -c \"setsid sleep $S & sleep $S & exit 0\" & (setsid sleep $S &) ; sleep 0.2; exit 0"
    let outcome = try await runSleepers(script, limit: .seconds(60))
    #expect(outcome.result == .done)
    let hanging = try await runSleepers("setsid sleep $S & exec sleep $S")
    #expect(hanging.failure?.reason == .timeout)
  }

  @Test("A gigabyte of output costs no memory, and the last 4 KiB of it are kept")
  func muchOutput() async {
    _ = await run("head -c 10M /dev/zero", limit: .seconds(60))
    let before = Processes.residentBytes()
    let outcome = await run("head -c 1G /dev/zero; echo the end", limit: .seconds(120))
    #expect(outcome.result == .done, "\(String(describing: outcome.failure))")
    #expect(outcome.output.count == HookOutcome.mostOutputBytes && outcome.text.hasSuffix("\0the end\n"))
    #expect(Processes.residentBytes() - before < 8 << 20)
  }

  @Test("Endless output ends at the time limit")
  func endlessOutput() async {
    let outcome = await run("exec yes")
    #expect(outcome.failure?.reason == .timeout)
    #expect(outcome.output.count == HookOutcome.mostOutputBytes)
    #expect(outcome.duration < .seconds(30))
  }

  @Test("One that closes or never reads its standard input is judged by its exit status alone")
  func closedInput() async {
    let long = String(repeating: "x", count: 4 << 20)
    #expect(await run("exec 0<&-; exit 0", limit: .seconds(20), document: long).result == .done)
    #expect(await run("exit 0", limit: .seconds(20), document: long).result == .done)
    #expect(await run("head -c 1 >/dev/null; exit 3", limit: .seconds(20), document: long).failure?.reason == .exit)
    #expect(await run("exec >&- 2>&- 0<&-; sleep 0.1; exit 0", limit: .seconds(20)).result == .done)
  }

  @Test("A stopped gateway ends it by TERM, and by KILL after a shorter grace; one that is done by then is done")
  func interrupted() async throws {
    for (script, isDone) in [
      ("trap '' TERM; touch $D/ready; while :; do sleep 0.01; done", false),
      ("trap 'exit 3' TERM; touch $D/ready; while :; do sleep 0.01; done", false),
      ("trap 'exit 0' TERM; touch $D/ready; while :; do sleep 0.01; done", true),
    ] {
      let script = try Script(script)
      let task = Task { await runner.run([script.path], .sample(), limit: .seconds(60)) }
      try await eventually("it runs") { script.has("ready") }
      let asked = ContinuousClock.now
      task.cancel()
      let outcome = await task.value
      #expect(.now - asked < .seconds(30))
      #expect(outcome.result == (isDone ? .done : .interrupted))
      #expect(Processes.alive(with: script.path).isEmpty)
    }
  }

  @Test("Many that hang at once keep none of Swift's threads, and leave no descriptor open")
  func threads() async throws {
    _ = await run("exit 0")
    let before = Processes.openDescriptors()
    let script = try Script("while [ ! -e $D/go ]; do sleep 0.05; done")
    let tasks = (0..<24).map { _ in Task { await runner.run([script.path], .sample(), limit: .seconds(120)) } }
    // More than Swift has threads here.
    try await eventually("all run at once") { Processes.alive(with: script.path).count == 24 }
    try script.scratch.file("go", "")
    for task in tasks { #expect(await task.value.result == .done) }
    try await eventually("all descriptors are closed") { Processes.openDescriptors() <= before }
    #expect(Processes.zombies().isEmpty)
  }
}

import Foundation
import Glibc
import TestSupport
import Testing

@testable import Hooks

/// Why a program does not start, and what its end says.
@Suite(.exclusive)
struct ProgramFileTests {
  private let runner = ProcessRunner()

  private func failure(_ path: String, _ arguments: String...) async -> HookFailure? {
    await runner.run([path] + arguments, .sample(), limit: .seconds(20)).failure
  }

  @Test("Each file that cannot be executed has its own reason")
  func reasons() async throws {
    let script = try Script("exit 0")
    let folder = script.scratch.path
    #expect(
      await failure("\(folder)/none") == HookFailure(.missing, "\(folder)/none does not exist", .failed))
    #expect(await failure("\(script.path)/none")?.reason == .missing)
    #expect(await failure(folder) == HookFailure(.directory, "\(folder) is a directory", .failed))
    let closed = try Script("exit 0", mode: 0o644)
    #expect(await failure(closed.path)?.reason == .permission)
    let lost = try Script("exit 0", firstLine: "#!/nowhere/python3")
    let sentence = "the interpreter that the first line of \(lost.path) names does not exist"
    #expect(await failure(lost.path) == HookFailure(.interpreter, sentence, .failed))
    let bare = try Script("exit 0", firstLine: "exit 0")
    #expect(await failure(bare.path)?.reason == .format)
    #expect(await failure("bin/true")?.reason == .declaration)
    #expect(await failure("bin/true")?.weight == .final)
    #expect(await failure("/bin/true", String(repeating: "x", count: 3 << 20))?.reason == .arguments)
  }

  @Test("A program that is being written is busy, and tried again without using a retry up")
  func busy() async throws {
    let scratch = try ScratchDirectory()
    let path = "\(scratch.path)/true"
    try FileManager.default.copyItem(atPath: "/bin/true", toPath: path)
    let file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    #expect(await failure(path) == HookFailure(.busy, "\(path) is being written", .away))
    close(file)
    #expect(await failure(path) == nil)
  }

  @Test("Exit status 0 is done, 75 is not now, others and signals are failures")
  func statuses() async {
    #expect(await failure("/bin/true") == nil)
    #expect(await failure("/bin/false") == HookFailure(.exit, "/bin/false exited with 1", .failed))
    #expect(
      await failure("/bin/sh", "-c", "exit 75") == HookFailure(.exit, "/bin/sh exited with 75: not now", .away))
    #expect(
      await failure("/bin/sh", "-c", "kill -SEGV $$")
        == HookFailure(.signal, "/bin/sh was ended by signal 11 (Segmentation fault)", .failed))
    let outcome = await runner.run(["/bin/sh", "-c", "echo out; echo err >&2; exit 9"], .sample(), limit: .seconds(20))
    #expect(outcome.text == "out\nerr\n" && outcome.failure?.reason == .exit)
  }

  private enum Change: CaseIterable {
    case write, replace, remove
  }

  @Test("A failure of a script that was changed or removed while it ran says so; a success is one")
  func changed() async throws {
    for (change, reason) in [
      (Change.write, HookFailure.Reason.changed), (.replace, .changed), (.remove, .removed),
    ] {
      for status in [0, 3] {
        let script = try Script("touch $D/ready; while [ ! -e $D/go ]; do sleep 0.01; done; exit \(status)")
        let task = Task { await runner.run([script.path], .sample(), limit: .seconds(60)) }
        try await eventually("it runs") { script.has("ready") }
        switch change {
        case .write: try script.append("# more\n")
        case .replace:
          try FileManager.default.removeItem(atPath: script.path)
          try script.scratch.file("hook.sh", "#!/bin/sh\n")
        case .remove: try FileManager.default.removeItem(atPath: script.path)
        }
        try script.scratch.file("go", "")
        let outcome = await task.value
        if status == 0 {
          #expect(outcome.result == .done)
        } else {
          #expect(outcome.failure?.reason == reason)
          #expect(outcome.failure?.sentence.hasPrefix("\(script.path) exited with 3; its file was") == true)
        }
      }
    }
  }
}

import Alerting
import Foundation
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Hooks

/// Queue and runners together, with programs and receivers that are there.
@Suite(.exclusive)
struct HookRunnerTests {
  private let log = NoticeLog()

  private func runner(_ hooks: HookDeclaration..., limits: HookRunner.Limits = HookRunner.Limits()) -> HookRunner {
    HookRunner(hooks, limits: limits) { [log] in log.add($0) }
  }

  private func shell(_ script: String, name: String = "hook", timeout: Duration = .seconds(20)) -> HookDeclaration {
    HookDeclaration(
      name: name, action: .exec(["/bin/sh", "-c", script]), timeout: timeout, concurrency: 4, ratePerMinute: 10_000)
  }

  @Test("A call is run with its id, and its end is told once with its output")
  func done() async throws {
    let runner = runner(shell("cat; echo \" $GANGLION_CALL_ID $GANGLION_ATTEMPT\""))
    #expect(await runner.add(.sample("a", document: "{}")) == .taken)
    try await eventually("it is told") { !log.all.isEmpty }
    guard case .ended("a", "hook", HookTries(made: 1, failed: 0), let outcome, .done) = log.all.first else {
      Issue.record("\(log.all)")
      return
    }
    #expect(outcome.text == "{} a 1\n")
    await runner.stop()
    #expect(log.all.count == 1)
  }

  @Test("A failure is told with the moment of the next try, which is made with the same id")
  func tryAgain() async throws {
    let scratch = try ScratchDirectory()
    let script = "echo $GANGLION_CALL_ID $GANGLION_ATTEMPT >>\(scratch.path)/log; [ $GANGLION_ATTEMPT = 2 ]"
    let runner = runner(shell(script))
    _ = await runner.add(.sample("a"))
    try await eventually("it is done") { log.done == ["a"] }
    guard case .ended("a", _, HookTries(made: 1, failed: 1), let outcome, .tryAgain(let at)) = log.all[0] else {
      Issue.record("\(log.all)")
      return
    }
    #expect(outcome.failure?.reason == .exit && at > HookClock.wall - .seconds(30))
    #expect(log.ends("a").count == 2)
    #expect(try String(contentsOfFile: "\(scratch.path)/log", encoding: .utf8) == "a 1\na 2\n")
    await runner.stop()
  }

  @Test("Hooks that hang and flood end at their limit, while those of another go on, all within the limits")
  func hostileNeighbours() async throws {
    let runner = runner(
      shell("yes", name: "flood", timeout: .milliseconds(300)),
      shell("trap '' TERM; while :; do sleep 1; done", name: "hang", timeout: .milliseconds(300)), shell("true"))
    for number in 0..<4 {
      for hook in ["flood", "hang"] { _ = await runner.add(.sample("\(hook)\(number)", hook: hook)) }
    }
    for number in 0..<50 { #expect(await runner.add(.sample("\(number)")) == .taken) }
    try await eventually("all others are done") { log.done.count == 50 }
    #expect(Set(log.done) == Set((0..<50).map { "\($0)" }))
    try await eventually("the hostile ones are ended") {
      (0..<4).allSatisfy { !log.ends("flood\($0)").isEmpty && !log.ends("hang\($0)").isEmpty }
    }
    await runner.stop()
    #expect(await runner.runningCount == 0)
  }

  @Test("A stop waits for what ends by itself, ends the rest, and tells all that was not done")
  func stop() async throws {
    var limits = HookRunner.Limits()
    limits.stopPatience = .milliseconds(700)
    let span = Processes.uniqueSpan()
    let runner = runner(
      shell("sleep 0.3", name: "quick"), shell("trap '' TERM; sleep \(span); sleep \(span)", name: "hang"),
      limits: limits)
    _ = await runner.add(.sample("quick", hook: "quick"))
    for number in 0..<6 { _ = await runner.add(.sample("hang\(number)", hook: "hang")) }
    try await eventually("they run") { Processes.alive(with: span).count >= 4 }
    let asked = ContinuousClock.now
    await runner.stop()
    #expect(.now - asked < .seconds(30))
    #expect(log.done == ["quick"])
    for number in 0..<6 {
      #expect(log.ends("hang\(number)") == [.notDone(id: "hang\(number)", hook: "hang", tries: HookTries())])
    }
    #expect(Processes.alive(with: span).isEmpty)
    #expect(await runner.add(.sample("late", hook: "quick")) == .full)
  }

  @Test("An id that is there is not taken again, until its end is told")
  func repeats() async throws {
    let gate = Mutex(false)
    let began = Mutex(false)
    let runner = HookRunner([shell("true")]) { [log] notices in
      began.withLock { $0 = true }
      while !gate.withLock({ $0 }) { try? await Task.sleep(for: .milliseconds(5)) }
      log.add(notices)
    }
    #expect(await runner.add(.sample("a")) == .taken)
    #expect(await runner.add(.sample("a")) == .known)
    try await eventually("its end is being told") { began.withLock { $0 } }
    #expect(await runner.add(.sample("a")) == .known)
    gate.withLock { $0 = true }
    try await eventually("it is told") { log.done == ["a"] }
    // The runner notes that it was told a moment after it was.
    for _ in 0..<1000 where await runner.add(.sample("a")) == .known { await Task.yield() }
    try await eventually("it runs anew") { log.done == ["a", "a"] }
    await runner.stop()
  }

  @Test("While nobody writes down what has ended, no more is begun than can be told")
  func slowOwner() async throws {
    var limits = HookRunner.Limits()
    limits.queue.running = 4
    let gate = Mutex(false)
    let scratch = try ScratchDirectory()
    let runner = HookRunner([shell("echo >>\(scratch.path)/log")], limits: limits) { [log] notices in
      while !gate.withLock({ $0 }) { try? await Task.sleep(for: .milliseconds(5)) }
      log.add(notices)
    }
    for number in 0..<100 { _ = await runner.add(.sample("\(number)")) }
    func begun() -> Int { ((try? Data(contentsOf: URL(fileURLWithPath: "\(scratch.path)/log"))) ?? Data()).count }
    var running = 4
    try await eventually("nothing is begun any more, though calls wait") {
      running == 0 && begun() >= 4
    } refreshing: {
      running = await runner.runningCount
    }
    // Those being told, and those to be told.
    #expect(begun() <= 2 * 4 + 4)
    #expect(await runner.waitingCount >= 100 - 3 * 4)
    gate.withLock { $0 = true }
    try await eventually("all are done") { log.done.count == 100 }
    #expect(Set(log.done).count == 100 && begun() == 100)
    await runner.stop()
  }

  @Test("What is beyond the limits is refused, and taken once there is room")
  func full() async throws {
    var limits = HookRunner.Limits()
    limits.queue.waiting = 3
    limits.mostBytes = 100_000
    let scratch = try ScratchDirectory()
    let runner = runner(
      shell("while [ ! -e \(scratch.path)/go ]; do sleep 0.01; done"), shell("true", name: "other"), limits: limits)
    #expect(await runner.add(.sample("x", hook: "none")) == .undeclared)
    for number in 0..<7 { #expect(await runner.add(.sample("\(number)")) == .taken) }
    #expect(await runner.add(.sample("7")) == .full)
    #expect(await runner.room(for: "hook") == 0)
    // Another hook has room of its own.
    #expect(await runner.room(for: "other") == 3)
    #expect(await runner.add(.sample("other", hook: "other")) == .taken)
    try await eventually("the other is done") { log.done == ["other"] }
    try scratch.file("go", "")
    try await eventually("all are done") { log.done.count == 8 }
    try FileManager.default.removeItem(atPath: "\(scratch.path)/go")
    #expect(await runner.add(.sample("big", document: String(repeating: "x", count: 200_000))) == .taken)
    #expect(await runner.add(.sample("8")) == .full)
    try scratch.file("go", "")
    try await eventually("the big one is done") { log.done.count == 9 }
    #expect(await runner.add(.sample("8")) == .taken)
    try await eventually("the last is done") { log.done.count == 10 }
    await runner.stop()
  }

  @Test("Hooks are declared anew while it runs: waiting calls of one that is gone are dropped, running ones end")
  func declared() async throws {
    let scratch = try ScratchDirectory()
    let wait = "while [ ! -e \(scratch.path)/go ]; do sleep 0.01; done"
    var one = shell(wait, name: "one")
    one.concurrency = 1
    let runner = runner(one)
    _ = await runner.add(.sample("a", hook: "one"))
    _ = await runner.add(.sample("b", hook: "one"))
    await runner.declare([shell("true", name: "two")])
    #expect(await runner.add(.sample("c", hook: "two")) == .taken)
    try await eventually("the new one runs, the waiting one is dropped") {
      log.done == ["c"] && !log.ends("b").isEmpty
    }
    guard case .dropped("b", "one", _) = log.ends("b")[0] else {
      Issue.record("\(log.all)")
      return
    }
    try scratch.file("go", "")
    try await eventually("the running one ends") { log.done == ["c", "a"] }
    await runner.stop()
  }

  @Test("A hook that keeps failing is told once, and its recovery")
  func failing() async throws {
    let scratch = try ScratchDirectory()
    var hook = shell("[ -e \(scratch.path)/go ]")
    hook.retries = 0
    let runner = runner(hook)
    for number in 0..<5 { _ = await runner.add(.sample("\(number)")) }
    try await eventually("all are given up") { (0..<5).allSatisfy { !log.ends("\($0)").isEmpty } }
    try scratch.file("go", "")
    _ = await runner.add(.sample("last"))
    try await eventually("it is well again") { log.all.last == .recovered(hook: "hook") }
    let troubles = log.all.filter { if case .failing("hook", _, _) = $0 { true } else { false } }
    #expect(troubles.count == 1 && log.done == ["last"])
    await runner.stop()
  }

  @Test("A receiver that asks for time holds its hook's calls back, and no other's")
  func webhook() async throws {
    let answers = Mutex(0)
    let receiver = try Receiver { connection in
      let isFirst = answers.withLock { count in
        count += 1
        return count == 1
      }
      connection.send(
        isFirst
          ? "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n"
          : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    }
    let target = WebhookTarget(url: "http://127.0.0.1:\(receiver.port)/", allowsPrivate: true)
    let runner = runner(
      HookDeclaration(name: "chat", action: .webhook(target), concurrency: 1), shell("true"))
    let startedAt = ContinuousClock.now
    for number in 0..<3 {
      var call = HookCall.sample("c\(number)", hook: "chat")
      call.since = HookClock.wall
      _ = await runner.add(call)
    }
    try await eventually("it was asked") { receiver.requests.count == 1 }
    _ = await runner.add(.sample("other"))
    try await eventually("another hook runs") { log.done == ["other"] }
    try await eventually("all are done") { log.done.count == 4 }
    #expect(.now - startedAt >= .seconds(2) && receiver.requests.count == 4)
    await runner.stop()
  }
}

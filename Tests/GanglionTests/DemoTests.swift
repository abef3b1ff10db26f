import Foundation
import Simulator
import TestSupport
import Testing

@Suite(.exclusive)
struct DemoTests {
  /// The broker's port, as the demo prints it.
  private func brokerPort(_ output: String) throws -> Int {
    try Int(#require(output.firstMatch(of: /broker on 127\.0\.0\.1:(\d+)/)).output.1)!
  }

  @Test("The demo ends by itself, with figures per district and a ledger that balances, and leaves nothing behind")
  func endsByItself() throws {
    let scratch = try ScratchDirectory()
    let demo = try GanglionProcess(["demo", "--for", "6s"], in: scratch)
    #expect(demo.process.wait(atMost: .seconds(60)) == .exited(0), "\(demo.errors)")
    let output = demo.output
    #expect(output.contains("curl 'http://127.0.0.1:"))
    #expect(output.contains("luojiang"))
    #expect(output.contains("The ledger balances."))
    #expect(output.firstMatch(of: /pending +0/) != nil)
    #expect(PrivateBroker.isFree(try brokerPort(output)), "the broker still listens")
    let directory = FileManager.default.temporaryDirectory.path + "/ganglion-demo-\(demo.process.processID)"
    #expect(!FileManager.default.fileExists(atPath: directory))
  }

  @Test("A signal in the first moments leaves nothing behind either", arguments: [0, 60, 150, 300])
  func endsEarly(milliseconds: Int) async throws {
    let scratch = try ScratchDirectory()
    let demo = try GanglionProcess(["demo"], in: scratch)
    try await Task.sleep(for: .milliseconds(milliseconds))
    demo.process.send(SIGTERM)
    let ending = demo.process.wait(atMost: .seconds(20))
    // Before the first line of ours runs, the signal ends the process, which has started nothing.
    #expect(ending == .exited(0) || (ending == .signalled(SIGTERM) && demo.output.isEmpty), "\(demo.errors)")
    let directory = FileManager.default.temporaryDirectory.path + "/ganglion-demo-\(demo.process.processID)"
    #expect(!FileManager.default.fileExists(atPath: directory))
  }

  @Test("Ctrl-C and SIGTERM end the demo cleanly", arguments: [SIGINT, SIGTERM])
  func endsBySignal(signal: Int32) async throws {
    let scratch = try ScratchDirectory()
    let demo = try GanglionProcess(["demo"], in: scratch)
    try await eventually("it shows messages: \(demo.errors)") { demo.output.contains("messages/s") }
    // As a terminal does it: to the whole group.
    kill(-demo.process.processID, signal)
    #expect(demo.process.wait(atMost: .seconds(20)) == .exited(0), "\(demo.errors)")
    #expect(demo.output.contains("The ledger balances."))
    #expect(PrivateBroker.isFree(try brokerPort(demo.output)), "the broker still listens")
  }
}

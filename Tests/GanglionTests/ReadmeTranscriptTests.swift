import Foundation
import Glibc
import Simulator
import TestSupport
import Testing

/// The README's transcript, typed again: every command with the output that stands beneath it.
@Suite(.exclusive)
struct ReadmeTranscriptTests {
  private struct Step {
    let command: String
    var output: [Substring] = []
  }

  /// The commands of the block behind `$`, each with the lines beneath it.
  private static func steps() throws -> [Step] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
    let block = try #require(readme.firstMatch(of: /```console\n([\s\S]*?)```/)).output.1
    var steps: [Step] = []
    for line in block.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      if line.hasPrefix("$ ") {
        steps.append(Step(command: String(line.dropFirst(2))))
      } else {
        try #require(!steps.isEmpty, "the transcript begins with a command")
        steps[steps.count - 1].output.append(line)
      }
    }
    return steps
  }

  /// What differs from run to run: times of day, spans of time, line ends of CSV, blank lines at the end.
  private static func normalized(_ output: some StringProtocol) -> String {
    String(output).replacing("\r\n", with: "\n")
      .replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/, with: "TIME")
      .replacing(/\([\d.]+ ms\)/, with: "(SPAN)").replacing(/in [\d.]+ s/, with: "in SPAN")
      .trimmingCharacters(in: .newlines)
  }

  private static let mark = "--- step"

  /// A script that types the commands, with a mark before each. Ports are of this run, which no command shows.
  private static func script(_ steps: [Step], brokerPort: Int) -> String {
    let head = """
      exec 2>&1
      shopt -s expand_aliases
      alias ganglion='\(GanglionProcess.executable)'
      alias mosquitto_pub='mosquitto_pub -p \(brokerPort)'
      trap 'kill $(jobs -p) 2> /dev/null; wait' EXIT
      """
    let typed = steps.map { step in
      let setsPorts = """
        sed -i -e 's/:1883/:\(brokerPort)/' -e 's/^# http: .*/http: { listen: "127.0.0.1:0" }/' plant/ganglion.yaml
        """
      return "echo '\(mark)'\n\(step.command)" + (step.command.contains("ganglion init") ? "\n\(setsPorts)" : "")
    }
    return ([head] + typed).joined(separator: "\n") + "\n"
  }

  @Test("Every command of the README's transcript says what stands beneath it")
  func transcript() throws {
    let scratch = try ScratchDirectory()
    let broker = try PrivateBroker(directory: try scratch.directory("broker"))
    defer { broker.stop() }
    let steps = try Self.steps()
    #expect(steps.count >= 8)
    let desk = try scratch.directory("desk")
    let script = try scratch.file("script", "cd '\(desk)'\n" + Self.script(steps, brokerPort: broker.port))
    let output = try scratch.file("output")
    let shell = try ChildProcess("/usr/bin/env", ["bash", script], output: output)
    let ending = shell.wait(atMost: .seconds(120))
    if ending == .signalled(SIGKILL) { kill(-shell.processID, SIGKILL) }
    let text = try String(contentsOfFile: output, encoding: .utf8)
    #expect(ending == .exited(0), "\(text)")
    let outputs = text.components(separatedBy: "\(Self.mark)\n").dropFirst()
    #expect(outputs.count == steps.count, "\(text)")
    for (step, output) in zip(steps, outputs) {
      #expect(Self.normalized(output) == Self.normalized(step.output.joined(separator: "\n")), "$ \(step.command)")
    }
  }
}

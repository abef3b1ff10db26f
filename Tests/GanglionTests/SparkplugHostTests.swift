import Foundation
import Simulator
import Telemetry
import TestSupport
import Testing

/// The gateway as a host application before a real broker: what nodes and other hosts see of it.
@Suite(.exclusive)
struct SparkplugHostTests {
  private let machine = SimulatedEdgeNode(group: "mill", node: "line-1")

  /// What `mosquitto_sub` heard, a message a line: its topic and its payload as text or in hexadecimal digits.
  private final class Ear {
    private let process: ChildProcess
    private let output: String

    init(_ topic: String, format: String, _ broker: PrivateBroker, in scratch: ScratchDirectory) throws {
      output = "\(scratch.path)/heard-\(UInt32.random(in: 0...UInt32.max))"
      process = try ChildProcess(
        "/usr/bin/env",
        ["mosquitto_sub", "-p", "\(broker.port)", "-q", "1", "-t", topic, "-F", format], output: output)
    }

    deinit { process.terminate() }

    var lines: [String] {
      ((try? String(contentsOfFile: output, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }
  }

  private func publish(_ message: SimulatedEdgeNode.Message, _ broker: PrivateBroker, _ scratch: ScratchDirectory)
    throws
  {
    let file = "\(scratch.path)/payload"
    try Data(message.payload).write(to: URL(fileURLWithPath: file))
    let process = try ChildProcess(
      "/usr/bin/env", ["mosquitto_pub", "-p", "\(broker.port)", "-q", "1", "-t", message.topic, "-f", file],
      output: "/dev/null")
    #expect(process.wait(atMost: .seconds(10)) == .exited(0))
  }

  @Test(
    "A node that was never heard of is asked for its births; then its aliases are read, and its death makes them stale")
  func rebirth() async throws {
    let running = try await RunningGateway()
    defer { running.stop() }
    let commands = try Ear("spBv1.0/+/NCMD/+", format: "%t %x", running.broker, in: running.scratch)
    var node = machine
    _ = node.connect(at: .now)
    let values: [(String, SimulatedEdgeNode.Value)] = [("Temperature", .double(21.5)), ("Speed", .whole(1500))]
    _ = node.birth(of: "warper", values, at: .now)
    try await eventually("the gateway asks for births") {
      !commands.lines.isEmpty
    } refreshing: {
      try publish(node.data(of: "warper", values, at: .now), running.broker, running.scratch)
    }
    let command = try #require(commands.lines.first)
    #expect(command.hasPrefix("spBv1.0/mill/NCMD/line-1 "))
    #expect(command.contains("Node Control/Rebirth".utf8.map { String($0, radix: 16) }.joined()))

    try publish(node.birth(at: .now), running.broker, running.scratch)
    try publish(node.birth(of: "warper", values, at: .now), running.broker, running.scratch)
    try publish(node.data(of: "warper", [("Temperature", .double(33))], at: .now), running.broker, running.scratch)
    let path = "/api/v1/latest?metric=temperature&device=mill/line-1/warper"
    var latest = try await running.get(path)
    try await eventually("the alias is read: \(latest.body)") {
      latest.body.contains(#""value":33"#)
    } refreshing: {
      latest = try await running.get(path)
    }
    try publish(node.will(at: .now), running.broker, running.scratch)
    try await eventually("it is stale: \(latest.body)") {
      latest.body.contains(#""reason":"stale""#)
    } refreshing: {
      latest = try await running.get(path)
    }
    let metrics = try await running.get("/metrics").body
    #expect(metrics.contains("ganglion_sparkplug_nodes 1\n"))
    #expect(metrics.contains("ganglion_sparkplug_nodes_alive 0\n"))
    #expect(metrics.contains("ganglion_ledger_balanced 1\n"))
    #expect(running.gateway.process.terminate(within: .seconds(5)) == .exited(0), "\(running.gateway.errors)")
  }

  @Test(
    "It says that it is there in both forms, puts right who denies it, takes it back, and its will does where it is killed"
  )
  func presence() async throws {
    let running = try await RunningGateway(more: "sparkplug: { host: city, state: [v3, v2.2] }")
    defer { running.stop() }
    let newer = try Ear("spBv1.0/STATE/city", format: "%r %p", running.broker, in: running.scratch)
    let older = try Ear("STATE/city", format: "%p", running.broker, in: running.scratch)
    try await eventually("it is online: \(running.gateway.errors)") {
      newer.lines.last?.contains(#""online":true"#) == true && older.lines.last == "ONLINE"
    }
    let birth = try #require(newer.lines.last?.drop { $0 != "{" })
    for topic in ["spBv1.0/STATE/city", "STATE/city"] {
      let words = topic.hasPrefix("sp") ? #"{"online":false,"timestamp":1}"# : "OFFLINE"
      try publish(.init(topic: topic, payload: Array(words.utf8)), running.broker, running.scratch)
    }
    try await eventually("it was put right, at the same time as before: \(newer.lines) \(older.lines)") {
      newer.lines.count >= 3 && newer.lines.last?.hasSuffix(birth) == true
        && older.lines.suffix(2) == ["OFFLINE", "ONLINE"]
    }
    running.gateway.process.send(SIGKILL)
    try await eventually("its will says that it is gone, at the birth's time: \(newer.lines)") {
      newer.lines.last?.hasSuffix(birth.replacing("true", with: "false")) == true && older.lines.last == "OFFLINE"
    }
    let again = try GanglionProcess(["run", "--config", running.config], in: running.scratch)
    try await eventually("it is back: \(again.errors)") { newer.lines.last?.contains("true") == true }
    #expect(again.process.terminate(within: .seconds(5)) == .exited(0), "\(again.errors)")
    try await eventually("it took its word back") {
      newer.lines.last?.contains("false") == true && older.lines.last == "OFFLINE"
    }
    // Once: its will does not come behind.
    #expect(older.lines.suffix(2) == ["ONLINE", "OFFLINE"])
  }
}

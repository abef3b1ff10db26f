import Foundation
import Glibc
import Hooks
import TestSupport
import Testing

/// `journal.sh` and `nagios-passive.sh`: lines that other programs read.
@Suite(.exclusive)
struct MonitorHookTests {
  private let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  /// A socket like the journal's, and the system's own `logger` that writes to it instead.
  private struct Log {
    let socket: Int32
    /// Where `logger` stands.
    let programs: String

    init(_ scratch: ScratchDirectory) throws {
      let path = "\(scratch.path)/log"
      socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
      let descriptor = socket
      let isBound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
        }
      }
      try #require(isBound)
      programs = try scratch.directory("programs")
      let logger = try scratch.file("programs/logger", "#!/bin/sh\nexec /usr/bin/logger --socket '\(path)' \"$@\"\n")
      chmod(logger, 0o755)
    }

    /// What has come: each entry's priority and its text.
    func entries() -> [(priority: Int, text: String)] {
      var entries: [(Int, String)] = []
      var buffer = [UInt8](repeating: 0, count: 65536)
      while true {
        let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        guard count > 0 else { return entries }
        let text = String(decoding: buffer[..<count], as: UTF8.self)
        if let parts = text.wholeMatch(of: /<(\d+)>.*? ganglion-alert: ((?s).*)/) {
          entries.append((Int(parts.1) ?? -1, String(parts.2)))
        }
      }
    }
  }

  /// Of `user`, as syslog.h numbers them.
  private static let priorities = [
    ("firing", "critical", 8 + 2), ("unknown", "critical", 8 + 2), ("firing", "warning", 8 + 4),
    ("firing", "info", 8 + 5), ("resolved", "critical", 8 + 5), ("withdrawn", "warning", 8 + 5),
  ]

  @Test("The journal gets one entry a call, whatever stands in a title, with a priority that fits")
  func journal() async throws {
    let log = try Log(scratch)
    defer { close(log.socket) }
    let hook = ExampleHook("journal.sh", path: log.programs)
    for (state, severity, priority) in Self.priorities {
      let outcome = await hook.run([], ["GANGLION_STATE": state, "GANGLION_SEVERITY": severity])
      #expect(outcome.result == .done, "\(outcome)")
      #expect(log.entries().map(\.priority) == [priority], "\(state) \(severity)")
    }
    let outcome = await hook.run([], ["GANGLION_TITLE": ExampleHook.hostile, "GANGLION_ALERTS": "3"])
    #expect(outcome.result == .done, "\(outcome)")
    let line = ExampleHook.hostile.replacing("\n", with: " ").replacing("\t", with: " ")
    #expect(
      log.entries().map(\.text) == [
        "start: firing critical: \(line), and 2 more (rule turbidity-high, value 1.25 [NTU], "
          + "at 2026-11-21T08:00:30+08:00, alert 5f1c09d2a4be7730)"
      ])
  }

  @Test("Without a journal the call is made again")
  func noJournal() async throws {
    let log = try Log(scratch)
    close(log.socket)
    try FileManager.default.removeItem(atPath: "\(scratch.path)/log")
    #expect(await ExampleHook("journal.sh", path: log.programs).run().isAway)
  }

  private static let codes = [
    ("firing", "critical", 2), ("firing", "warning", 1), ("firing", "info", 0), ("unknown", "critical", 3),
    ("resolved", "critical", 0), ("withdrawn", "warning", 0),
  ]

  @Test("Nagios gets the result of a passive check, one line whatever stands in a title")
  func nagios() async throws {
    let path = "\(scratch.path)/nagios.cmd"
    try #require(mkfifo(path, 0o600) == 0)
    let hook = ExampleHook("nagios-passive.sh")
    let nobody = await hook.run([path])
    #expect(nobody.isAway, "nobody reads it: \(nobody)")
    let commands = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    defer { close(commands) }
    func told() -> [Substring] {
      var buffer = [UInt8](repeating: 0, count: 65536)
      let count = read(commands, &buffer, buffer.count)
      guard count > 0, buffer[count - 1] == UInt8(ascii: "\n") else { return [] }
      // Without the moment.
      return String(decoding: buffer[..<(count - 1)], as: UTF8.self).split(separator: "\n").map {
        $0.drop { $0 != "]" }.dropFirst(2)
      }
    }
    for (state, severity, code) in Self.codes {
      let outcome = await hook.run([path], ["GANGLION_STATE": state, "GANGLION_SEVERITY": severity])
      #expect(outcome.result == .done, "\(outcome)")
      #expect(
        told() == [
          "PROCESS_SERVICE_CHECK_RESULT;north;turbidity-high wtp-1;\(code);"
            + "Water is turbid: 1.25 [NTU], at 2026-11-21T08:00:30+08:00, alert 5f1c09d2a4be7730"
        ], "\(state) \(severity)")
    }
    let outcome = await hook.run(
      [path], ["GANGLION_TITLE": ExampleHook.hostile, "GANGLION_DEVICE": "", "GANGLION_GATEWAY": "a;b\nc"])
    #expect(outcome.result == .done, "\(outcome)")
    // What parts the words of a command is a comma.
    let line = String(ExampleHook.hostile.map { "\n\t;".contains($0) ? "," : $0 })
    #expect(
      told() == [
        "PROCESS_SERVICE_CHECK_RESULT;a,b,c;turbidity-high;2;\(line): 1.25 [NTU], at 2026-11-21T08:00:30+08:00, "
          + "alert 5f1c09d2a4be7730"
      ])
    let elsewhere = await hook.run(["\(scratch.path)/none"])
    #expect(elsewhere.isAway && elsewhere.text.contains("is no pipe"), "\(elsewhere)")
  }
}

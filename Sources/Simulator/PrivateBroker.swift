import Foundation
import Glibc

/// A second listener of a private broker.
public protocol BrokerListener {
  /// The lines of mosquitto.conf behind its `listener` line.
  var configuration: String { get }
}

/// A mosquitto of our own on a free loopback port, with its data in a directory of its own.
public final class PrivateBroker: @unchecked Sendable {
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  public let port: Int
  /// The port of the second listener.
  public let securedPort: Int?
  private let executable: String
  private let directory: String
  private var process: ChildProcess

  /// Starts the broker and waits until it listens.
  ///
  /// - Parameters:
  ///   - directory: for its configuration, log and persistence; must exist.
  ///   - secured: a second listener.
  ///   - settings: further lines of mosquitto.conf: those of the whole broker, then those of the first listener.
  public init(
    directory: String, secured: (any BrokerListener)? = nil, settings: (broker: String, listener: String) = ("", "")
  ) throws {
    guard
      let executable = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"].first(
        where: FileManager.default.isExecutableFile)
    else {
      throw Failure(description: "mosquitto is not installed: apt-get install mosquitto")
    }
    self.executable = executable
    self.directory = directory
    port = try PrivateBroker.freePort()
    let securedPort = try secured.map { _ in try PrivateBroker.freePort() }
    self.securedPort = securedPort
    let securedLines = secured.map { "listener \(securedPort ?? 0) 127.0.0.1\n\($0.configuration)" } ?? ""
    let configuration = """
      per_listener_settings true
      user root
      persistence true
      persistence_location \(directory)/
      log_dest file \(directory)/mosquitto.log
      max_queued_messages 0
      max_inflight_messages 1000
      \(settings.broker)
      listener \(port) 127.0.0.1
      allow_anonymous true
      \(settings.listener)
      \(securedLines)
      """
    let file = "\(directory)/mosquitto.conf"
    try configuration.write(toFile: file, atomically: true, encoding: .utf8)
    process = try ChildProcess(executable, ["-c", file])
    try waitUntilItListens()
  }

  /// Starts it again where it has ended, on the same ports, with what it kept on its disk.
  public func start() throws {
    process = try ChildProcess(executable, ["-c", "\(directory)/mosquitto.conf"])
    try waitUntilItListens()
  }

  /// Ends the broker and waits for its end.
  public func stop() {
    process.terminate()
  }

  /// Ends the broker in the middle of whatever it does.
  public func kill() {
    process.send(SIGKILL)
    process.wait(atMost: .seconds(10))
  }

  private func waitUntilItListens() throws {
    let log = "\(directory)/mosquitto.log"
    let deadline = ContinuousClock.now + .seconds(10)
    while !PrivateBroker.accepts(port) {
      guard process.isRunning, ContinuousClock.now < deadline else {
        stop()
        let lines = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        throw Failure(description: "mosquitto does not start: \(lines)")
      }
      usleep(10_000)
    }
  }

  private static func accepts(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    return withLoopbackAddress(port) { connect(descriptor, $0, $1) } == 0
  }

  /// True where nobody listens on a loopback port now.
  public static func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    return withLoopbackAddress(port) { bind(descriptor, $0, $1) } == 0
  }

  /// A port that nobody listens on now.
  public static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    guard withLoopbackAddress(0, { bind(descriptor, $0, $1) }) == 0 else {
      throw Failure(description: "no loopback port is free")
    }
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  private static func withLoopbackAddress(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}

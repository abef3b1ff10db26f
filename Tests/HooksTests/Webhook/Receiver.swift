import CLinux
import Foundation
import Glibc
import Synchronization

/// A listener on 127.0.0.1 that takes webhooks, and answers each byte as its script says. Each connection has a thread.
final class Receiver: Sendable {
  struct Failure: Error {}

  /// One connection; used by its thread alone.
  final class Connection {
    private let descriptor: Int32
    fileprivate init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    /// The head and the body of a request, by its `Content-Length`.
    func readRequest() -> (head: String, body: String)? {
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 65536)
      while true {
        let text = String(decoding: bytes, as: UTF8.self)
        if let end = text.range(of: "\r\n\r\n") {
          let (head, body) = (String(text[..<end.lowerBound]), String(text[end.upperBound...]))
          let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
          if body.utf8.count >= length.flatMap({ Int($0.split(separator: " ")[1]) }) ?? 0 { return (head, body) }
        }
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        bytes += buffer[..<count]
      }
    }

    /// - Returns: false once the other side has gone.
    @discardableResult
    func send(_ text: String) -> Bool {
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes {
          Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
      }
      return true
    }

    /// Waits until the other side closes, or for some seconds.
    func waitForEnd() {
      var byte: UInt8 = 0
      while recv(descriptor, &byte, 1, 0) > 0 {}
    }
  }

  let port: Int
  private let listener: Int32
  private let heard = Mutex<[(head: String, body: String)]>([])
  private let accepted = Mutex(0)

  /// - Parameter script: called on the connection's thread, once a request was read.
  init(_ script: @escaping @Sendable (Connection) -> Void) throws {
    (listener, port) = try Self.listen(backlog: 64)
    let listener = listener
    Thread { [weak self] in
      while true {
        let descriptor = linux_accept(listener)
        guard descriptor >= 0 else { return }
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let connection = descriptor
        Thread { [weak self] in
          let connection = Connection(connection)
          self?.accepted.withLock { $0 += 1 }
          guard let request = connection.readRequest() else { return }
          self?.heard.withLock { $0.append(request) }
          script(connection)
        }.start()
      }
    }.start()
  }

  /// One that answers each request with a status line, fields and a body.
  convenience init(status: String, fields: [String] = [], body: String = "") throws {
    let head = (["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + fields).joined(separator: "\r\n")
    try self.init { $0.send("\(head)\r\n\r\n\(body)") }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  var requests: [(head: String, body: String)] { heard.withLock { $0 } }
  var connections: Int { accepted.withLock { $0 } }

  /// A listening socket whose connections nobody takes, with as many in its queue as it holds.
  static func deaf() throws -> (listener: Int32, port: Int, clients: [Int32]) {
    let (listener, port) = try listen(backlog: 0)
    var clients: [Int32] = []
    while clients.count < 16 {
      let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      _ = fcntl(client, F_SETFL, O_NONBLOCK)
      withAddress(port) { _ = connect(client, $0, $1) }
      clients.append(client)
      var poll = pollfd(fd: client, events: Int16(POLLOUT), revents: 0)
      if Glibc.poll(&poll, 1, 200) == 0 { break }
    }
    return (listener, port, clients)
  }

  private static func withAddress(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Void) {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }

  static func listen(backlog: Int32) throws -> (listener: Int32, port: Int) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var isBound = false
    withAddress(0) { isBound = bind(listener, $0, $1) == 0 && Glibc.listen(listener, backlog) == 0 }
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isNamed = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) == 0 }
    }
    guard isBound, isNamed else { throw Failure() }
    return (listener, Int(UInt16(bigEndian: address.sin_port)))
  }
}

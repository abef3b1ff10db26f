import Foundation
import Glibc
import Synchronization
import TestSupport

/// A client of `/api/v1/stream` by hand: it reads when it is told to, or not at all.
final class StreamClient: Sendable {
  struct Event: Equatable, Sendable {
    var kind: String
    var data: String
    var id: String
  }

  private struct State {
    var bytes: [UInt8] = []
    var hasEnded = false
    /// Its number may be another's by now.
    var isClosed = false
  }

  struct Failure: Error {}

  private let descriptor: Int32
  private let state = Mutex(State())

  /// - Parameters:
  ///   - reads: false for one that asks and then takes nothing.
  init(
    _ path: String, url: String, token: String? = nil, lastEventID: String? = nil, method: String = "GET",
    reads: Bool = true
  ) throws {
    let port = UInt16(url.split(separator: ":").last ?? "") ?? 0
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    if !reads {
      var bytes: Int32 = 4096
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    var request = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
    if let token { request += "Authorization: Bearer \(token)\r\n" }
    if let lastEventID { request += "Last-Event-ID: \(lastEventID)\r\n" }
    request += "\r\n"
    guard connected == 0, send(descriptor, request, request.utf8.count, 0) > 0 else { throw Failure() }
    if reads {
      let thread = Thread { [self] in readAll() }
      thread.start()
    }
  }

  deinit { close() }

  /// Goes away.
  func close() {
    state.withLock { state in
      if !state.isClosed { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }
  }

  private func readAll() {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      state.withLock { $0.bytes += buffer[..<count] }
    }
    state.withLock { state in
      state.hasEnded = true
      state.isClosed = true
      Glibc.close(descriptor)
    }
  }

  /// The server has ended the connection.
  var hasEnded: Bool { state.withLock { $0.hasEnded } }

  /// Head and body, as they came.
  var reply: String { String(decoding: state.withLock { $0.bytes }, as: UTF8.self) }

  var status: Int { Int(reply.split(separator: " ").dropFirst().first ?? "") ?? 0 }

  /// The body without its framing.
  var text: String {
    let bytes = state.withLock { $0.bytes }
    guard let head = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return "" }
    var rest = bytes[head.upperBound...]
    var body: [UInt8] = []
    while let end = rest.firstRange(of: Array("\r\n".utf8)),
      let size = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16), size > 0,
      rest.distance(from: end.upperBound, to: rest.endIndex) >= size + 2
    {
      body += rest[end.upperBound..<end.upperBound + size]
      rest = rest[(end.upperBound + size + 2)...]
    }
    return String(decoding: body, as: UTF8.self)
  }

  /// The last chunk has come: the stream was ended in order.
  var isComplete: Bool { reply.hasSuffix("\r\n0\r\n\r\n") }

  /// The blocks of lines that have come whole.
  private var blocks: [[Substring]] {
    text.components(separatedBy: "\n\n").dropLast().map { $0.split(separator: "\n").map { $0 } }
  }

  private static func field(_ name: String, of block: [Substring]) -> String? {
    block.last { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
  }

  var events: [Event] {
    blocks.compactMap { block in
      guard let data = Self.field("data", of: block) else { return nil }
      return Event(
        kind: Self.field("event", of: block) ?? "message", data: data, id: Self.field("id", of: block) ?? "")
    }
  }

  var lastID: String? { blocks.compactMap { Self.field("id", of: $0) }.last }

  var heartbeats: Int { blocks.count { $0.contains(": heartbeat") } }
}

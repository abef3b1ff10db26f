import Foundation
import Glibc

/// One connection to a gateway on loopback that asks one question after the other, with as little of its own as can be:
/// what is measured is the gateway.
final class LeanClient {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let descriptor: Int32
  /// What has come and is not taken; the body of the last answer stands in it.
  private var input = [UInt8](repeating: 0, count: 1 << 20)

  private static let endOfHead = Array("\r\n\r\n".utf8)
  private static let patienceSeconds = 60

  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else { throw Failure(description: "127.0.0.1:\(port): \(String(cString: strerror(errno)))") }
  }

  deinit {
    close(descriptor)
  }

  /// Asks for a page and hands over the bytes of its body.
  ///
  /// - Throws: `Failure` for any other status than 200, and where the whole answer does not come.
  func get<Value>(_ path: String, _ body: (UnsafeRawBufferPointer) throws -> Value) throws -> Value {
    let request = "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n"
    guard send(descriptor, request, request.utf8.count, Int32(MSG_NOSIGNAL)) == request.utf8.count else {
      throw Failure(description: "the request could not be sent: \(String(cString: strerror(errno)))")
    }
    var count = 0
    var head: Range<Int>?
    while head == nil {
      count += try receive(at: count)
      head = endOfHead(within: count).map { 0..<$0 }
    }
    let text = String(decoding: input[head!], as: UTF8.self)
    let length = try contentLength(text)
    let end = head!.upperBound + length
    if end > input.count { input.append(contentsOf: repeatElement(0, count: end - input.count)) }
    while count < end { count += try receive(at: count) }
    guard text.hasPrefix("HTTP/1.1 200 ") else {
      throw Failure(description: "\(path): \(String(decoding: input[..<end], as: UTF8.self))")
    }
    return try input.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[head!.upperBound..<end])) }
  }

  private func receive(at place: Int) throws -> Int {
    let received = input.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + place, $0.count - place, 0) }
    guard received > 0 else { throw Failure(description: "the answer did not come") }
    return received
  }

  private func endOfHead(within count: Int) -> Int? {
    input.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[..<count]).end(of: Self.endOfHead) }
  }

  /// Every page of the gateway says how long it is.
  private func contentLength(_ head: String) throws -> Int {
    let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
    guard let length = line.flatMap({ Int($0.drop { $0 != ":" }.dropFirst().trimmingCharacters(in: .whitespaces)) })
    else { throw Failure(description: "an answer without a length: \(head)") }
    return length
  }
}

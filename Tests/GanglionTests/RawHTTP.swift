import Foundation
import Glibc

/// HTTP by hand, for requests that no client library would send.
enum RawHTTP {
  struct Failure: Error {}

  /// The whole reply, head and body.
  ///
  /// - Parameter fields: more lines of the head.
  static func get(
    _ path: String, port: Int, host: String = "localhost", method: String = "GET", fields: [String] = []
  ) throws -> String {
    String(decoding: try bytes(path, port: port, host: host, method: method, fields: fields), as: UTF8.self)
  }

  static func bytes(
    _ path: String, port: Int, host: String = "localhost", method: String = "GET", fields: [String] = []
  ) throws -> [UInt8] {
    let more = fields.map { "\($0)\r\n" }.joined()
    return try exchange(
      "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\n\(more)Connection: close\r\n\r\n", port: port)
  }

  /// Sends some bytes, and reads until the other side closes.
  static func exchange(_ request: String, port: Int) throws -> [UInt8] {
    let descriptor = try connection(port: port)
    defer { close(descriptor) }
    guard send(descriptor, request, request.utf8.count, 0) > 0 else { throw Failure() }
    var reply: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return reply }
      reply += buffer[..<count]
    }
  }

  /// An open socket; its caller closes it.
  static func connection(port: Int) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else {
      close(descriptor)
      throw Failure()
    }
    return descriptor
  }
}

import CLinux
import Glibc

/// A listener on 127.0.0.1 whose every word is scripted. Blocking calls with deadlines.
public final class LoopbackBroker: @unchecked Sendable {
  public struct Failure: Error, CustomStringConvertible {
    public let description: String

    init(_ doing: String) {
      description = "\(doing): \(String(cString: strerror(errno)))"
    }

    init(message: String) {
      description = message
    }
  }

  public let port: Int
  private let listener: Int32

  /// - Parameter backlog: connections that the kernel takes before they are accepted.
  public init(backlog: Int32 = 8) throws(Failure) {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && listen(listener, backlog) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    guard isBound else { throw Failure("listening on loopback") }
  }

  deinit {
    close(listener)
  }

  /// Fills the kernel's queue of this listener with connections, so that further ones are not even established.
  ///
  /// - Returns: the connections, to be kept open.
  public func saturate() throws(Failure) -> [BrokerConnection] {
    var clients: [BrokerConnection] = []
    while clients.count < 64 {
      let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      guard client >= 0 else { throw Failure("a socket") }
      _ = fcntl(client, F_SETFL, O_NONBLOCK)
      withLoopbackAddress(port) { _ = connect(client, $0, $1) }
      clients.append(BrokerConnection(client))
      var poll = pollfd(fd: client, events: Int16(POLLOUT), revents: 0)
      if Glibc.poll(&poll, 1, 200) == 0 { return clients }
    }
    throw Failure(message: "the listener takes every connection")
  }

  /// Waits for a client.
  public func accept(within limit: Duration = .seconds(30)) throws(Failure) -> BrokerConnection {
    try waitFor(listener, POLLIN, limit, "a client")
    // A child process that a parallel test starts must not keep the connection open.
    let descriptor = linux_accept(listener)
    guard descriptor >= 0 else { throw Failure("accepting") }
    return BrokerConnection(descriptor)
  }
}

/// One client of a `LoopbackBroker`.
public final class BrokerConnection: @unchecked Sendable {
  public typealias Failure = LoopbackBroker.Failure

  private let descriptor: Int32
  private var isOpen = true
  private var input: [UInt8] = []

  init(_ descriptor: Int32) {
    self.descriptor = descriptor
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit {
    shut()
  }

  /// Closes the connection.
  public func shut() {
    if isOpen { close(descriptor) }
    isOpen = false
  }

  /// Writes all bytes, however long it takes within the limit.
  public func send(_ bytes: [UInt8], within limit: Duration = .seconds(10)) throws(Failure) {
    var sent = 0
    while sent < bytes.count {
      try waitFor(descriptor, POLLOUT, limit, "room to send")
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      }
      guard count > 0 || errno == EAGAIN else { throw Failure("sending") }
      sent += max(0, count)
    }
  }

  /// The next packet; nil where the client closed the connection.
  public func receive(within limit: Duration = .seconds(30)) throws(Failure) -> ReceivedPacket? {
    let deadline = ContinuousClock.now + limit
    while true {
      if let packet = try takePacket() { return packet }
      try waitFor(descriptor, POLLIN, max(deadline - .now, .zero), "a packet")
      guard try fill() else { return nil }
    }
  }

  /// True where the client sends nothing within the time.
  public func isSilent(for span: Duration) throws(Failure) -> Bool {
    if !input.isEmpty { return false }
    var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return Glibc.poll(&poll, 1, milliseconds(span)) == 0
  }

  /// Takes in what the client has sent, without waiting. False at the end of the connection.
  public func fill() throws(Failure) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    if count > 0 { input.append(contentsOf: buffer[..<count]) }
    if count < 0, errno != EAGAIN, errno != ECONNRESET { throw Failure("receiving") }
    return count > 0 || (count < 0 && errno == EAGAIN)
  }

  /// A whole packet among what was taken in; nil where there is none.
  public func takePacket() throws(Failure) -> ReceivedPacket? {
    var length = 0
    var scale = 1
    var position = 1
    while true {
      guard position < input.count else { return nil }
      length += Int(input[position] & 0x7F) * scale
      scale *= 128
      position += 1
      if input[position - 1] & 0x80 == 0 { break }
    }
    guard input.count >= position + length else { return nil }
    guard let kind = ReceivedPacket.Kind(rawValue: input[0] >> 4) else {
      throw Failure(message: "the client sent a packet of type \(input[0] >> 4)")
    }
    let body = Array(input[position..<position + length])
    input.removeFirst(position + length)
    return ReceivedPacket(kind: kind, body: body)
  }

  /// For an own poll loop.
  public var socket: Int32 { descriptor }
}

private func withLoopbackAddress(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Void) {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(port).bigEndian
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
  }
}

private func waitFor(
  _ descriptor: Int32, _ events: Int32, _ limit: Duration, _ what: String
) throws(LoopbackBroker.Failure) {
  var poll = pollfd(fd: descriptor, events: Int16(events), revents: 0)
  guard Glibc.poll(&poll, 1, milliseconds(limit)) > 0 else {
    throw LoopbackBroker.Failure(message: "waited for \(what) for \(limit)")
  }
}

private func milliseconds(_ span: Duration) -> Int32 {
  Int32(clamping: span.components.seconds * 1000 + span.components.attoseconds / 1_000_000_000_000_000 + 1)
}

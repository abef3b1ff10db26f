import Foundation
import Glibc
import Synchronization

/// Looks the addresses of hosts up, by the system's own rules and files.
///
/// Invariants
/// - `getaddrinfo` blocks for as long as a name server is silent, and cannot be called off: each look-up has a thread of
///   its own, and whoever waits for it is let go when its task is cancelled. At most `mostThreads` are left so; further
///   look-ups are refused until one has ended.
final class HostLookup: Sendable {
  static let mostThreads = 8
  private static let stackBytes = 256 << 10

  private let threads = Mutex(0)

  /// - Returns: addresses in the order in which they are to be tried.
  /// - Throws: `HookFailure`, or `CancellationError`.
  func addresses(of host: String) async throws -> [HostAddress] {
    let isFree = threads.withLock { threads in
      guard threads < Self.mostThreads else { return false }
      threads += 1
      return true
    }
    guard isFree else {
      throw HookFailure(.lookup, "\(host) was not looked up: \(Self.mostThreads) look-ups have no answer yet", .away)
    }
    let answer = Answer()
    let thread = Thread {
      answer.give(Result { try Self.resolve(host) })
      self.threads.withLock { $0 -= 1 }
    }
    thread.stackSize = Self.stackBytes
    thread.name = "hook lookup"
    thread.start()
    return try await answer.wait()
  }

  private static func resolve(_ host: String) throws -> [HostAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_ADDRCONFIG
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &list)
    guard code == 0 else {
      throw HookFailure(.lookup, "\(host) has no address: \(String(cString: gai_strerror(code)))", .away)
    }
    defer { freeaddrinfo(list) }
    var addresses: [HostAddress] = []
    for entry in sequence(first: list, next: { $0?.pointee.ai_next }) {
      guard let entry, let address = HostAddress(entry.pointee.ai_addr), !addresses.contains(address) else { continue }
      addresses.append(address)
    }
    return addresses
  }

  /// An answer that one waits for, until it comes or nobody wants it any more.
  private final class Answer: Sendable {
    private enum State {
      case open
      case waited(CheckedContinuation<[HostAddress], any Error>)
      case given(Result<[HostAddress], any Error>)
    }

    private let state = Mutex(State.open)

    func give(_ result: Result<[HostAddress], any Error>) {
      let waiting: CheckedContinuation<[HostAddress], any Error>? = state.withLock { state in
        switch state {
        case .open:
          state = .given(result)
          return nil
        case .waited(let waiting):
          state = .given(result)
          return waiting
        case .given: return nil
        }
      }
      waiting?.resume(with: result)
    }

    func wait() async throws -> [HostAddress] {
      try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          let given: Result<[HostAddress], any Error>? = state.withLock { state in
            if case .given(let result) = state { return result }
            state = .waited(continuation)
            return nil
          }
          if let given { continuation.resume(with: given) }
        }
      } onCancel: {
        give(.failure(CancellationError()))
      }
    }
  }
}

extension HostAddress {
  fileprivate init?(_ address: UnsafeMutablePointer<sockaddr>?) {
    guard let address else { return nil }
    switch Int32(address.pointee.sa_family) {
    case AF_INET:
      self = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { four in
        HostAddress(bytes: withUnsafeBytes(of: four.pointee.sin_addr) { Array($0) })
      }
    case AF_INET6:
      self = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { six in
        HostAddress(bytes: withUnsafeBytes(of: six.pointee.sin6_addr) { Array($0) })
      }
    default: return nil
    }
  }
}

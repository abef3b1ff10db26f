import Synchronization

/// How any thread tells the session to end.
final class SessionStop: Sendable {
  private let requested = Atomic<Bool>(false)

  var isRequested: Bool { requested.load(ordering: .sequentiallyConsistent) }

  func request() { requested.store(true, ordering: .sequentiallyConsistent) }
}

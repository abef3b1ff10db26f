import CLinux
import Glibc
import Synchronization

/// Wakes a thread that waits in `poll`, and costs nothing while nobody waits.
///
/// Invariant: the waiter arms the bell, looks once more whether there is something to do, and only then waits; the
/// ringer does its work first and then looks at the bell. With sequentially consistent accesses one of both sees the
/// other.
public final class Doorbell: Sendable {
  /// Readable once the bell has been rung.
  public let descriptor: Int32
  private let isArmed = Atomic<Bool>(false)

  public init() {
    descriptor = linux_eventfd()
    precondition(descriptor >= 0, "no file descriptor left for an eventfd")
  }

  deinit {
    close(descriptor)
  }

  /// Announces that the caller is about to wait.
  public func arm() {
    isArmed.store(true, ordering: .sequentiallyConsistent)
  }

  /// Wakes the waiter where there is one.
  public func ring() {
    guard isArmed.exchange(false, ordering: .sequentiallyConsistent) else { return }
    linux_eventfd_ring(descriptor)
  }

  /// Takes the bell's ring back, after the wait.
  public func reset() {
    isArmed.store(false, ordering: .sequentiallyConsistent)
    linux_eventfd_reset(descriptor)
  }

  /// Waits for a ring. To be called between `arm` and `reset`.
  public func wait(atMost limit: Duration) {
    var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    _ = linux_poll(&poll, 1, max(limit, .zero).nanoseconds)
  }
}

extension Duration {
  /// The whole nanoseconds in it.
  var nanoseconds: Int64 {
    components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
  }
}

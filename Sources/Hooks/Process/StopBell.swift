import CLinux
import Glibc

/// Tells a thread that waits in `poll` to end; rung once, it stays so.
final class StopBell: Sendable {
  /// Readable once it was rung; -1 where no descriptor was left.
  let descriptor: Int32

  init() {
    descriptor = linux_eventfd()
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  func ring() {
    if descriptor >= 0 { linux_eventfd_ring(descriptor) }
  }
}

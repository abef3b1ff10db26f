import Hooks
import Synchronization

/// What a runner of hooks has told, in its order.
final class NoticeLog: Sendable {
  private let notices = Mutex<[HookNotice]>([])

  func add(_ more: [HookNotice]) { notices.withLock { $0 += more } }

  var all: [HookNotice] { notices.withLock { $0 } }

  /// The ends of tries of a call, and whether it was not done.
  func ends(_ id: String) -> [HookNotice] {
    all.filter { notice in
      switch notice {
      case .ended(id, _, _, _, _), .notDone(id, _, _), .dropped(id, _, _): true
      default: false
      }
    }
  }

  var done: [String] {
    all.compactMap { if case .ended(let id, _, _, _, .done) = $0 { id } else { nil } }
  }
}

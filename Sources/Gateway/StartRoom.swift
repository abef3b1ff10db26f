import DurableSQLite
import Glibc
import Logging

/// Does what a start needs room on the disk for: with the ballast where there is none, and then waiting, for before the
/// start there is nothing else to do.
struct StartRoom {
  let ballast: Ballast
  let log: Logger
  /// Passes the time until a full disk may have room.
  var pause: () -> Void = { sleep(1) }

  /// - Parameter work: changes nothing where it throws `.full`.
  func wait<Value>(_ work: () throws(DatabaseFailure) -> Value) throws(DatabaseFailure) -> Value {
    var isReported = false
    while true {
      do {
        return try work()
      } catch {
        guard case .full(let detail) = error else { throw error }
        if ballast.release() { continue }
        if !isReported { log.error("the disk is full, the start waits: \(detail)") }
        isReported = true
        pause()
      }
    }
  }
}

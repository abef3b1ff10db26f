import Glibc
import Simulator

/// Runs work that only computes, for long, on a thread of its own and behind everything else: tests that wait for
/// processes have their deadlines, and the threads that run tests are few.
///
/// - Parameter work: records nothing with the test library, which does not know the thread.
public func inBackground<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await onThread {
    // Linux has a priority for each thread, and 0 is the one that asks.
    setpriority(Int32(PRIO_PROCESS.rawValue), 0, 10)
    return try work()
  }
}

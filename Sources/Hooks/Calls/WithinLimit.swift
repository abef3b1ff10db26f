/// How work with a time limit ended.
enum LimitedEnd<Value: Sendable>: Sendable {
  case value(Value)
  case timedOut
  /// The caller's task was cancelled.
  case interrupted
}

/// Does work, and cancels it at the time limit. Returns once the work has ended, which it has to soon when cancelled.
func withinLimit<Value: Sendable>(
  _ limit: Duration, _ work: @escaping @Sendable () async -> Value
) async -> LimitedEnd<Value> {
  await withTaskGroup(of: LimitedEnd<Value>.self) { group in
    group.addTask { .value(await work()) }
    group.addTask {
      do {
        try await Task.sleep(for: limit)
        return .timedOut
      } catch {
        return .interrupted
      }
    }
    let first = await group.next() ?? .interrupted
    group.cancelAll()
    return first
  }
}

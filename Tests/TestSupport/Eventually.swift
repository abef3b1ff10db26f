import Foundation
import Testing

/// The time between two looks, of which so much counts at most: where other tests keep the few threads that all share
/// for minutes, nobody looked, and nobody can say that it did not come true in time.
private let longestPause = Duration.milliseconds(250)

/// Waits for a condition, looking often, and records an issue where it does not come true in time.
///
/// - Parameter limit: of the time in which it was looked at.
public func eventually(
  _ what: @autoclosure () -> Comment, within limit: Duration = .seconds(60),
  sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () throws -> Bool
) async throws {
  try await eventually(what(), within: limit, sourceLocation: sourceLocation, condition, refreshing: {})
}

/// The same, for a condition on something that has to be fetched anew before each look.
public func eventually(
  _ what: @autoclosure () -> Comment, within limit: Duration = .seconds(60),
  sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () throws -> Bool, refreshing refresh: () async throws -> Void
) async throws {
  var waited = Duration.zero
  var looked = ContinuousClock.now
  while try !condition() {
    let now = ContinuousClock.now
    waited += min(now - looked, longestPause)
    looked = now
    guard waited < limit else {
      Issue.record("not within \(limit): \(what())", sourceLocation: sourceLocation)
      return
    }
    try await Task.sleep(for: .milliseconds(5))
    try await refresh()
  }
}

/// Waits for a condition on a thread of one's own, where nothing waits for the threads that all tests share.
///
/// - Returns: whether it came true in time.
public func cameTrue(within limit: Duration = .seconds(60), _ condition: () throws -> Bool) rethrows -> Bool {
  let deadline = ContinuousClock.now + limit
  while try !condition() {
    guard ContinuousClock.now < deadline else { return false }
    usleep(1000)
  }
  return true
}

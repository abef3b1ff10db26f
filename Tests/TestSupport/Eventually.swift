import Foundation
import Testing

/// Waits for a condition, looking often, and records an issue where it does not come true in time.
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
  let deadline = ContinuousClock.now + limit
  while try !condition() {
    guard ContinuousClock.now < deadline else {
      Issue.record("not within \(limit): \(what())", sourceLocation: sourceLocation)
      return
    }
    try await Task.sleep(for: .milliseconds(5))
    try await refresh()
  }
}

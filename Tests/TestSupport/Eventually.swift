import Foundation
import Testing

/// Waits for a condition, looking often, and records an issue where it does not come true in time.
public func eventually(
  _ what: @autoclosure () -> Comment, within limit: Duration = .seconds(30),
  sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () throws -> Bool
) async throws {
  try await eventually(what(), within: limit, sourceLocation: sourceLocation, condition, refreshing: {})
}

/// The same, for a condition on something that has to be fetched anew before each look.
public func eventually(
  _ what: @autoclosure () -> Comment, within limit: Duration = .seconds(30),
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

/// The number of an environment variable, or a default.
public func setting(_ name: String, default standard: Int) -> Int {
  ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
}

/// A seed for a random test: from `GANGLION_SEED`, or a new one, printed so that a failure can be had again.
public func testSeed(_ test: String = #function) -> UInt64 {
  let seed = ProcessInfo.processInfo.environment["GANGLION_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<(1 << 48))
  print("\(test): GANGLION_SEED=\(seed)")
  return seed
}

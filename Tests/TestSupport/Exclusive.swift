import Testing

/// A suite whose tests take turns with others of this kind: they wait for processes and sockets, and would hold each
/// other's threads and deadlines up.
///
/// There are two rows, so that one test works while one of the other row waits.
public struct Exclusive: SuiteTrait, TestTrait, TestScoping {
  public enum Row: Sendable, CaseIterable {
    case common
    /// Tests that break what a gateway stands on: processes, disks, brokers, clocks.
    case faults
  }

  public let row: Row
  public let isRecursive = true

  public func scopeProvider(for test: Test, testCase: Test.Case?) -> Exclusive? {
    testCase == nil ? nil : self
  }

  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let turn = Turn.of(row)
    await turn.take()
    do {
      try await function()
      await turn.give()
    } catch {
      await turn.give()
      throw error
    }
  }
}

extension Trait where Self == Exclusive {
  public static var exclusive: Exclusive { Exclusive(row: .common) }

  public static func exclusive(_ row: Exclusive.Row) -> Exclusive { Exclusive(row: row) }
}

/// Gives one turn after the other, in the order of asking.
private actor Turn {
  private static let common = Turn()
  private static let faults = Turn()

  static func of(_ row: Exclusive.Row) -> Turn {
    switch row {
    case .common: common
    case .faults: faults
    }
  }

  private var isTaken = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func take() async {
    guard isTaken else {
      isTaken = true
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  func give() {
    if waiting.isEmpty {
      isTaken = false
    } else {
      waiting.removeFirst().resume()
    }
  }
}

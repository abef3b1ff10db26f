import Testing

/// A suite whose tests run while no other suite of this kind does: they wait for processes and sockets, and would hold
/// each other's threads and deadlines up.
public struct Exclusive: SuiteTrait, TestTrait, TestScoping {
  public let isRecursive = true

  public func scopeProvider(for test: Test, testCase: Test.Case?) -> Exclusive? {
    testCase == nil ? nil : self
  }

  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    await Turn.shared.take()
    do {
      try await function()
      await Turn.shared.give()
    } catch {
      await Turn.shared.give()
      throw error
    }
  }
}

extension Trait where Self == Exclusive {
  public static var exclusive: Exclusive { Exclusive() }
}

/// Gives one turn after the other, in the order of asking.
private actor Turn {
  static let shared = Turn()

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

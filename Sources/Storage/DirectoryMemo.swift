import Synchronization

/// What was made of a store's devices, tags, series and states, for as long as they stay as they are: questions come
/// often, and devices seldom.
///
/// Any thread may ask. Where several find that it has to be made anew, each makes it, and one is kept.
public final class DirectoryMemo: Sendable {
  private struct Made: Sendable {
    let revision: Int64
    let value: any Sendable
  }

  private let made = Mutex<Made?>(nil)

  /// - Parameters:
  ///   - revision: `StoreSnapshot.directoryRevision`.
  ///   - make: makes it of the snapshot of that revision.
  func value<Value: Sendable>(at revision: Int64, make: () throws -> Value) rethrows -> Value {
    if let kept = made.withLock({ $0 }), kept.revision == revision, let value = kept.value as? Value { return value }
    let value = try make()
    // A reader of an earlier moment does not put back what a later one has found.
    made.withLock { made in
      if made.map({ $0.revision <= revision }) ?? true { made = Made(revision: revision, value: value) }
    }
    return value
  }
}

extension StoreSnapshot {
  /// What was made of the directory as it is in this snapshot.
  public func made<Value: Sendable>(ofDirectory make: () throws -> Value) throws -> Value {
    guard let memo else { return try make() }
    return try memo.value(at: directoryRevision(), make: make)
  }
}

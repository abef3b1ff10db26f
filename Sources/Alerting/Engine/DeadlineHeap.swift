/// Deadlines, the earliest first: a binary heap.
///
/// Entries are never taken out before their time. Whose deadline has moved knows it by its own note of the one that counts.
struct DeadlineHeap {
  enum Kind: UInt8 {
    case series, group, window
  }

  struct Entry: Equatable {
    /// Microseconds, on the axis of deadlines.
    var due: Int64
    var kind: Kind
    /// Of the series or group.
    var index: Int32

    /// The order among those that are due at once is always the same.
    static func < (left: Entry, right: Entry) -> Bool {
      if left.due != right.due { return left.due < right.due }
      return (left.kind.rawValue, left.index) < (right.kind.rawValue, right.index)
    }
  }

  private var entries: [Entry] = []

  var count: Int { entries.count }

  /// `Int64.max` without any.
  var earliest: Int64 { entries.first?.due ?? .max }

  mutating func push(_ entry: Entry) {
    entries.append(entry)
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child] < entries[parent] else { return }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  /// There must be one.
  mutating func pop() -> Entry {
    let first = entries[0]
    let last = entries.removeLast()
    guard !entries.isEmpty else { return first }
    entries[0] = last
    var parent = 0
    while true {
      var least = parent
      let (left, right) = (2 * parent + 1, 2 * parent + 2)
      if left < entries.count, entries[left] < entries[least] { least = left }
      if right < entries.count, entries[right] < entries[least] { least = right }
      guard least != parent else { return first }
      entries.swapAt(parent, least)
      parent = least
    }
  }

  mutating func removeAll() { entries.removeAll(keepingCapacity: true) }
}

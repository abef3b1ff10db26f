import Telemetry

/// Whose instance it is.
enum Owner: Hashable {
  case series(Int)
  case group(Int)
}

/// A machine that is not `ok`, and what it needs to go on.
struct Instance {
  var machine: AlertMachine
  var key: AlertKey
  var owner: Owner
  var level: UInt64
  var fingerprint: UInt64
  var form: Check.Form
  var spans: AlertMachine.Spans
  /// The next one of its owner; -1 for none.
  var next: Int32 = -1
  /// Has changed since the last drain.
  var isChanged = false
}

/// All instances. Those that are `ok` have none, so that many rules over many series cost nothing while all is well.
struct InstanceTable {
  private var slots: [Instance?] = []
  private var free: [Int32] = []
  /// Those that have changed, and keys of those that have gone, since the last drain.
  private var changed: [Int32] = []
  private var gone: [AlertKey] = []

  var count: Int { slots.count - free.count }
  var hasChanges: Bool { !changed.isEmpty || !gone.isEmpty }

  subscript(index: Int32) -> Instance {
    get { slots[Int(index)]! }
    _modify { yield &slots[Int(index)]! }
  }

  /// All of them, in no order.
  var all: [Instance] { slots.compactMap { $0 } }

  /// The first in a list that is of a level; -1 for none.
  func find(_ level: UInt64, from first: Int32) -> Int32 {
    var index = first
    while index >= 0, self[index].level != level { index = self[index].next }
    return index
  }

  /// Adds one at the head of its owner's list.
  mutating func insert(_ instance: Instance, first: inout Int32) -> Int32 {
    var instance = instance
    instance.next = first
    if let slot = free.popLast() {
      slots[Int(slot)] = instance
      first = slot
    } else {
      slots.append(instance)
      first = Int32(slots.count - 1)
    }
    return first
  }

  mutating func noteChange(_ index: Int32) {
    guard !self[index].isChanged else { return }
    self[index].isChanged = true
    changed.append(index)
  }

  /// Takes one out of its owner's list.
  mutating func remove(_ index: Int32, first: inout Int32) {
    if first == index {
      first = self[index].next
    } else {
      var before = first
      while self[before].next != index { before = self[before].next }
      self[before].next = self[index].next
    }
    gone.append(self[index].key)
    slots[Int(index)] = nil
    free.append(index)
  }

  /// No machine waits for longer than if it had begun to at a moment.
  mutating func clampTurns(to moment: Timestamp) {
    for index in slots.indices where slots[index] != nil {
      slots[index]!.machine.turnReceivedAt = min(slots[index]!.machine.turnReceivedAt, moment)
    }
  }

  /// Notes that the state of a key is to be kept no more.
  mutating func noteGone(_ key: AlertKey) { gone.append(key) }

  /// Forgets all that live, and nothing of what has gone.
  mutating func forgetAll() {
    slots.removeAll()
    free.removeAll()
    changed.removeAll()
  }

  /// What has changed since the last call: those that live, and the keys of those that are `ok` now.
  mutating func drain() -> (living: [Instance], gone: Set<AlertKey>) {
    var living: [Instance] = []
    for index in changed where slots[Int(index)]?.isChanged == true {
      self[index].isChanged = false
      living.append(self[index])
    }
    let dead = Set(gone).subtracting(living.map(\.key))
    changed.removeAll(keepingCapacity: true)
    gone.removeAll(keepingCapacity: true)
    return (living, dead)
  }
}

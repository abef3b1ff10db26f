import Telemetry

/// What is to be told at one moment, sorted into calls.
///
/// Of one hook, kind and group all is told in one call, as soon as the first of it is due. What was due too long ago goes
/// into one summary for its hook.
struct CallBasket {
  struct Entry {
    var hook: String
    var item: AlertCall.Item
    var due: Timestamp
    /// Nil: a call of its own.
    var group: [String: String]?
    /// How long the group collects; groups of another length are others.
    var waitMicroseconds: Int64
  }

  private struct Bucket: Hashable {
    var hook: String
    var kind: AlertCall.Kind
    var group: [String: String]?
    var waitMicroseconds: Int64
    /// Of calls of their own.
    var alone: AlertID?
  }

  private var order: [Bucket] = []
  private var entries: [Bucket: [Entry]] = [:]

  mutating func add(_ entry: Entry) {
    let bucket = Bucket(
      hook: entry.hook, kind: entry.item.kind, group: entry.group, waitMicroseconds: entry.waitMicroseconds,
      alone: entry.group == nil ? entry.item.alert : nil)
    if entries[bucket] == nil { order.append(bucket) }
    entries[bucket, default: []].append(entry)
  }

  /// The calls that are due, in the order in which their first items came; what is in them has been told.
  func calls(at now: Timestamp, oldest: Duration) -> [AlertCall] {
    var calls: [AlertCall] = []
    var late: [(hook: String, entries: [Entry])] = []
    for bucket in order {
      let all = entries[bucket] ?? []
      guard let due = all.map(\.due).min(), due <= now else { continue }
      if now - due > oldest {
        let place = late.firstIndex { $0.hook == bucket.hook } ?? late.count
        if place == late.count { late.append((bucket.hook, [])) }
        late[place].entries += all
      } else {
        calls.append(
          AlertCall(
            hook: bucket.hook, kind: bucket.kind, items: all.map(\.item), group: bucket.group ?? [:], due: due))
      }
    }
    return calls
      + late.map { hook, entries in
        let entries = entries.enumerated().sorted { ($0.element.due, $0.offset) < ($1.element.due, $1.offset) }
        return AlertCall(hook: hook, kind: .summary, items: entries.map(\.element.item), group: [:], due: now)
      }
  }
}

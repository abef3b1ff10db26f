import CSimdJSON
import WireFormats

/// Counts what a path leads to: the errors of a list, the loads of a vehicle.
struct MatchCount {
  /// What has to be there for a count: the path up to its first step that stands for many.
  private let container: PointerPaths
  private let walk: JSONWalk
  /// Its members are counted, and nothing below them.
  private let countsMembers: Bool
  private let conditions: CompiledConditions

  init(_ path: ValuePath, _ conditions: [Condition]) {
    var keys: [String] = []
    for step in path.steps {
      guard case .key(let key) = step else { break }
      keys.append(key)
    }
    container = PointerPaths([keys])
    walk = JSONWalk(path)
    countsMembers = path.steps.count == keys.count + 1
    self.conditions = CompiledConditions(conditions)
  }

  /// The number of matches of which the conditions hold; what stands there where it holds none, nil where nothing does.
  func value(from place: csj_element, in document: JSONDocument) -> RawValue? {
    guard let found = container.follow(0, from: place) else { return nil }
    switch document.value(at: found) {
    case .list, .object: break
    case .null: return .null
    // Something else than a list is no count, also where it is a number.
    default: return .object
    }
    if countsMembers { return .integer(members(of: found, in: document)) }
    var trail = JSONWalk.Trail()
    var count: Int64 = 0
    walk.forEach(from: place, &trail) { trail in
      if conditions.isEmpty || conditions.hold(from: trail.match, in: document) { count += 1 }
      return true
    }
    return .integer(count)
  }

  private func members(of container: csj_element, in document: JSONDocument) -> Int64 {
    if conditions.isEmpty { return Int64(csj_count(container)) }
    var cursor = csj_members(container)
    var member = csj_member()
    var count: Int64 = 0
    while csj_next(&cursor, &member) {
      if conditions.hold(from: member.element, in: document) { count += 1 }
    }
    return count
  }
}

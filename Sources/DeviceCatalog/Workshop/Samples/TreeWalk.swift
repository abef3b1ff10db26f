import StrictYAML

extension JSONTree {
  /// A place with the way to it.
  struct Place: Sendable {
    /// From the document's beginning: a JSON pointer.
    let pointer: String
    let tree: JSONTree
  }

  /// A match of a path: the places from the document to it, and the keys that its names stand for.
  struct Match: Sendable {
    var trail: [Place]
    var keys: [String: String] = [:]

    var place: Place { trail[trail.count - 1] }

    /// The whole document.
    init(_ document: JSONTree) { trail = [Place(pointer: "", tree: document)] }
  }

  /// Why a path leads nowhere: the last place that is there, and what it has.
  struct DeadEnd: Error {
    let text: String
  }

  /// The matches of a path from a place on, in the order of the document; the end of the way where there is none.
  static func matches(of path: ValuePath, from start: Match) -> Result<[Match], DeadEnd> {
    guard path.levelsUp < start.trail.count else {
      return .failure(DeadEnd(text: "nothing is \(path.levelsUp) levels above"))
    }
    var first = start
    first.trail.removeLast(path.levelsUp)
    var matches = [first]
    for step in path.steps {
      let next = matches.flatMap { $0.following(step) }
      guard !next.isEmpty else { return .failure(deadEnd(at: matches[0], step, isFirst: matches[0].trail.count == 1)) }
      matches = next
    }
    return .success(matches)
  }

  private static func deadEnd(at match: Match, _ step: ValuePath.Step, isFirst: Bool) -> DeadEnd {
    let name = isFirst ? "the message" : match.place.pointer
    let keys = match.place.tree.members.map(\.key)
    switch match.place.tree.value {
    case .object where keys.isEmpty: return DeadEnd(text: "\(name) is an empty object")
    case .list where keys.isEmpty: return DeadEnd(text: "\(name) is an empty list")
    case .list(let count): return DeadEnd(text: "\(name) is a list of \(count)")
    case .object: break
    case let leaf: return DeadEnd(text: "\(name) is \(leaf.text)")
    }
    let hint = if case .key(let key) = step { hint(for: key, among: keys) } else { "" }
    return DeadEnd(text: "\(name) has \(list(keys))\(hint)")
  }

  /// A key in other capitals is meant, however short it is.
  private static func hint(for key: String, among keys: [String]) -> String {
    if let same = keys.first(where: { $0.lowercased() == key.lowercased() }) { return " (did you mean '\(same)'?)" }
    return keys.count <= mostHints ? nearestHint(to: key, among: keys) : ""
  }

  /// Among more names nobody means one.
  static let mostHints = 200

  /// Some names, and how many more there are.
  static func list(_ names: [String], atMost most: Int = 12) -> String {
    let more = names.count - most
    return names.prefix(most).map { $0.inOneLine(atMost: 40) }.joined(separator: ", ")
      + (more > 0 ? " and \(more) more" : "")
  }
}

extension JSONTree.Match {
  fileprivate func following(_ step: ValuePath.Step) -> [JSONTree.Match] {
    switch step {
    case .key(let key): return place.tree.member(key).map { [appending(key, $0)] } ?? []
    case .every(let name):
      return place.tree.members.map { member in
        var match = appending(member.key, member.value)
        if let name { match.keys[name] = member.key }
        return match
      }
    }
  }

  private func appending(_ key: String, _ tree: JSONTree) -> JSONTree.Match {
    var match = self
    match.trail.append(JSONTree.Place(pointer: "\(place.pointer)/\(ValuePath.escaped(key))", tree: tree))
    return match
  }
}
